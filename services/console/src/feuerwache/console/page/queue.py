"""The review queue as one person reads it: a page of posts, what can be chosen, what has become of a click. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from feuerwache.common.wording.numeral import number
from feuerwache.common.wording.tongue import TONGUES
from feuerwache.console.page.case import PostView, post_view
from feuerwache.console.page.queue_wording import KIND, ORDER, QUEUE_UI
from feuerwache.console.page.reader import Reader
from feuerwache.console.page.record import actions, verdict
from feuerwache.console.store.claim import Claim
from feuerwache.console.store.queue import KINDS, ORDERS, Case, Kind, QueuePage, Sieve

#: What stands in a list of choices: value, name, whether it is chosen.
Choice = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class Sent:
    """What the reader has just clicked. `command_id` empty: nothing was written, because somebody was faster."""

    platform: str
    post_id: str
    verdict: str
    command_id: str


@dataclass(frozen=True, slots=True)
class Told:
    """What has become of it. `pending`: nothing yet."""

    text: str
    pending: bool = False


@dataclass(frozen=True, slots=True)
class QueueView:
    """`here`: the query of this page, `first` and `following` (None on the last) of others; without the language."""

    posts: tuple[PostView, ...]
    total: str
    sieved: bool
    communities: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    orders: tuple[Choice, ...]
    here: str
    first: str
    following: str | None
    later: bool
    told: Told | None
    sent: Sent | None
    state: str
    revision: str
    reader: str
    zone: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the page needs beside the posts. `title` names a community, `claimed` finds a click under way."""

    title: Callable[[str], str]
    claimed: Callable[[Case], Claim | None]
    here: str = ""
    first: str = ""
    following: str | None = None
    state: str = ""
    revision: str = ""


def queue_view(
    page: QueuePage,
    sieve: Sieve,
    reader: Reader,
    around: Surroundings,
    *,
    sent: Sent | None = None,
    told: Told | None = None,
) -> QueueView:
    ui, tongue = QUEUE_UI[reader.language], TONGUES[reader.language]
    names: dict[int, str] = {0: ui["queue_total_none"], 1: ui["queue_total_one"]}
    places = sorted({*page.communities, *([sieve.community] if sieve.community else [])}, key=around.title)
    kinds: tuple[Kind | None, ...] = (None, *KINDS)
    return QueueView(
        posts=tuple(
            post_view(case, reader, around.title(case.ref.community), claimed=around.claimed(case))
            for case in page.cases
        ),
        total=names.get(page.total) or ui["queue_total"].format(count=number(page.total, tongue)),
        sieved=sieve.community is not None or sieve.kind is not None,
        communities=(
            ("", ui["queue_all"], sieve.community is None),
            *((one, around.title(one), one == sieve.community) for one in places),
        ),
        kinds=tuple(
            (one or "", KIND[reader.language][one] if one else ui["queue_all"], one == sieve.kind) for one in kinds
        ),
        orders=tuple((one, ORDER[reader.language][one], one == sieve.order) for one in ORDERS),
        here=around.here,
        first=around.first,
        following=around.following,
        later=sieve.after is not None,
        told=told,
        sent=sent,
        state=around.state,
        revision=around.revision,
        reader=reader.person.name,
        zone=reader.person.timezone,
    )


def outcome(case: Case | None, sent: Sent, reader: Reader, claimed: Claim | None) -> Told:
    """What has become of the reader's click, as far as anything is known."""
    ui, what = QUEUE_UI[reader.language], verdict(sent.verdict, reader)
    if not sent.command_id:
        return Told(too_late(case, reader, claimed))
    if case is None or (case.deleted and not case.heard(sent.command_id)):
        return Told(ui["queue_gone"])
    if case.heard(sent.command_id):
        force = case.in_force
        mine = [decision for _, decision in case.made if str(decision.cause_id) == sent.command_id]
        if mine and force is not None and force[1] not in mine:
            return Told(ui["queue_overtaken"].format(what=what, now=standing(case, reader)))
        return Told(ui["queue_done"].format(what=actions(mine[-1].actions, reader) if mine else what))
    if claimed is not None and claimed.command_id == sent.command_id:
        return Told(ui["queue_sent"].format(what=what), pending=True)
    return Told(ui["queue_unheard"])


def too_late(case: Case | None, reader: Reader, claimed: Claim | None) -> str:
    """Who was faster and what they said; or what else has changed since the reader looked."""
    ui = QUEUE_UI[reader.language]
    if case is None or case.deleted:
        return ui["queue_deleted"]
    answered = [one for one in case.appeals if one.actor is not None]
    force = case.in_force
    latest: tuple[datetime, str | None, str] | None = None
    if force is not None and not force[1].automated:
        actor = force[1].actor
        latest = (
            force[1].decided_at,
            actor.person_id if actor is not None else None,
            actions(force[1].actions, reader),
        )
    for one in answered:
        if latest is None or one.at > latest[0]:
            latest = (one.at, one.actor.person_id if one.actor is not None else None, verdict(one.state.value, reader))
    if claimed is not None:
        latest = (claimed.at, claimed.person_id, verdict(claimed.verdict, reader))
    if latest is None:
        return ui["queue_changed"].format(what=standing(case, reader))
    _, who, what = latest
    if who == reader.person.id:
        return ui["queue_yourself"].format(what=what)
    return ui["queue_faster"].format(who=reader.name(who), what=what)


def standing(case: Case, reader: Reader) -> str:
    """What holds for the post now, and on whose word."""
    force = case.in_force
    if force is None:
        return "–"
    decision = force[1]
    what = actions(decision.actions, reader)
    if decision.automated:
        return what
    who = reader.name(decision.actor.person_id if decision.actor is not None else None)
    return QUEUE_UI[reader.language]["queue_told"].format(who=who, what=what)
