"""The posts that wait for a human, a page at a time, with everything that is known about each.

Pages are cut by the last post that was seen and not by counting, so that what is decided or comes in meanwhile neither
repeats a post nor skips one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import AppealChanged, AppealState, DecisionMade
from feuerwache.common.events.post import PostRef
from feuerwache.console.store import claim
from feuerwache.console.store.claim import Claim
from feuerwache.console.store.database import transaction
from feuerwache.console.store.tables import appeals, decisions, posts, waiting, words
from feuerwache.console.store.waiting import PostKey, among, chunks, judged, standing
from feuerwache.console.store.words import Word, word_of

Kind = Literal["held", "asked", "reported", "appeal"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Order = Literal["urgent", "newest", "oldest"]
ORDERS: tuple[Order, ...] = get_args(Order)
#: So many earlier words on one author are read, the newest.
AUTHOR_WORDS = 20


class Cursor(NamedTuple):
    """The last post of a page, by what the queue is sorted by."""

    urgency: int
    since_ms: int
    platform: str
    post_id: str


@dataclass(frozen=True, slots=True)
class Sieve:
    """What is asked for. `after` is the last post of the page before."""

    community: str | None = None
    kind: Kind | None = None
    order: Order = "urgent"
    after: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """One post. `decision` is the one in force, None where it is older than was asked for; `since_ms` real time.

    `appealed`: its author has appealed, and no human has answered yet.
    """

    ref: PostRef
    since_ms: int
    decision_id: str
    decision: DecisionMade | None
    appealed: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One post and everything that was decided and said about it, the oldest first.

    `since_ms` None: it waits for nobody. `post` None: deleted, or its text is not here (any more). `made` are decisions
    with their ids, `in_force` and `judged` two of them. `author_words` are what humans said of the author as a whole.
    `claims` are clicks that nothing is known to have come of yet.
    """

    ref: PostRef
    author_id: str
    since_ms: int | None
    post: PostClassified | None
    deleted: bool
    made: tuple[tuple[str, DecisionMade], ...]
    appeals: tuple[AppealChanged, ...]
    words: tuple[Word, ...]
    author_words: tuple[Word, ...] = ()
    claims: tuple[Claim, ...] = ()

    @property
    def in_force(self) -> tuple[str, DecisionMade] | None:
        return standing(self.made)

    @property
    def judged(self) -> DecisionMade | None:
        return judged(self.made)

    @property
    def open_appeal(self) -> AppealChanged | None:
        return next((one for one in self.appeals if one.state is AppealState.OPEN), None)

    @property
    def upheld(self) -> AppealChanged | None:
        """The answer by which a human has made the decision in force their own."""
        force = self.in_force[0] if self.in_force is not None else None
        kept = (one for one in self.appeals if one.state is AppealState.UPHELD and str(one.decision_id) == force)
        return next(kept, None)

    @property
    def looked_at(self) -> str:
        """Names what a word is given on: the decision in force, and whether a human has made it their own since."""
        force = self.in_force
        if force is None:
            return ""
        return f"{force[0]}:upheld" if self.upheld is not None else force[0]

    def heard(self, command_id: str) -> bool:
        """Whether something is on record that this command has led to."""
        causes = {str(decision.cause_id) for _, decision in self.made} | {str(one.cause_id) for one in self.appeals}
        return command_id in causes


@dataclass(frozen=True, slots=True)
class QueuePage:
    """`total` counts what the sieve lets through on all pages, `communities` all that have anything waiting.

    `following` is the cursor of the next page, None on the last.
    """

    cases: tuple[Case, ...]
    total: int
    communities: tuple[str, ...]
    following: Cursor | None


async def read_queue(engine: AsyncEngine, since_ms: int, community: str | None = None) -> list[Waiting]:
    """Everything decided or appealed against since then that waits, the longest first. Raises `TransientError`."""
    async with transaction(engine) as connection:
        wanted = select(waiting).where(or_(waiting.c.since_ms >= since_ms, waiting.c.appeal_id.is_not(None)))
        if community is not None:
            wanted = wanted.where(waiting.c.community == community)
        ordered = wanted.order_by(waiting.c.since_ms, waiting.c.platform, waiting.c.post_id)
        rows = (await connection.execute(ordered)).all()
        made: dict[str, DecisionMade] = {}
        ids = sorted({row.decision_id for row in rows if row.decision_id is not None})
        for start in range(0, len(ids), 500):
            found = await connection.execute(
                select(decisions.c.decision_id, decisions.c.document).where(
                    decisions.c.decision_id.in_(ids[start : start + 500]), decisions.c.written_ms >= since_ms
                )
            )
            made |= {row.decision_id: DecisionMade.model_validate_json(row.document) for row in found}
    return [
        Waiting(
            PostRef(community=row.community, platform=row.platform, post_id=row.post_id),
            row.since_ms,
            row.appeal_id or row.decision_id,
            made.get(row.decision_id),
            appealed=row.appeal_id is not None,
        )
        for row in rows
    ]


