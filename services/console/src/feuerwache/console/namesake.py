"""Whom a pseudonym stands for: looked for among the authors of that one community, and told to nobody.

A pseudonym is a keyed hash of community and author, so it can only be tried: the keys of `authors.journal.v1` name all
authors that the rules have ever judged. A million of them take some seconds. The pseudonym of another community, or one
made with another key, finds nobody.
"""

from __future__ import annotations

import re

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.kafka.consumer import read_partition
from feuerwache.common.kafka.keys import SEPARATOR
from feuerwache.common.kafka.topics import AUTHORS_JOURNAL
from feuerwache.common.shownname import PSEUDONYM_BYTES, pseudonym
from feuerwache.console.settings import ConsoleSettings

PSEUDONYM = re.compile(rf"#[0-9a-f]{{{2 * PSEUDONYM_BYTES}}}")


class Namesakes(FeuerwacheError):  # noqa: N818 - named for what it is about
    """Nobody has this pseudonym in the community, or more than one has. The message says what to do."""


async def author_of(settings: ConsoleSettings, community: str, name: str) -> str:
    """The author's id: `name` itself unless it is a pseudonym. Raises `Namesakes`, `TransientError`."""
    if PSEUDONYM.fullmatch(name) is None:
        return name
    topic, key, beginning = settings.topics().of(AUTHORS_JOURNAL), settings.naming_key(), f"{community}{SEPARATOR}"
    found: set[str] = set()
    for partition in range(settings.post_partitions):
        async for record in read_partition(settings, topic, partition):
            author = (record.key or b"").decode()
            if author == f"{beginning}{name}":
                return name  # somebody is really called so there
            if author.startswith(beginning):
                author_id = author.removeprefix(beginning)
                if pseudonym(community, author_id, key) == name:
                    (found.add if record.value is not None else found.discard)(author_id)
    if len(found) == 1:
        return found.pop()
    if found:
        raise Namesakes(f"{name} stands for {len(found)} authors of {community}: name one by the id of the platform")
    raise Namesakes(
        f"nobody has the pseudonym {name} in {community}: is it that community's, and is FEUERWACHE_PULSE_SECRET (or "
        "FEUERWACHE_LINK_SECRET) the console's own?"
    )
