"""In which order the stage took one partition's posts and commands, as the authors' journals say. Pure.

The broker's time is only the time at which a record was appended. When the stage was behind in one of its two inputs,
or a transaction stayed open for a while, it judged in another order. The entries of a journal stand in the order in
which they were judged, each with its input and offset; so they say which command came after which post of the same
author, and that is all that a command changes. What has no entry there (it led to nothing, or was folded since) is not
known. Both inputs are read front to back, so what is known of one command also bounds its neighbours.
"""

from __future__ import annotations

from pydantic_core import from_json

#: A journal without it holds no command. What it says otherwise costs nothing but time.
_COMMANDS = b'"commands"'


class Turns:
    """Of one partition; `generation` is that of the offsets."""

    def __init__(self, generation: int) -> None:
        self._generation = generation
        self._after: dict[int, int] = {}
        self._before: dict[int, int] = {}

    def learn(self, journal: bytes) -> None:
        """The JSON of an `AuthorJournalled`; every version of a journal may add something."""
        if _COMMANDS not in journal:
            return
        post = command = -1
        waiting = False  # the next post is the first one after a command
        for entry in from_json(journal)["entries"]:
            if entry["generation"] != self._generation:
                continue
            offset: int = entry["offset"]
            if entry.get("source", "posts") == "commands":
                command, waiting = max(command, offset), True
                self._after[offset] = max(post, self._after.get(offset, -1))
            else:
                post = max(post, offset)
                if waiting:
                    waiting = False
                    self._before[offset] = max(command, self._before.get(offset, -1))

    def command_first(self, command: int, post: int) -> bool | None:
        """Whether the command at this offset was judged before the post at that one, both being the next of their
        input; None where nothing is known.
        """
        if self._after.get(command, -1) >= post:
            return False
        if self._before.get(post, -1) >= command:
            return True
        return None

    def first_command(self, post: int, command: int) -> int:
        """The command that comes first where the post at this offset does. `command` is what the broker's time says."""
        last = max((each for at, each in self._before.items() if at < post), default=-1)
        late = min((each for each, after in self._after.items() if after >= post), default=command)
        return max(last + 1, min(late, command))

    def past_commands(self, post: int, command: int) -> int:
        """Where commands may end (exclusive) so that no post below this offset lacks one; at least at `command`."""
        return max([command, *(each + 1 for at, each in self._before.items() if at < post)])
