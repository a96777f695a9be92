"""What of the decisions goes to an integration's platform, and how: `outbound:` in `config/integrations.yaml`.

    - id: morgenrot-forum
      platform: forum
      communities: [morgenrot-forum]
      outbound:
        webhook:
          url: https://forum.example/hooks/feuerwache
          secrets: [{file: /run/secrets/forum_hook}]
        can: [hold, remove, warn, approve]
        instead: {restrict: [hold]}
        min_severity: high

Or, where a client of the platform's own interface comes along (`actions/`), what is to be done there directly:

      adapter: {kind: discourse, secrets: {api: [{file: /run/secrets/forum_api}], …}, settings: …}
      outbound:
        acts: {remove: {per_minute: 30}, restrict: {lasts: 24h}, approve: {dry_run: true}}

Without either the integration may only read the gRPC stream. Secrets stand in the environment or in files, never
here; the first one signs, and while a second one is there it signs as well, so that a platform can change over.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator

from feuerwache.common.config.contact import HttpUrl
from feuerwache.common.config.duration import Duration
from feuerwache.common.config.secretsource import SecretSource
from feuerwache.common.config.source import ConfigModel
from feuerwache.common.events.decision import Action, Severity
from feuerwache.ingest.outbound.capability import FALLBACKS, INTERNAL

Cause = Literal["post", "report", "human", "appeal", "overdue"]
CAUSES: tuple[Cause, ...] = get_args(Cause)
#: Plain approvals are nine decisions in ten, and need nothing done unless the platform holds posts back by itself.
USUAL = tuple(action for action in Action if action not in INTERNAL | {Action.APPROVE})


class Webhook(ConfigModel):
    """`url` may hold a token of the platform, so no `repr` shows it. `seconds` bound one call."""

    url: HttpUrl = Field(repr=False)
    secrets: Annotated[tuple[SecretSource, ...], Field(min_length=1, max_length=2)]
    parallel: Annotated[int, Field(ge=1, le=64)] = 8
    seconds: Annotated[float, Field(gt=0, le=30)] = 10.0


class Allowance(ConfigModel):
    """One action that may be done on the platform. `per_minute` holds per process. `dry_run`: nothing is asked of the
    platform, the receipt says so. `lasts`: how long a restriction holds whose decision names no end."""

    per_minute: Annotated[int, Field(ge=1, le=6_000)] = 60
    dry_run: bool = False
    lasts: Duration = timedelta(hours=24)


class Outlet(ConfigModel):
    """`acts` are done by a client of the platform's own interface, each switched on by itself; an outlet has a webhook
    or these, and `can` follows from them. `communities` empty: all of the integration. `actions`, `causes` and
    `min_severity` choose what goes out; a decision that supersedes another one passes them, so that who has heard the
    first word hears the last (`selection.py`). `shadow` tells which rules in shadow mode would have fired as well.
    `begin`: how far back a webhook or a client that is new begins.
    """

    webhook: Webhook | None = None
    acts: dict[Action, Allowance] = {}
    can: Annotated[tuple[Action, ...], Field(min_length=1)]
    instead: dict[Action, tuple[Action, ...]] = {}
    communities: tuple[str, ...] = ()
    actions: Annotated[tuple[Action, ...], Field(min_length=1)] = USUAL
    causes: Annotated[tuple[Cause, ...], Field(min_length=1)] = CAUSES
    min_severity: Severity | None = None
    shadow: bool = False
    begin: Duration = timedelta(hours=1)

    @model_validator(mode="before")
    @classmethod
    def can_what_it_does(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("acts"), dict) and value["acts"] and "can" not in value:
            return {**value, "can": list(value["acts"])}
        return value

    @model_validator(mode="after")
    def one_way(self) -> Outlet:
        if self.acts and self.webhook is not None:
            raise ValueError("an outlet has `webhook` or `acts`, not both: who would do it then, they or we?")
        if self.acts and set(self.can) != set(self.acts):
            raise ValueError("`can` is what stands in `acts`: leave it out")
        return self

    @property
    def delivers(self) -> bool:
        """Whether decisions are brought to the platform; else it has to fetch them."""
        return self.webhook is not None or bool(self.acts)

    @model_validator(mode="after")
    def only_what_goes_out(self) -> Outlet:
        """An internal action, or a substitute that is never used, is a mistake of whoever wrote it."""
        for name in ("can", "actions"):
            inside = sorted(INTERNAL.intersection(getattr(self, name)))
            if inside:
                raise ValueError(f"{inside[0]!s} in `{name}`: it stays inside Feuerwache, no platform is asked for it")
        for action, substitutes in self.instead.items():
            if action in INTERNAL:
                raise ValueError(f"{action!s} in `instead`: it stays inside Feuerwache, no platform is asked for it")
            if action in self.can:
                raise ValueError(f"`instead` has {action!s}, which stands in `can`")
            unable = [one for one in substitutes if one not in self.can]
            if unable:
                raise ValueError(f"`instead` of {action!s} is {unable[0]!s}, which does not stand in `can`")
            if Action.REMOVE in substitutes:
                raise ValueError(f"`instead` of {action!s} is remove: what cannot be taken back replaces nothing")
        return self

    def unanswerable(self) -> tuple[Action, ...]:
        """Chosen actions for which this platform has neither itself nor a substitute; welcome and approve may lack."""
        substitutes = {**FALLBACKS, **self.instead}
        harmless = {Action.WELCOME, Action.APPROVE}
        return tuple(
            action
            for action in self.actions
            if action not in harmless and not {action, *substitutes.get(action, ())} & set(self.can)
        )
