"""Puts pseudonyms in on every way in, where an integration asks for them, with the key of the community's brand.

A key is read once: with another one everybody would be somebody else. It is needed at the start for everything that is
configured then, and where it is missing for what is added later, nothing of that integration is taken.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from feuerwache.common.config.secretsource import SecretSource
from feuerwache.common.errors import FatalError, TransientError
from feuerwache.ingest.examination import Examined
from feuerwache.ingest.integration import Integration, Senders
from feuerwache.ingest.privacy.pseudonym import LONGEST_KEY, SHORTEST_KEY, disguised


def read_key(source: SecretSource, environment: Mapping[str, str] = os.environ) -> bytes:
    """The key without the white space around it. Raises `ValueError`, which names the place and not what is in it."""
    key = environment.get(source.env or "", "").encode()
    if source.file is not None:
        try:
            key = source.file.read_bytes()
        except OSError as error:
            raise ValueError(f"{source} with the key of pseudonyms cannot be read") from error
    key = key.strip()
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise ValueError(
            f"{source} has to hold the key of pseudonyms: {SHORTEST_KEY} to {LONGEST_KEY} random characters"
        )
    return key


class Disguise:
    def __init__(self, senders: Callable[[], Senders], environment: Mapping[str, str] = os.environ) -> None:
        """Raises `FatalError` when a key that is needed now is not there."""
        self._senders = senders
        self._environment = environment
        self._keys: dict[str, bytes] = {}
        known = senders()
        for integration in known.integrations.integrations:
            if integration.privacy == "pseudonymous":
                for community in integration.communities:
                    try:
                        self._key(community)
                    except TransientError as error:
                        raise FatalError(str(error)) from error

    def __call__(self, examined: Examined, integration: Integration) -> Examined:
        """Raises `TransientError` without a key: better not to take a post than to say who wrote it."""
        return disguised(examined, self._key(examined.community)) if integration.privacy == "pseudonymous" else examined

    def _key(self, community_id: str) -> bytes:
        senders = self._senders()
        community = senders.communities.get(community_id)
        brand = community.brand if community is not None else ""
        key = self._keys.get(brand)
        if key is None:
            source = senders.integrations.pseudonyms.get(brand)
            if source is None:
                raise TransientError(f"`pseudonyms` in config/integrations.yaml has no key for the brand {brand!r}")
            try:
                key = self._keys[brand] = read_key(source.key, self._environment)
            except ValueError as error:
                raise TransientError(str(error)) from error
        return key
