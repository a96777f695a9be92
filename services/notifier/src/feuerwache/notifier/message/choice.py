"""The buttons below a page in a chat. What comes back is a letter and the reference: `a.` takes over, and so on.

It has to be short: Telegram takes 1 to 64 bytes (https://core.telegram.org/bots/api#inlinekeyboardbutton).
"""

from __future__ import annotations

from feuerwache.notifier.message.message import Choice
from feuerwache.notifier.message.wording import Words

ACKNOWLEDGE, NEED_HELP, SNOOZE = "a", "h", "s"
SEPARATOR = "."


def choices(reference: str, words: Words, *, asked: str, several: bool = False) -> tuple[Choice, ...]:
    """`asked`: what the first button says; empty when there is nothing to take over. `several` incidents can only be
    taken over together: whom to call and what to put off is decided for each."""
    offered = [(ACKNOWLEDGE, asked)] if asked else []
    offered += [] if several else [(NEED_HELP, words.need_help), (SNOOZE, words.snooze)]
    return tuple(Choice(label, f"{letter}{SEPARATOR}{reference}") for letter, label in offered)


def chosen(value: str) -> tuple[str, str] | None:
    """The letter and the reference of a button that was pressed; None for what is none of ours."""
    letter, separator, reference = value.partition(SEPARATOR)
    return (letter, reference) if separator and letter in (ACKNOWLEDGE, NEED_HELP, SNOOZE) else None
