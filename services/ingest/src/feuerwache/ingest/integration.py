"""`config/integrations.yaml`: who may send posts, for which communities, the hashes of their tokens, and what of the
decisions goes back to them (`outbound/outlet.py`).

A token is 256 random bits, so a plain SHA-256 of it is safe at rest. Two hashes may stand side by side while a token
is being changed. The local stack hands tokens over in a file instead (`FEUERWACHE_INTEGRATION_TOKENS_FILE`: a JSON
object, integration id → token); they count in addition to the hashes.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AwareDatetime, Field, ValidationError, model_validator

from feuerwache.common.config.community import Communities, load_communities
from feuerwache.common.config.duration import Duration
from feuerwache.common.config.secretsource import SecretSource
from feuerwache.common.config.source import ConfigError, ConfigModel, Document, Problem, read
from feuerwache.common.errors import FatalError
from feuerwache.ingest.adapters.registry import UnknownKind, load
from feuerwache.ingest.outbound.actions.registry import NoClient
from feuerwache.ingest.outbound.actions.registry import load as load_client
from feuerwache.ingest.outbound.outlet import Outlet

TOKEN_PREFIX = "fwi_"
SHORTEST_TOKEN = 32

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", max_length=100)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


May = Literal["posts", "events", "appeals", "decisions"]
EVERYTHING: tuple[May, ...] = get_args(May)


class Token(ConfigModel):
    """A token that may not do everything: `communities` empty means all of the integration's. `until` is its end."""

    sha256: Sha256
    communities: tuple[str, ...] = ()
    may: Annotated[tuple[May, ...], Field(min_length=1)] = EVERYTHING
    until: AwareDatetime | None = None


class AdapterChoice(ConfigModel):
    """Which adapter reads what this platform sends (`feuerwache adapters list`), with what it is told and may know.

    `settings` are checked by the adapter's own model when the file is read.
    """

    kind: Slug
    secrets: dict[str, Annotated[tuple[SecretSource, ...], Field(min_length=1, max_length=2)]] = {}
    settings: dict[str, Any] = {}


class Limits(ConfigModel):
    """What an integration may send: on the long run, at once (`burst`; default: ten seconds' worth), in one request."""

    items_per_second: Annotated[float, Field(gt=0)] | None = None
    burst: Annotated[int, Field(ge=1)] | None = None
    body_bytes: Annotated[int, Field(ge=1_000, le=5_000_000)] = 1_000_000
    items: Annotated[int, Field(ge=1, le=1_000)] = 1_000


class SignedCalls(ConfigModel):
    """Calls signed as Standard Webhooks are (https://www.standardwebhooks.com), besides the token. `required`: a call
    without a signature is refused."""

    secrets: Annotated[tuple[SecretSource, ...], Field(min_length=1, max_length=2)]
    within: Duration = timedelta(minutes=5)
    required: bool = True


class Integration(ConfigModel):
    """One sender. `platform` is part of every post's identity: two integrations of one platform share its post ids.

    `token_sha256` are tokens that may do everything, `tokens` those with a scope. `client_certificates`: names (SAN or
    CN), one of which the caller's certificate must bear, besides the token. `privacy` pseudonymous: authors' ids are
    replaced by a keyed hash before anything is written (`privacy/pseudonym.py`).
    """

    id: Slug
    platform: Slug
    communities: Annotated[tuple[str, ...], Field(min_length=1)]
    token_sha256: tuple[Sha256, ...] = ()
    tokens: tuple[Token, ...] = ()
    adapter: AdapterChoice | None = None
    limits: Limits = Limits()
    signed: SignedCalls | None = None
    client_certificates: tuple[str, ...] = ()
    privacy: Literal["named", "pseudonymous"] = "named"
    outbound: Outlet | None = None


class PseudonymKey(ConfigModel):
    """The key of a brand's pseudonyms, 32 random bytes or more. Whoever has it can say who a pseudonym is."""

    key: SecretSource


