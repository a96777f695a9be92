"""The pure parts of the demo: what it reads, what it takes from a page, and that it notices a night that went wrong."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from feuerwache.common.clock import ManualClock
from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import FrozenPolicy, Incident, IncidentPart, IncidentState
from feuerwache.common.events.page import PageReceipt, ReceiptStatus
from feuerwache.common.linktoken import LinkToken, issue
from feuerwache.common.wording.numeral import NO_BREAK
from feuerwache.local.demo import picture
from feuerwache.local.demo.flow import Flow
from feuerwache.local.demo.manager import form_for, read_mails
from feuerwache.local.demo.player import Sent
from feuerwache.local.demo.script import BadInput, own_posts, written_night
from feuerwache.local.demo.summary import Summary, Timing, summarise
from feuerwache.local.invariant import Verdict

BEGIN = datetime(2026, 11, 14, 18, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECRET = b"a secret of at least thirty-two characters"


def test_the_night_is_in_time_order_and_names_its_integrations() -> None:
    night = written_night()
    assert [line.at for line in night] == sorted(line.at for line in night)
    assert {line.integration for line in night} == {"morgenrot-facebook", "morgenrot-forum"}
    assert 2500 < sum(line.is_post for line in night) < 6000
    assert json.dumps([dict(line.body) for line in night])


def test_tab_separated_posts_keep_their_quotes_and_are_spread_over_the_span(tmp_path: Path) -> None:
    file = tmp_path / "posts.tsv"
    file.write_text('text\tlabel\n"Na toll", sagt sie\tOTHER\nMit\\tTab\tOTHER\n', "utf-8")
    first, second = own_posts(file, BEGIN, HOUR)
    assert first.body["text"] == '"Na toll", sagt sie'
    assert second.body["text"] == "Mit\tTab"
    assert (first.at, second.at) == (BEGIN, BEGIN + HOUR / 2)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("Pfad C:\\", "Pfad C:\\"),
        (r"¯\_(ツ)_/¯", r"¯\_(ツ)_/¯"),
        (r"zwei\\", "zwei\\"),
        (r"Zeile\nTab\t.", "Zeile\nTab\t."),
        (r"C:\\neu", r"C:\neu"),
        (r"\"Na toll\"", '"Na toll"'),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_backslash_escapes_but_never_swallows_the_tab_or_the_line_end(
    tmp_path: Path, field: str, text: str, end: str
) -> None:
    file = tmp_path / "posts.tsv"
    lines = [f"text{end}", f"{field}{end}", end, f"letzte{end}"]
    file.write_bytes("".join(lines).encode())
    assert [line.body["text"] for line in own_posts(file, BEGIN, HOUR)] == [text, "letzte"]
    file.write_bytes(f"text\tauthor{end}{field}\tanna{end}".encode())
    [line] = own_posts(file, BEGIN, HOUR)
    assert (line.body["text"], line.body["author"]["id"]) == (text, "anna")


def test_json_lines_with_times_keep_their_distances(tmp_path: Path) -> None:
    times = ["2020-01-01T10:00:00", "2020-01-01T12:00:00", "2020-01-01T11:30:00"]
    file = tmp_path / "posts.jsonl"
    file.write_text("\n".join(json.dumps({"text": "ä", "created_at": time}) for time in times), "utf-8")
    assert [line.at - BEGIN for line in own_posts(file, BEGIN, HOUR)] == [timedelta(), HOUR * 0.75, HOUR]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\tb\n1\t2\n", "no column `text`"),
        ('{"text": "gut"}\n{"text": 7}\n', ":2: has no `text`"),
        ('{"text": "gut"}\n{oops\n', ":2: not JSON"),
        ("text\n", "holds no posts"),
        ("id\ttext\n1\tgut\n2\n", ":3: the line ends before its text"),
    ],
)
def test_a_file_that_cannot_be_played_says_why(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "posts"
    file.write_text(content, "utf-8")
    with pytest.raises(BadInput, match=message):
        own_posts(file, BEGIN, HOUR)


PAGE = """
<form method="get" action="/search"><input name="q" value="acknowledge"></form>
<form method="post" action="/i/1/acknowledge"><input type="hidden" name="token" value="t1">
  <button>Ich übernehme</button></form>
<form method="POST" action="/i/1"><select name="reason">
  <option value="handled">x</option><option value="drill"></select>
  <input type="radio" name="r" value="a"><input type="radio" name="r" value="b" checked>
  <button name="command" value="resolve">Erledigt</button></form>
