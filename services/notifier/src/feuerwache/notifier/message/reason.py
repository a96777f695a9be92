"""Why a page comes to its reader, and whether it asks them to take over."""

from __future__ import annotations

from feuerwache.common.events.page import PageRequested
from feuerwache.notifier.message.wording import Words

#: Pages that ask somebody to take over, and those after which anything can be done at all.
CALLING = frozenset({"step", "last_resort", "ask_again"})
ACTED_ON = CALLING | {"hand_over", "help"}
#: Why a page that calls tells of several incidents: all of them can be taken over at once.
CALLED_TOGETHER = frozenset({"together", "held"})


def is_trial(page: PageRequested) -> bool:
    """The drill of one contact: it belongs to no incident, so nothing can be opened, taken over or confirmed."""
    return page.channel is not None


def asked(page: PageRequested, words: Words) -> str:
    """What a button to take over says, the incident or all of them; empty when this page asks nobody to."""
    if is_trial(page) or page.reason not in CALLING or not {entry.why for entry in page.digest} <= CALLED_TOGETHER:
        return ""
    if len(page.digest) > 1:
        return words.acknowledge_all
    return words.still_on_it if page.reason == "ask_again" else words.acknowledge


def why(page: PageRequested, words: Words, by: str) -> str | None:
    """The first step needs no reason. `by`: the name of who has handed it over, taken it, ended it, or wants help."""
    reasons = {
        "hand_over": words.handed_over,
        "help": words.help_wanted,
        "taken": words.taken,
        "ended": words.ended if by else words.ended_alone,
        "last_resort": words.last_resort,
        "ask_again": words.ask_again,
    }
    if page.reason in reasons:
        return reasons[page.reason].format(by=by)
    return words.step.format(step=page.step + 1) if page.step > 0 or page.round > 0 else None
