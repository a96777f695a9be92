"""What an author is called towards a reader: by name, or by a pseudonym where the community keeps names to one role.

`authors: pseudonymous` in communities.yaml shows names to the people of the role `names_for` alone. Whoever is not
known to hold it sees the pseudonym, and so does everybody where the community is not known: a name is shown for a
reason or not at all. The pseudonym of an author is the same on every page, in every command and in every process that
shares the key, is another one in each community, and cannot be turned back without the key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import blake2b

from feuerwache.common.config.community import Communities, Community
from feuerwache.common.config.people import Role

#: Bytes of a pseudonym: enough to tell the people of a community apart.
PSEUDONYM_BYTES = 4
#: Somebody else is addressed in a text.
_MENTION = re.compile(r"(?<![\w.])@[\w.-]{1,64}")
#: Stands where a name stood.
HIDDEN = "@…"


def may_see_names(community: Community | None, role: Role | None) -> bool:
    """Whether a reader of this role (None: nobody knows who reads) is shown the names of the community's authors."""
    return community is not None and (community.authors == "named" or role is community.names_for)


def pseudonym(community_id: str, author_id: str, key: bytes) -> str:
    """A keyed hash, in hex, of `PSEUDONYM_BYTES`; only the first 64 bytes of the key are used."""
    text = f"{community_id}\x1f{author_id}".encode()
    return f"#{blake2b(text, digest_size=PSEUDONYM_BYTES, key=key[:64]).hexdigest()}"


def without_names(text: str, own: tuple[str | None, ...]) -> str:
    """The text without the author's `own` names and without those of people addressed by @.

    A name that somebody writes in another way stays: nobody can know that it is one.
    """
    words = [re.escape(name) for name in sorted(filter(None, own), key=len, reverse=True)]
    if words:
        text = re.sub(rf"(?<!\w)@?(?:{'|'.join(words)})(?!\w)", HIDDEN, text, flags=re.IGNORECASE)
    return _MENTION.sub(HIDDEN, text)


@dataclass(frozen=True, slots=True)
class Names:
    """Asked at every edge that shows an author. `communities` None: none are known, and nobody is named."""

    communities: Communities | None = None
    key: bytes = field(default=b"", repr=False)

    def open_to(self, community_id: str, role: Role | None) -> bool:
        return may_see_names(self.communities.get(community_id) if self.communities else None, role)

    def shown(self, community_id: str, author_id: str, name: str | None, role: Role | None) -> str | None:
        """`name` where the reader may see it (None where the platform gave none), else the pseudonym."""
        return name if self.open_to(community_id, role) else pseudonym(community_id, author_id, self.key)

    def text(self, community_id: str, text: str, own: tuple[str | None, ...], role: Role | None) -> str:
        """A post's text; for whom names are hidden, `without_names`."""
        return text if self.open_to(community_id, role) else without_names(text, own)
