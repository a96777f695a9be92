"""Every client of a platform's own interface, over real HTTP, through one table: what it sends, what each answer leads
to, and what no answer may lead to. The cases stand in `support/actions/<kind>.py`.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feuerwache.ingest.adapters.registry import load as load_adapter
from feuerwache.ingest.outbound.actions.registry import OWN, load
from feuerwache.ingest.outbound.outcome import Kind, Outcome, Word
from support.actions.case import Case, Say
from support.actions.stage import (
    WORDS,
    Peer,
    cases,
    handover,
    is_call,
    kinds,
    platform,
    reply,
    same_call,
)
from support.peers.wire import Conversation, Reply, Request, reset, silence

EVERY = [pytest.param(kind, case, id=f"{kind}-{case.name}") for kind, case in cases()]
each = pytest.mark.parametrize(("kind", "case"), EVERY)
ENDING = [(kind, case) for kind, case in cases() if case.until is not None]


@pytest.fixture(autouse=True)
def _nothing_left_for_the_next_test() -> None:
    """No consumer is at work here: no garbage has to be collected after each of these many (0.1 s each)."""


def script(case: Case, *answers: Say) -> Peer:
    """Answers the action's call in turn, the last one for ever; a look first says that it is not done."""
    left = list(answers)

    def answer(request: Request) -> Reply | Conversation:
        if case.look is not None and is_call(request, case.look, case.secrets):
            assert case.still is not None, "a case with a look says what it shows"
            return reply(case.still)
        return reply(left.pop(0) if len(left) > 1 else left[0])

    return Peer(answer)


def deliver(kind: str, case: Case, peer: Peer, post_id: str | None = None, author_id: str | None = None) -> Outcome:
    async def main() -> Outcome:
        async with platform(kind, case, peer) as (made, _, _):
            return await made.deliver(handover(kind, case, post_id=post_id, author_id=author_id))

    return asyncio.run(main())


def word(outcome: Outcome, case: Case) -> Word:
    return outcome.of(case.action)


def test_every_client_has_a_case_for_each_of_its_actions() -> None:
    assert set(kinds()) == set(OWN)
    for kind in OWN:
        client = load(kind)
        asked = {case.action for name, case in cases() if name == kind}
        assert asked == set(client.supports), kind
        assert set(load_adapter(kind).profile.actions) == set(client.supports), f"{kind}: the adapter says otherwise"
        assert set(client.secrets) <= set(load_adapter(kind).profile.secrets), kind
        assert client.by_author <= client.supports
        assert all(page.startswith("https://") for page in client.docs), kind
        assert client.docs


@each
def test_it_is_asked_for_as_the_documentation_says_and_done(kind: str, case: Case) -> None:
    peer = script(case, case.done)
    outcome = deliver(kind, case, peer)
    assert (outcome.kind, word(outcome, case).status) == (Kind.TAKEN, "done")
    if case.look is not None:
        same_call(peer.calls[0], case.look, case.secrets)
    assert len(peer.calls) == 1 + (case.look is not None)
    same_call(peer.calls[-1], case.sent, case.secrets)


@each
def test_what_is_done_already_is_done(kind: str, case: Case) -> None:
    outcome = deliver(kind, case, script(case, case.again))
    assert (outcome.kind, word(outcome, case).status) == (Kind.TAKEN, "done")


@each
def test_a_crash_between_the_call_and_its_receipt_does_it_once(kind: str, case: Case) -> None:
    """The process that comes after knows nothing of the call. It asks again, and nothing more happens."""
    done = 0

    def answer(request: Request) -> Reply:
        nonlocal done
        if case.look is not None and is_call(request, case.look, case.secrets):
            shown = case.already if done else case.still
            assert shown is not None
            return reply(shown)
        done += 1
        return reply(case.done if done == 1 else case.again)

    peer = Peer(answer)
    words = [word(deliver(kind, case, peer), case).status for _ in range(2)]
    assert words == ["done", "done"]
    if case.look is not None:
        assert done == 1, "a second call would do more than the first one did"


@each
def test_an_answer_that_is_lost_leads_to_the_same_end(kind: str, case: Case) -> None:
    done = 0

    def answer(request: Request) -> Reply | Conversation:
        nonlocal done
        if case.look is not None and is_call(request, case.look, case.secrets):
            shown = case.already if done else case.still
            assert shown is not None
            return reply(shown)
        done += 1
        return reset if done == 1 else reply(case.again)

    peer = Peer(answer)
    assert deliver(kind, case, peer).kind is Kind.RETRY
    outcome = deliver(kind, case, peer)
    assert (outcome.kind, word(outcome, case).status) == (Kind.TAKEN, "done")


#: What means the door or the moment, and never the order.
LATER = {
    "401": Say(401),
    "403": Say(403),
    "408": Say(408),
    "429": Say(429),
    "500": Say(500),
    "502 with a page": Say(502, body=b"<html>Bad Gateway</html>"),
    "503": Say(503),
    "a redirect": Say(302, headers={"Location": "http://169.254.169.254/latest"}),
}


@each
@pytest.mark.parametrize("what", list(LATER))
def test_the_door_and_the_moment_use_up_no_decision(kind: str, case: Case, what: str) -> None:
    peer = script(case, LATER[what])
    outcome = deliver(kind, case, peer)
    assert outcome.kind is Kind.RETRY
    assert outcome.reason
    assert word(outcome, case).status == "failed"
    assert len(peer.calls) == 1 + (case.look is not None), "one try is one call; no redirect is followed"


@each
@pytest.mark.parametrize("status", [429, 503])
def test_a_platform_that_says_when_is_taken_at_its_word(kind: str, case: Case, status: int) -> None:
    outcome = deliver(kind, case, script(case, Say(status, headers={"Retry-After": "17"})))
    assert (outcome.kind, outcome.retry_after) == (Kind.RETRY, 17)


