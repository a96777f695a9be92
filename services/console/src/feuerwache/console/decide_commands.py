"""`feuerwache decisions review`, `appeal`, `answer-appeal` and `author`: a human's word, which no rule overrules.

`--as` says on whose behalf, and that person must stand in `people.yaml` with a role that may (docs/roles.md). Posts are
looked up in the console's SQL. Exit code 0 once the rules have it on record; 1 when it is refused, changes nothing or
was not heard in time; 2 for what was not written properly.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import typer

from feuerwache.common.config.community import load_communities
from feuerwache.common.config.duration import parse
from feuerwache.common.config.people import People, load_people
from feuerwache.common.errors import FatalError, FeuerwacheError
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.decision import (
    Action,
    AnswerAppeal,
    AppealChanged,
    AppealDecision,
    AppealState,
    DecideAuthor,
    DecisionMade,
    ReviewDecision,
    Standing,
)
from feuerwache.common.permission import decision_refusal
from feuerwache.console.namesake import Namesakes, author_of
from feuerwache.console.review.verdict import Verdict
from feuerwache.console.settings import ConsoleSettings
from feuerwache.console.store.database import opened
from feuerwache.console.store.subject import InForce, Subject, read_subject
from feuerwache.console.word import Heard, Word, give, read_journal, standing

EX_REFUSED, EX_USAGE = 1, 2
#: `datetime.fromisoformat` takes a day alone for its first moment, which is not what "until Friday" means.
WITH_TIME = len("2026-11-22T18:00")
T = TypeVar("T")


Platform = Annotated[str, typer.Argument(metavar="PLATFORM", help="As `queue` shows it.")]
PostId = Annotated[str, typer.Argument(metavar="POST_ID", help="As `queue` shows it.")]
Person = Annotated[
    str, typer.Option("--as", envvar="FEUERWACHE_PERSON", metavar="PERSON", help="Your id in people.yaml.")
]
Note = Annotated[str, typer.Option(help="A sentence for the record.")]
Wait = Annotated[float, typer.Option(help="Seconds to wait until the rules have it on record.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def add_to(app: typer.Typer) -> None:
    app.command("review")(review)
    app.command("appeal")(appeal)
    app.command("answer-appeal")(answer_appeal)
    app.command("author")(author)


def review(
    platform: Platform,
    post_id: PostId,
    action: Annotated[Verdict, typer.Argument(help="What is to happen to the post.")],
    *,
    person: Person,
    note: Note = "",
    wait: Wait = 10.0,
    as_json: AsJson = False,
) -> None:
    """Says what is to happen to a post. It stands until a human says something else; no rule replaces it.

    Example: feuerwache decisions review discourse 4711 approve --as anna.bergmann --note "irony"
    """
    settings = _settings()
    actor, _ = _actor(settings, person, ReviewDecision)
    seen = _in_force(_subject(settings, platform, post_id), platform, post_id)
    decision = seen.decision
    if not decision.automated and decision.actions == (action.action,):
        _stop(f"{platform} {post_id} is on {action.value} already, by {_who(decision.actor)}")
    word = ReviewDecision(
        ref=decision.ref,
        author_id=decision.author_id,
        revision=decision.revision,
        action=action.action,
        actor=actor,
        note=note,
    )
    _tell(_given(settings, word, wait), as_json)


def appeal(platform: Platform, post_id: PostId, *, person: Person, wait: Wait = 10.0, as_json: AsJson = False) -> None:
    """Puts an appeal on record that reached you by letter, mail or phone, against the decision in force.

    It prints what its author is to be told. Exit code 1 when it comes too late or was there already.

    Example: feuerwache decisions appeal discourse 4711 --as anna.bergmann
    """
    settings = _settings()
    actor, _ = _actor(settings, person, AppealDecision)
    decision_id, decision = _known(_subject(settings, platform, post_id), platform, post_id)
    word = AppealDecision.model_validate(
        {"ref": decision.ref, "author_id": decision.author_id, "decision_id": decision_id, "actor": actor}
    )
    heard = _given(settings, word, wait)
    _tell(heard, as_json)
    if isinstance(heard.data, AppealChanged) and heard.data.state is not AppealState.OPEN:
        raise typer.Exit(EX_REFUSED)


def answer_appeal(
    platform: Platform,
    post_id: PostId,
    *,
    uphold: Annotated[bool, typer.Option("--uphold", help="The decision stands.")] = False,
    instead: Annotated[Verdict | None, typer.Option(help="What is to happen to the post instead.")] = None,
    person: Person,
    note: Note = "",
    wait: Wait = 10.0,
    as_json: AsJson = False,
) -> None:
    """Answers an appeal against a decision about a post: the oldest one that is open.

    Examples:

        feuerwache decisions answer-appeal discourse 4711 --uphold --as selin.yildiz

        feuerwache decisions answer-appeal discourse 4711 --instead approve --as selin.yildiz
    """
    if uphold is (instead is not None):
        _stop("say either --uphold or --instead ACTION", EX_USAGE)
    settings = _settings()
    actor, _ = _actor(settings, person, AnswerAppeal)
    subject = _subject(settings, platform, post_id)
    waiting = next((each for each in subject.appeals if each.state is AppealState.OPEN), None)
    if waiting is None and subject.appeals:
        last = subject.appeals[-1]
        _stop(f"the appeal about {platform} {post_id} is answered already: {last.state.value} by {_who(last.actor)}")
    if waiting is None:
        _stop(f"no appeal is known about {platform} {post_id}; `feuerwache decisions queue` lists those that wait")
    seen = subject.in_force
    if instead is not None and seen is not None and seen.decision.actions == (instead.action,):
        _stop(f"{platform} {post_id} is on {instead.value}: to keep that, say --uphold")
    word = AnswerAppeal(
        ref=waiting.ref,
        author_id=waiting.author_id,
        decision_id=waiting.decision_id,
        upheld=uphold,
        action=instead.action if instead is not None else None,
        actor=actor,
        note=note,
    )
    _tell(_given(settings, word, wait), as_json)


def author(
    community: Annotated[str, typer.Argument(metavar="COMMUNITY", help="Its id in communities.yaml.")],
    name: Annotated[
        str, typer.Argument(metavar="AUTHOR", help="The author's id on the platform, or the pseudonym a page shows.")
    ],
    word: Annotated[Standing, typer.Argument(metavar="STANDING", help="trusted, normal, restricted or banned.")],
    *,
    until: Annotated[
        str | None, typer.Option(help="24h, or a time: 2026-11-22T18:00 by your own clock, or with its offset.")
    ] = None,
    person: Person,
    note: Note = "",
    wait: Wait = 10.0,
    as_json: AsJson = False,
) -> None:
    """Decides about an author in one community, until a human says something else. `normal` takes it back.

    Examples:

        feuerwache decisions author morgenrot-forum 1022 restricted --until 24h --as selin.yildiz

        feuerwache decisions author morgenrot-forum 1022 normal --as selin.yildiz

        feuerwache decisions author morgenrot-intern '#5e0c91fa' restricted --until 24h --as selin.yildiz
    """
    settings = _settings()
    actor, people = _actor(settings, person, DecideAuthor)
    if load_communities(settings.config_dir).get(community) is None:
        _stop(f"{community!r} does not stand in communities.yaml", EX_USAGE)
    now = settings.clock().now()
    ends = _ending(until, people, person, now)
    if word is Standing.NORMAL and ends is not None:
        _stop("normal takes every earlier word back and needs no --until", EX_USAGE)
    author_id = _author(settings, community, name)
    journal = _run(read_journal(settings, community, author_id))
    if journal is None:
        _stop(f"nobody with this id has written in {community}: is the id the platform's, and the community right?")
    last = standing(journal)
    in_force = last is not None and (last.until is None or last.until > now)
    if last is not None and in_force and (last.standing, last.until) == (word.value, ends):
        _stop(f"this author is {word.value} already")
    if word is Standing.NORMAL and not in_force:
        _stop("this author is normal already")
    command = DecideAuthor(community=community, author_id=author_id, standing=word, until=ends, actor=actor, note=note)
    _given(settings, command, wait)
    if as_json:
        document = {"community": community, "standing": word.value, "until": ends.isoformat() if ends else None}
        typer.echo(json.dumps(document, ensure_ascii=False))
        return
    typer.echo(f"{word.value} in {community}" + (f" until {ends:%Y-%m-%d %H:%M}Z" if ends is not None else ""))


def _settings() -> ConsoleSettings:
    try:
        return ConsoleSettings.from_environment()
    except FeuerwacheError as error:
        _failed(error)


def _actor(settings: ConsoleSettings, person: str, command: type) -> tuple[Actor, People]:
    """Who speaks, if they may."""
    try:
        people = load_people(settings.config_dir)
    except FeuerwacheError as error:
        _failed(error)
    actor = Actor(person_id=person, via=Via.TOKEN)
    reason, known = decision_refusal(command, actor, people), people.person(person)
    if reason == "not_a_person":
        _stop(f"{person!r} is a room or a team; say which person speaks", EX_USAGE)
    if known is None:
        _stop(f"{person!r} does not stand in people.yaml", EX_USAGE)
    if reason is not None:
        _stop(f"{person} is {known.role.value} and may not do that; docs/roles.md says who may")
    return actor, people


def _author(settings: ConsoleSettings, community: str, name: str) -> str:
    """The author's id, also where a page has shown a pseudonym."""
    try:
        return _run(author_of(settings, community, name))
    except Namesakes as error:
        _stop(str(error))


