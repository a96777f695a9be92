"""The import of a file: in order, in batches, again where it must, and where it would go on; then a running ingest."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from feuerwache.ingest.adapters.adapter import Skipped, SkipReason
from feuerwache.ingest.adapters.table import LONGEST_LINE
from feuerwache.ingest.commands import app
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.importing import BATCH, TRIES, Import, Stopped, lines_of
from feuerwache.ingest.item import Item
from support.ingest import TOKEN, make_settings, running
from support.servers import KafkaServer
from support.submissions import COMMUNITY

Answering = Callable[[list[Any]], httpx.Response]


def item(at: int, text: str = "gut") -> Item:
    fields = {"post_id": str(at), "author": {"id": "a"}, "text": text, "created_at": "2024-07-01T10:00:00Z"}
    return Item({**fields, "historic": True})


def accepted(items: list[Any]) -> httpx.Response:
    return httpx.Response(202, json={"items": [{"post_id": one["post_id"], "status": "accepted"} for one in items]})


class Peer:
    """An ingest that answers as it is told; `got` are the batches it took, as post ids."""

    def __init__(self, *answers: Answering) -> None:
        self.got: list[list[str]] = []
        self.waits: list[float] = []
        self.told: list[str] = []
        self._answers = list(answers)
        transport = httpx.MockTransport(self._answer)
        client = httpx.Client(transport=transport, base_url="http://ingest.example")
        self.work = Import(client, self.told.append, self.waits.append)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        items = json.loads(request.content)["events"]
        self.got.append([one["post_id"] for one in items])
        return (self._answers.pop(0) if self._answers else accepted)(items)

    def send(self, lines: Any, from_line: int = 1) -> None:
        for _ in self.work.run(lines, from_line):
            pass


def test_a_file_goes_in_batches_and_in_order() -> None:
    peer = Peer()
    peer.send((at, item(at)) for at in range(1, 2 * BATCH + 11))
    assert [len(batch) for batch in peer.got] == [BATCH, BATCH, 10]
    assert [name for batch in peer.got for name in batch] == [str(at) for at in range(1, 2 * BATCH + 11)]
    assert (peer.work.tally.accepted, peer.work.tally.next_line) == (2 * BATCH + 10, 2 * BATCH + 11)


def test_large_posts_make_small_batches() -> None:
    peer = Peer()
    peer.send((at, item(at, "ä" * 50_000)) for at in range(1, 21))
    assert [len(batch) for batch in peer.got] == [7, 7, 6]


def test_an_ingest_that_cannot_take_more_is_asked_again_when_it_says() -> None:
    peer = Peer(
        lambda _: httpx.Response(503, headers={"Retry-After": "7"}),
        lambda _: httpx.Response(429, headers={"Retry-After": "999999"}),
        lambda _: httpx.Response(502),
    )
    peer.send([(1, item(1))])
    assert peer.got == [["1"]] * 4
    assert peer.waits[:2] == [7, 30]
    assert 2 <= peer.waits[2] <= 4
    assert peer.work.tally.accepted == 1


def test_an_ingest_that_stays_away_stops_the_import_at_the_line_that_is_named() -> None:
    def away(_: list[Any]) -> httpx.Response:
        raise httpx.ConnectError("no route to geheim.example")

    peer = Peer(accepted, *[away] * TRIES)
    with pytest.raises(Stopped, match=r"^ingest cannot take more now: ConnectError$"):
        peer.send((at, item(at)) for at in range(10, 10 + 2 * BATCH))
    assert peer.work.tally.next_line == 10 + BATCH
    assert len(peer.waits) == TRIES - 1
    again = Peer()
    again.send(((at, item(at)) for at in range(10, 10 + 2 * BATCH)), peer.work.tally.next_line)
    assert again.got == [[str(at) for at in range(10 + BATCH, 10 + 2 * BATCH)]]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(401, json={"detail": "send the integration's token"}),
        httpx.Response(302, headers={"Location": "https://elsewhere.example"}),
        httpx.Response(202, json={"items": []}),
        httpx.Response(200, text="<html>a proxy</html>"),
        httpx.Response(200, json=[]),
    ],
)
def test_an_answer_that_is_none_of_ours_stops_it_at_once(answer: httpx.Response) -> None:
    peer = Peer(lambda _: answer)
    with pytest.raises(Stopped, match=rf"ingest answers {answer.status_code}"):
        peer.send([(3, item(3))], 3)
    assert (peer.work.tally.next_line, len(peer.got)) == (3, 1)


def test_a_batch_that_is_too_large_over_there_is_halved() -> None:
    def small(items: list[Any]) -> httpx.Response:
        return accepted(items) if len(items) < 3 else httpx.Response(413)

    peer = Peer(*[small] * 10)
    peer.send((at, item(at)) for at in range(1, 6))
    taken = [batch for batch in peer.got if len(batch) < 3]
    assert [one for batch in taken for one in batch] == list("12345")
    assert (peer.work.tally.accepted, peer.work.tally.next_line) == (5, 6)


def test_what_is_refused_is_told_with_its_line() -> None:
    problem = {"code": "blank", "field": "text", "value": None, "reason": "is empty", "fix": "send something"}

    def second_refused(items: list[Any]) -> httpx.Response:
        said = [{"status": "accepted"}, {"status": "rejected", "problems": [problem]}, {"status": "pending"}]
        return httpx.Response(207, json={"items": said})

    peer = Peer(second_refused)
    lines = [(2, item(1)), (3, item(2)), (9, Skipped(SkipReason.NOT_TEXT)), (12, item(3))]
    peer.send(lines)
    tally = peer.work.tally
    assert peer.told == ["line 3: text: is empty; send something"]
    assert (tally.accepted, tally.rejected, tally.pending, tally.skipped) == (1, 1, 1, 1)


def test_what_came_before_a_broken_line_is_sent() -> None:
    def broken() -> Iterator[tuple[int, Item]]:
        yield 2, item(1)
        raise Unreadable(400, "Not CSV", "line 3: is a quote not closed?")

    peer = Peer()
    with pytest.raises(Stopped, match=r"line 3: is a quote not closed\?"):
        peer.send(broken())
    assert (peer.got, peer.work.tally.next_line) == ([["1"]], 3)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"a\n\xff\xfe\n", "line 2: is not UTF-8"),
        (b"a\nb\n" + b"x" * (LONGEST_LINE + 1), "line 3: has more than 256,000 bytes"),
        ("ä".encode("utf-16"), "line 1: is not UTF-8"),
    ],
)
def test_a_file_that_is_no_text_is_told_with_its_line(tmp_path: Path, raw: bytes, reason: str) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(raw)
    with pytest.raises(Unreadable, match=reason):
        list(lines_of(file))


def test_the_lines_of_a_file_end_where_they_end(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes("a\r\nb\u2028c\x0bd\n".encode())
    assert list(lines_of(file)) == ["a\r\n", "b\u2028c\x0bd\n"]


def imported(file: Path, url: str, folder: Path, *more: str, token: str = TOKEN) -> Result:
    words = ["adapters", "import", str(file), "--integration", "forum", "--url", url, "--json", *more]
    return CliRunner().invoke(app, words, env={"FEUERWACHE_CONFIG_DIR": str(folder), "FEUERWACHE_TOKEN": token})


def report(result: Result) -> dict[str, Any]:
    """What the command printed: the ingest that runs in this process writes its log there, too."""
    [line] = [line for line in result.stdout.splitlines() if line.startswith("{")]
    found: dict[str, Any] = json.loads(line)
    return found


CSV = """\
post_id,author.id,text,created_at,community
1,anna,"Der erste,
mit zwei Zeilen",2024-07-01T10:00:00Z,{c}
2,ben,Der zweite,2024-07-01T10:00:00,{c}
3,ben,Der dritte,2024-07-01T10:00:00Z,{c}
4,ben,Der vierte,2024-07-01T10:00:00Z,elsewhere
"""


def test_a_table_gets_into_a_running_ingest_and_can_be_sent_twice(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str
) -> None:
    settings = make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)
    file = tmp_path / "export.csv"
    file.write_text(CSV.format(c=COMMUNITY))

    async def body() -> None:
        async with running(settings) as ingest:
            url = str(ingest.http.base_url)
            first = await asyncio.to_thread(imported, file, url, tmp_path)
            tally = {"accepted": 2, "duplicate": 0, "pending": 0, "rejected": 2, "skipped": 0}
            assert report(first) == {**tally, "next_line": 7, "stopped": None}, first.stderr
            assert first.exit_code == 1
            errors = first.stderr.splitlines()
            assert [line.partition(":")[0] for line in errors] == ["line 4", "line 6"]
            assert "created_at" in errors[0]
            assert "community" in errors[1]
            again = await asyncio.to_thread(imported, file, url, tmp_path, "--from-line", "5", "--live")
            # The third is on record already; whether it lies in the past makes it no other post.
            assert report(again)["duplicate"] == 1
            refused = await asyncio.to_thread(imported, file, url, tmp_path, token="fwi_" + "x" * 40)
            assert refused.exit_code == 1
            assert "stopped: ingest answers 401" in refused.stderr
            assert "--from-line 1" in refused.stderr
            events = [event.data for event in await ingest.received()]
            assert {event.ref.post_id: event.historic for event in events} == {"1": True, "3": True}

    asyncio.run(body())