async def read_page(engine: AsyncEngine, sieve: Sieve, size: int) -> QueuePage:
    """One page of the queue. Raises `TransientError`."""
    async with transaction(engine) as connection:
        wanted = conditions(sieve)
        total = (await connection.execute(select(func.count()).select_from(waiting).where(*wanted))).scalar_one()
        if sieve.after is not None:
            wanted.append(behind(sieve.after, sieve.order))
        found = select(waiting).where(*wanted).order_by(*sorting(sieve.order)).limit(size + 1)
        rows = (await connection.execute(found)).all()
        shown, last = rows[:size], rows[size - 1] if len(rows) > size else None
        cases = await _cases(connection, {(row.platform, row.post_id): row for row in shown})
        places = await connection.execute(select(waiting.c.community).distinct().order_by(waiting.c.community))
        communities = tuple(community for (community,) in places)
    following = Cursor(last.urgency, last.since_ms, last.platform, last.post_id) if last is not None else None
    return QueuePage(tuple(cases), total, communities, following)


async def read_case(engine: AsyncEngine, platform: str, post_id: str) -> Case | None:
    """One post, waiting or not; None when nothing is known of it. Raises `TransientError`."""
    async with transaction(engine) as connection:
        this = (waiting.c.platform == platform, waiting.c.post_id == post_id)
        row = (await connection.execute(select(waiting).where(*this))).first()
        found = await _cases(connection, {(platform, post_id): row})
    return found[0] if found else None


def conditions(sieve: Sieve) -> list[Any]:
    wanted: list[Any] = []
    if sieve.community is not None:
        wanted.append(waiting.c.community == sieve.community)
    match sieve.kind:
        case "held":
            wanted.append(waiting.c.held)
        case "asked":
            wanted.append(waiting.c.asked)
        case "reported":
            wanted.append(waiting.c.reported)
        case "appeal":
            wanted.append(waiting.c.appeal_id.is_not(None))
    return wanted


def sorting(order: Order) -> list[Any]:
    since = waiting.c.since_ms.desc() if order == "newest" else waiting.c.since_ms.asc()
    first = [waiting.c.urgency.desc()] if order == "urgent" else []
    return [*first, since, waiting.c.platform, waiting.c.post_id]


def behind(after: Cursor, order: Order) -> Any:
    """The condition that a row stands behind this one in this order."""
    name = tuple_(waiting.c.platform, waiting.c.post_id) > tuple_(after.platform, after.post_id)
    since = waiting.c.since_ms
    later = since < after.since_ms if order == "newest" else since > after.since_ms
    aged = or_(later, and_(since == after.since_ms, name))
    if order != "urgent":
        return aged
    return or_(waiting.c.urgency < after.urgency, and_(waiting.c.urgency == after.urgency, aged))


async def _cases(connection: AsyncConnection, rows: dict[PostKey, Any]) -> list[Case]:
    """In the order given; posts of which nothing is known are left out."""
    keys = list(rows)
    told: dict[str, dict[PostKey, list[Any]]] = {}
    for table in (decisions, appeals, words, posts):
        mine = told.setdefault(table.name, {})
        for chunk in chunks(keys):
            found = select(table).where(among(table, chunk)).order_by(table.c.written_ms)
            for row in await connection.execute(found):
                mine.setdefault((row.platform, row.post_id), []).append(row)
    taken = await claim.read(connection, keys)
    cases = []
    for key in keys:
        case = _case(key, rows[key], {name: found.get(key, []) for name, found in told.items()}, taken.get(key, ()))
        if case is not None:
            cases.append(case)
    return await _with_author_words(connection, cases)


def _case(key: PostKey, row: Any, told: dict[str, list[Any]], claims: Iterable[Claim]) -> Case | None:
    made = tuple((one.decision_id, DecisionMade.model_validate_json(one.document)) for one in told["decisions"])
    complaints = tuple(AppealChanged.model_validate_json(one.document) for one in told["appeals"])
    text = told["posts"][-1] if told["posts"] else None
    post = PostClassified.model_validate_json(text.document) if text is not None and text.document else None
    source = made[-1][1] if made else complaints[-1] if complaints else post.received if post is not None else None
    ref = source.ref if source is not None else PostRef(community="?", platform=key[0], post_id=key[1])
    if source is None and text is None:
        return None
    return Case(
        ref=ref,
        author_id=source.author_id if source is not None else "",
        since_ms=row.since_ms if row is not None else None,
        post=post,
        deleted=bool(text is not None and text.deleted),
        made=made,
        appeals=complaints,
        words=tuple(word_of(one) for one in told["words"]),
        claims=tuple(claims),
    )


async def _with_author_words(connection: AsyncConnection, cases: Sequence[Case]) -> list[Case]:
    found: dict[tuple[str, str], list[Word]] = {}
    authors = sorted({(case.ref.community, case.author_id) for case in cases})
    if authors:
        mine = select(words).where(words.c.kind == "author", tuple_(words.c.community, words.c.author_id).in_(authors))
        for row in await connection.execute(mine.order_by(words.c.written_ms)):
            found.setdefault((row.community, row.author_id), []).append(word_of(row))
    return [
        replace(case, author_words=tuple(found.get((case.ref.community, case.author_id), ())[-AUTHOR_WORDS:]))
        for case in cases
    ]