def _subject(settings: ConsoleSettings, platform: str, post_id: str) -> Subject:
    async def read() -> Subject:
        async with opened(settings.database()) as engine:
            return await read_subject(engine, platform, post_id)

    return _run(read())


def _known(subject: Subject, platform: str, post_id: str) -> tuple[str, DecisionMade]:
    """The decision in force, also of a post that is gone."""
    if subject.in_force is None:
        what = "is deleted" if subject.deleted else "is unknown here"
        _stop(
            f"{platform} {post_id} {what}: no decision about it stands in the console's database. "
            "`feuerwache decisions queue` lists what waits; a post of the last seconds needs a moment"
        )
    return subject.in_force.decision_id, subject.in_force.decision


def _in_force(subject: Subject, platform: str, post_id: str) -> InForce:
    if subject.deleted:
        _stop(f"{platform} {post_id} is deleted; there is nothing left to decide")
    return InForce(*_known(subject, platform, post_id))


def _ending(until: str | None, people: People, person: str, now: datetime) -> datetime | None:
    """`until` in UTC: a span from now on, or a time; without an offset, by the person's own clock."""
    if until is None:
        return None
    try:
        if len(until) >= WITH_TIME and until[:4].isdigit():
            given = datetime.fromisoformat(until)
            known = people.person(person)
            zone = ZoneInfo(known.timezone) if known is not None else UTC
            ends = (given if given.tzinfo is not None else given.replace(tzinfo=zone)).astimezone(UTC)
        else:
            span = parse(until)
            assert isinstance(span, timedelta)
            ends = now + span
    except (ValueError, OverflowError):
        _stop(f"--until {until!r}: write a span such as 24h, or a time such as 2026-11-22T18:00", EX_USAGE)
    if ends <= now:
        _stop(f"--until {until!r} is over already", EX_USAGE)
    return ends