"""


def test_the_form_of_a_page_is_found_by_what_it_does() -> None:
    acknowledge, resolve = form_for(PAGE, "acknowledge"), form_for(PAGE, "resolve")
    assert acknowledge is not None
    assert resolve is not None
    assert (acknowledge.action, acknowledge.fields) == ("/i/1/acknowledge", {"token": "t1"})
    assert resolve.fields == {"reason": "handled", "r": "b", "command": "resolve"}
    assert form_for(PAGE, "snooze") is None


def test_only_mails_with_a_link_of_ours_count(tmp_path: Path) -> None:
    incident, clock = uuid4(), ManualClock(BEGIN)
    token = issue(LinkToken(incident, "jonas.keller", BEGIN + HOUR), SECRET)
    for number, link in enumerate(("http://x/i/" + "A" * 80, f"http://127.0.0.1:1/i/{token}"), 1):
        mail = EmailMessage()
        mail["To"], mail["Subject"] = "jonas@example.org", "Dringend: Welle der Empörung"
        mail.set_content(f"Öffnen: {link}\n")
        (tmp_path / f"{number:04}.eml").write_bytes(mail.as_bytes())
    [found] = read_mails(tmp_path, SECRET, clock)
    assert (found.number, found.person_id, found.incident_id) == (2, "jonas.keller", incident)
    assert found.link.endswith(token)
    assert token not in repr(found)


def verdict(without: int = 0, twice: int = 0) -> Verdict:
    return Verdict(10, 10 - without, twice, without, 0, 0, 0, 0)


def fire(state: IncidentState = IncidentState.RESOLVED, after: int | None = 2) -> Incident:
    return Incident(
        incident_id=UUID(int=1),
        revision=3,
        shard=0,
        community="c",
        community_title="C",
        kind=CrisisKind.NEGATIVITY_BURST,
        severity=Severity.HIGH,
        state=state,
        onset=BEGIN,
        opened_at=BEGIN,
        last_alarm_at=BEGIN,
        policy=FrozenPolicy(policy_id="brand", config_hash="h", steps=()),
        step=None,
        acknowledged_after_step=after,
    )


def reached(step: int, person: str, status: ReceiptStatus = ReceiptStatus.SENT) -> PageReceipt:
    return PageReceipt(
        page_id=uuid4(),
        delivery_id=uuid4(),
        incident_id=UUID(int=1),
        step=step,
        recipient=person,
        channel="email",
        status=status,
        at=BEGIN,
    )


RIGHT = [reached(0, "anna.bergmann"), reached(1, "jonas.keller")]


def told(found: Verdict, incident: Incident | None, receipts: list[PageReceipt], *, night: bool = True) -> Summary:
    flow = Flow(receipts=receipts)
    if incident is not None:
        flow.incidents[incident.incident_id] = incident
    return summarise(found, flow, Sent(posts=10), Timing(60.0, 30.0, 900.0, 12.0), night=night)


def test_a_night_that_went_as_it_must() -> None:
    summary = told(verdict(), fire(), RIGHT)
    assert summary.problems == ()
    assert summary.figures["acknowledged_after_step"] == 2
    assert summary.figures["pages_sent"] == 2
    assert [page["person"] for page in summary.figures["paged"]] == ["anna.bergmann", "jonas.keller"]


def test_the_demo_tells_the_crisis_as_a_page_does() -> None:
    figures = Figures(posts=214, window_minutes=15, usual_posts=12, negative_share=0.61, most_said=("Rückruf",))
    part = IncidentPart(community="d", community_title="D", severity=Severity.HIGH, onset=BEGIN, last_alarm_at=BEGIN)
    burning = fire().model_copy(update={"figures": figures, "parts": (part, part)})
    said = "214 posts in 15 min, usually 12; 61 % negative; most said: Rückruf"
    assert told(verdict(), burning, RIGHT).figures["crisis"] == f"Wave of outrage: {said}"
    assert told(verdict(), fire(), RIGHT).figures["crisis"] == "Wave of outrage"
    flow = Flow()
    row = [str(cell).replace(NO_BREAK, " ") for cell in picture.incident_row(burning, flow)]
    assert row[1:4] == ["Wave of outrage (high)", "resolved", "61 % negative"]
    assert str(picture.story(burning, flow).title).replace(NO_BREAK, " ") == (
        f"Wave of outrage, C (high)\n{said}\nalso in: D"
    )
    assert str(picture.story(fire(), flow).title) == "Wave of outrage, C (high)"


@pytest.mark.parametrize(
    ("found", "incident", "receipts", "problem"),
    [
        (verdict(without=1), fire(), RIGHT, "invariant is broken: 1 posts without decision"),
        (verdict(twice=2), fire(), RIGHT, "2 decisions too many"),
        (verdict(), None, [], "no crisis was noticed"),
        (verdict(), fire(), RIGHT[:1], "step 2 reached nobody"),
        (verdict(), fire(), [reached(0, "jonas.keller"), RIGHT[1]], "step 1 reached"),
        (verdict(), fire(), [*RIGHT, reached(1, "selin.yildiz")], "step 2 reached"),
        (verdict(), fire(), [RIGHT[0], reached(1, "jonas.keller", ReceiptStatus.FAILED)], "step 2 reached nobody"),
        (verdict(), fire(after=1), RIGHT, "acknowledged after step 1"),
        (verdict(), fire(after=None), RIGHT, "acknowledged after step None"),
        (verdict(), fire(IncidentState.ACKNOWLEDGED), RIGHT, "is acknowledged, not resolved"),
    ],
)
def test_whatever_goes_wrong_is_a_problem(
    found: Verdict, incident: Incident | None, receipts: list[PageReceipt], problem: str
) -> None:
    assert problem in " ".join(told(found, incident, receipts).problems)


def test_own_posts_need_no_crisis_but_the_invariant() -> None:
    assert told(verdict(), None, [], night=False).problems == ()
    assert told(verdict(without=1), None, [], night=False).problems != ()


def test_what_was_put_aside_is_told_with_counts_and_reasons() -> None:
    found = replace(verdict(), posts_dead_lettered=2, dead_letters=2, reasons={"not an event": 2})
    sent = Sent(posts=13, refused=Counter({"too_long: text is longer": 3}))
    summary = summarise(found, Flow(), sent, Timing(60.0, None, 900.0, 12.0), night=False)
    assert summary.problems == ()
    assert summary.put_aside == ("3 refused: too_long: text is longer", "2 dead letters: not an event")
    assert summary.figures["dead_letter_reasons"] == {"not an event": 2}
    assert told(verdict(), None, [], night=False).put_aside == ()


def test_a_file_of_which_nothing_was_decided_did_not_go_as_it_must() -> None:
    sent = Sent(posts=4, refused=Counter({"too_long: text is longer": 4}))
    summary = summarise(Verdict(0, 0, 0, 0, 0, 0, 0, 0), Flow(), sent, Timing(60.0, None, 900.0, 12.0), night=False)
    assert summary.problems == ("4 posts were sent and nothing was decided",)