class Integrations(ConfigModel):
    """`pseudonyms` are the keys by brand."""

    integrations: tuple[Integration, ...]
    pseudonyms: dict[str, PseudonymKey] = {}

    @model_validator(mode="after")
    def ids_are_unique(self) -> Integrations:
        ids = [integration.id for integration in self.integrations]
        twice = next((name for name in ids if ids.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"integration {twice!r} stands there twice")
        return self

    def get(self, integration_id: str) -> Integration | None:
        return next((integration for integration in self.integrations if integration.id == integration_id), None)


@dataclass(frozen=True, slots=True)
class Senders:
    """Who may send, and for which communities, as they stood together."""

    communities: Communities
    integrations: Integrations


def load_senders(config_dir: Path) -> Senders:
    """Reads both files; raises `ConfigError`."""
    communities = load_communities(config_dir)
    return Senders(communities, load_integrations(config_dir, communities))


def load_integrations(config_dir: Path, communities: Communities) -> Integrations:
    """Reads and checks the file; raises `ConfigError`, also for a community that is not configured."""
    document = read(config_dir / "integrations.yaml")
    integrations = document.parse(Integrations)
    unknown = [
        document.problem(
            ("integrations", at, "communities", place),
            f"{community!r} is not in communities.yaml",
        )
        for at, integration in enumerate(integrations.integrations)
        for place, community in enumerate(integration.communities)
        if communities.get(community) is None
    ]
    unknown += [
        document.problem(
            ("integrations", at, "outbound", "communities", place),
            f"{community!r} is not among the communities of {integration.id}",
        )
        for at, integration in enumerate(integrations.integrations)
        if integration.outbound is not None
        for place, community in enumerate(integration.outbound.communities)
        if community not in integration.communities
    ]
    unknown += _tokens(document, integrations)
    unknown += _pseudonyms(document, integrations, communities)
    unknown += _adapters(document, integrations)
    unknown += _actions(document, integrations)
    if unknown:
        raise ConfigError(unknown)
    return integrations


def _pseudonyms(document: Document, integrations: Integrations, communities: Communities) -> list[Problem]:
    """Integrations that want pseudonyms in a community whose brand has no key for them."""
    return [
        document.problem(
            ("integrations", at, "privacy"),
            f"pseudonymous needs a key: `pseudonyms: {{{known.brand}: {{key: {{file: …}}}}}}` in this file, for {name}",
        )
        for at, integration in enumerate(integrations.integrations)
        if integration.privacy == "pseudonymous"
        for name in integration.communities
        if (known := communities.get(name)) is not None and known.brand not in integrations.pseudonyms
    ]


def _tokens(document: Document, integrations: Integrations) -> list[Problem]:
    """Tokens for communities that are not their integration's, and tokens that stand there twice."""
    problems = [
        document.problem(
            ("integrations", at, "tokens", place, "communities", nth),
            f"{community!r} is not among the communities of {integration.id}",
        )
        for at, integration in enumerate(integrations.integrations)
        for place, token in enumerate(integration.tokens)
        for nth, community in enumerate(token.communities)
        if community not in integration.communities
    ]
    where: list[tuple[str, tuple[str | int, ...]]] = []
    for at, integration in enumerate(integrations.integrations):
        where += [(sha, ("integrations", at, "token_sha256", nth)) for nth, sha in enumerate(integration.token_sha256)]
        where += [(token.sha256, ("integrations", at, "tokens", nth)) for nth, token in enumerate(integration.tokens)]
    times = Counter(sha for sha, _ in where)
    return problems + [
        document.problem(path, "this token stands there twice: nobody could say whose it is")
        for sha, path in where
        if times[sha] > 1
    ]


def _adapters(document: Document, integrations: Integrations) -> list[Problem]:
    """What is wrong with the adapters' own settings, places and secrets."""
    problems: list[Problem] = []
    for at, integration in enumerate(integrations.integrations):
        choice, path = integration.adapter, ("integrations", at, "adapter")
        if choice is None:
            continue
        try:
            kind = load(choice.kind)
        except UnknownKind as error:
            problems.append(document.problem((*path, "kind"), str(error)))
            continue
        try:
            settings = kind.settings.model_validate(choice.settings)
        except ValidationError as error:
            problems += [
                document.problem((*path, "settings", *each["loc"]), each["msg"])
                for each in error.errors(include_url=False, include_input=False, include_context=False)
            ]
            continue
        problems += [
            document.problem((*path, "settings", "places", place), f"{community!r} is no community of {integration.id}")
            for place, community in settings.places.items()
            if community not in integration.communities
        ]
        clash = settings.clash(integration.outbound.acts) if integration.outbound is not None else None
        if clash is not None:
            problems.append(document.problem((*path, "settings"), clash))
        known = kind.profile.secrets
        problems += [
            document.problem(
                (*path, "secrets", name), f"{choice.kind} knows no secret {name!r}; it has {', '.join(known)}"
            )
            for name in choice.secrets
            if name not in known
        ]
        problems += [
            document.problem(path, f"the secret {name!r} is missing: {choice.kind} cannot prove who calls without it")
            for name, required in known.items()
            if required and name not in choice.secrets
        ]
    return problems


def _actions(document: Document, integrations: Integrations) -> list[Problem]:
    """What is wrong with what is to be done on the platforms themselves."""
    problems: list[Problem] = []
    for at, integration in enumerate(integrations.integrations):
        if integration.outbound is None or not integration.outbound.acts:
            continue
        path, choice = ("integrations", at, "outbound", "acts"), integration.adapter
        if choice is None:
            problems.append(document.problem(path, "`acts` needs an `adapter`: it says which platform this is"))
            continue
        try:
            client = load_client(choice.kind)
        except NoClient as error:
            problems.append(document.problem(path, str(error)))
            continue
        able = ", ".join(sorted(client.supports))
        problems += [
            document.problem((*path, action), f"{choice.kind} cannot {action.value}; it can {able}")
            for action in integration.outbound.acts
            if action not in client.supports
        ]
        problems += [
            document.problem(
                (*path, action), f"{action.value} needs the author's id, which `privacy: pseudonymous` keeps from us"
            )
            for action in integration.outbound.acts
            if action in client.by_author and integration.privacy == "pseudonymous"
        ]
        problems += [
            document.problem(path, f"`acts` needs the secret {name!r} of the adapter {choice.kind}")
            for name in client.secrets
            if name not in choice.secrets
        ]
    return problems


def new_token() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def read_tokens(path: Path | None) -> dict[str, str]:
    """Integration id → SHA-256 of the token in the stack's file; raises `FatalError` when the file is not usable."""
    if path is None:
        return {}
    try:
        tokens = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise FatalError(f"FEUERWACHE_INTEGRATION_TOKENS_FILE {path} cannot be read: {type(error).__name__}") from error
    if not isinstance(tokens, dict) or not all(isinstance(token, str) for token in tokens.values()):
        raise FatalError(f"FEUERWACHE_INTEGRATION_TOKENS_FILE {path} is not a JSON object of integration id and token")
    short = sorted(name for name, token in tokens.items() if len(token) < SHORTEST_TOKEN)
    if short:
        raise FatalError(f"the tokens of {', '.join(short)} in {path} are shorter than {SHORTEST_TOKEN} characters")
    return {name: hash_of(token) for name, token in tokens.items()}


@dataclass(frozen=True, slots=True)
class Admission:
    """Who calls. `integration` has only the communities that the token is for, so nothing behind the gate has to know
    about scopes."""

    integration: Integration
    scope: frozenset[May]
    digest: str
    until: datetime | None = None

    def may(self, what: May) -> bool:
        return what in self.scope


class Gate:
    """Says who calls, from the token and, where an integration asks for it, the caller's certificate.

    A token is looked up by its SHA-256: a hash of 256 random bits tells nothing by the time its look-up takes, and what
    is found is compared once more in constant time. `integrations` says which ones are in force now: a token that is
    added, taken away or past its end counts from the next request.
    """

    def __init__(
        self,
        integrations: Callable[[], Integrations],
        stack_tokens: Mapping[str, str],
        real_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`stack_tokens`: integration id → hash, in addition to the configured ones."""
        self._known = integrations()
        unknown = sorted(name for name in stack_tokens if self._known.get(name) is None)
        if unknown:
            raise FatalError(f"tokens for unknown integrations: {', '.join(unknown)}; see config/integrations.yaml")
        self._integrations = integrations
        self._stack_tokens = stack_tokens
        self._real_now = real_now
        self._admissions = self._all(self._known)

    def admit(self, authorization: str | None, certificates: Collection[str] = ()) -> Admission | None:
        """Who is behind an `Authorization: Bearer …` header; None: nobody that is known. `certificates`: the names in
        the caller's certificate, which TLS has checked."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        current = self._integrations()
        if current is not self._known:
            self._known, self._admissions = current, self._all(current)
        presented = hash_of(token.strip())
        found = self._admissions.get(presented)
        if found is None or not hmac.compare_digest(found.digest, presented):
            return None
        if found.until is not None and self._real_now() >= found.until:
            return None
        wanted = found.integration.client_certificates
        return found if not wanted or any(name in certificates for name in wanted) else None

    def _all(self, integrations: Integrations) -> dict[str, Admission]:
        admissions: dict[str, Admission] = {}
        for integration in integrations.integrations:
            stack = self._stack_tokens.get(integration.id)
            for digest in (*integration.token_sha256, *([stack] if stack else [])):
                admissions[digest] = Admission(integration, frozenset(EVERYTHING), digest)
            for token in integration.tokens:
                own = narrowed(integration, token.communities)
                admissions[token.sha256] = Admission(own, frozenset(token.may), token.sha256, token.until)
        return admissions


def narrowed(integration: Integration, communities: Collection[str]) -> Integration:
    """The integration with those of its communities only; `communities` empty: with all of them."""
    if not communities:
        return integration
    kept = tuple(community for community in integration.communities if community in communities)
    return integration.model_copy(update={"communities": kept})