def _given(settings: ConsoleSettings, word: Word, wait: float) -> Heard:
    heard = _run(give(settings, word, wait))
    if heard is None:
        _stop(
            f"Written, but no rules process has it on record within {wait:g} s: is one running? It will be heard then. "
            "`feuerwache dlq list` says what could not be"
        )
    return heard


def _tell(heard: Heard, as_json: bool) -> None:
    """No author is named here."""
    data = heard.data
    document: dict[str, Any] = {}
    if isinstance(data, DecisionMade):
        document = {"decision_id": str(heard.id), "actions": [action.value for action in data.actions]}
        replaced = f", replaces {data.supersedes}" if data.supersedes is not None else ""
        again = "; the text has changed since and waits for another look" if Action.REVIEW in data.actions[1:] else ""
        told = f"{'+'.join(document['actions'])}  {data.ref.platform}/{data.ref.post_id}{replaced}{again}"
    elif isinstance(data, AppealChanged):
        document = {"decision_id": str(data.decision_id), "state": data.state.value, "answer": data.answer}
        told = f"{data.state.value}  {data.ref.platform}/{data.ref.post_id}\n{data.answer}"
    else:
        raise TypeError(type(data))
    document = {"platform": data.ref.platform, "post_id": data.ref.post_id, **document, "dry_run": data.dry_run}
    typer.echo(json.dumps(document, ensure_ascii=False) if as_json else told)


def _who(actor: Actor | None) -> str:
    return actor.person_id if actor is not None else "a human"


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except FeuerwacheError as error:
        _failed(error)


def _failed(error: FeuerwacheError) -> NoReturn:
    _stop(str(error), error.exit_code if isinstance(error, FatalError) else EX_REFUSED)


def _stop(text: str, code: int = EX_REFUSED) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)