@each
def test_a_post_that_is_not_there_is_gone_or_the_wrong_door(kind: str, case: Case) -> None:
    outcome = deliver(kind, case, script(case, Say(404)))
    if case.missing is None:
        assert outcome.kind is Kind.RETRY
    else:
        assert (outcome.kind, word(outcome, case).status) == (Kind.TAKEN, case.missing)


@pytest.mark.parametrize(
    ("kind", "case", "say", "became", "status"),
    [
        pytest.param(kind, case, *other, id=f"{kind}-{case.name}-{number}")
        for kind, case in cases()
        for number, other in enumerate(case.others)
    ],
)
def test_what_this_platform_says_in_its_own_way(kind: str, case: Case, say: Say, became: Kind, status: str) -> None:
    outcome = deliver(kind, case, script(case, say))
    assert (outcome.kind, word(outcome, case).status) == (became, status)


def test_silence_ends_in_time_and_is_tried_again() -> None:
    """All of them at once: each takes as long as a call may."""

    async def one(kind: str, case: Case) -> Outcome:
        async with platform(kind, case, Peer(lambda _: silence)) as (made, _, _):
            return await made.deliver(handover(kind, case))

    async def main() -> list[Outcome]:
        return await asyncio.gather(*(one(kind, case) for kind, case in cases()))

    for outcome in asyncio.run(main()):
        assert (outcome.kind, outcome.reason) == (Kind.RETRY, "no answer in time")


#: What somebody with a token may submit as an id, and what would then be called with our credential.
ODD = (
    "1/../../admin/users/1",
    "../1",
    "1?limit=0",
    "1#x",
    "1%2F..%2F2",
    "1 2",
    "1\r\nX-Evil: 1",
    "1&hide=false",
    "\N{FULLWIDTH DIGIT ONE}",
    "1;2",
    "",
)


@each
def test_an_id_that_is_none_of_the_platforms_is_put_into_no_call(kind: str, case: Case) -> None:
    for odd in (*ODD, *case.odd_posts):
        peer = script(case, case.done)
        outcome = deliver(kind, case, peer, post_id=odd)
        unused = bool(peer.calls)  # an action about an account alone does not look at the post
        if unused:
            same_call(peer.calls[-1], case.sent, case.secrets)
        else:
            assert (outcome.kind, word(outcome, case).status) == (Kind.REFUSED, "refused"), odd
            assert odd not in outcome.reason or not odd
    for odd in (*ODD, *case.odd_authors):
        peer = script(case, case.done)
        outcome = deliver(kind, case, peer, author_id=odd)
        if peer.calls:
            same_call(peer.calls[-1], case.sent, case.secrets)
        else:
            assert (outcome.kind, word(outcome, case).status) == (Kind.REFUSED, "refused"), odd


@each
def test_neither_a_secret_nor_the_platforms_words_get_out(
    kind: str, case: Case, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    canaries = (WORDS, *case.secrets.values())
    told = " ".join(canaries)
    for status in (200, 400, 401, 403, 404, 409, 422, 429, 500):
        say = Say(
            status,
            {
                "error": {"message": told, "code": 1, "type": told},
                "errors": [told],
                "description": told,
                "error_type": told,
            },
        )
        outcome = deliver(kind, case, script(case, say))
        words = (outcome, word(outcome, case))
        assert not [canary for canary in canaries for said in words if canary in repr(said)], status
    written = caplog.text + "".join(capsys.readouterr())
    assert not [canary for canary in canaries if canary in written]


@each
def test_a_secret_that_is_not_there_is_named_and_nothing_is_sent(kind: str, case: Case) -> None:
    async def main() -> Outcome:
        async with platform(kind, case, peer, secrets={}) as (made, _, _):
            return await made.deliver(handover(kind, case))

    peer = script(case, case.done)
    outcome = asyncio.run(main())
    assert outcome.kind is Kind.RETRY
    assert "SECRET_" in outcome.reason
    assert peer.calls == []


@each
def test_our_own_action_is_noted_as_one_before_it_is_done(kind: str, case: Case) -> None:
    async def main(say: Say) -> list[bool]:
        peer = script(case, say)
        async with platform(kind, case, peer) as (made, _, notes):
            inner, before = peer.script, list[bool]()

            def looking(request: Request) -> Reply | Conversation:
                before.append((case.post_id, case.action) in notes.noted)
                return inner(request)

            peer.script = looking
            await made.deliver(handover(kind, case))
            return [before[-1], (case.post_id, case.action) in notes.noted]

    assert asyncio.run(main(case.done)) == [True, True]
    assert asyncio.run(main(Say(422, {"error": {"code": 100}}))) == [True, False], "refused: whoever does it is not us"


@each
def test_a_dry_run_asks_for_nothing_and_says_so(kind: str, case: Case) -> None:
    async def main() -> Outcome:
        async with platform(kind, case, peer, dry_run=True) as (made, _, _):
            return await made.deliver(handover(kind, case))

    peer = script(case, case.done)
    said = word(asyncio.run(main()), case)
    assert (said.status, "dry run" in said.reason) == ("not_supported", True)
    assert peer.calls == []


@pytest.mark.parametrize(("kind", "case"), ENDING, ids=[f"{kind}-{case.name}" for kind, case in ENDING])
def test_a_restriction_whose_end_has_come_is_not_asked_for(kind: str, case: Case) -> None:
    for until in (datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(seconds=20)):
        over = replace(case, until=until)
        peer = script(over, over.done)
        assert word(deliver(kind, over, peer), over).status == "failed"
        assert peer.calls == []
