from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feuerwache.common.config.people import Person
from feuerwache.common.events.page import PageReceipt, ReceiptStatus
from feuerwache.notifier.commands import app
from feuerwache.notifier.delivery.entry import Entry, kind_of
from feuerwache.notifier.delivery.ledger import Ledger
from feuerwache.notifier.delivery.pace import Limits, Pace
from feuerwache.notifier.drill.drill import Report, Trial, heard, request, trials
from support.deliveries import NOW, mail, new_page, push, reader, seconds, sms, voice

ANNA = Person(id="anna", name="Anna", contacts=(push(), sms(120), sms(180), voice(240)))
CONFIG = str(Path(__file__).parents[3] / "config")


def receipt(trial: Trial, status: ReceiptStatus, reason: str = "") -> PageReceipt:
    return PageReceipt(
        page_id=trial.page_id,
        delivery_id=trial.page_id,
        incident_id=trial.page_id,
        step=0,
        status=status,
        at=NOW + seconds(1.5),
        reason=reason,
        kind="drill",
    )


def test_every_contact_is_tried_or_those_of_one_channel() -> None:
    assert [one.contact for one in trials([ANNA], None)] == ["ntfy", "sms", "sms:2", "voice"]
    assert [one.contact for one in trials([ANNA], "sms")] == ["sms", "sms:2"]
    assert [one.contact for one in trials([ANNA], "sms:2")] == ["sms:2"]
    assert trials([ANNA], "email") == []


def test_a_drill_goes_at_once_whatever_is_held_back_and_holds_nothing_back_itself() -> None:
    ledger = Ledger(Pace(Limits(cap=1)))
    anna = reader("anna", mail(), sms(120))
    page_id, page = new_page()
    ledger.request(page_id, page, [anna], [], NOW)
    for trial in trials([Person(id="anna", name="Anna", contacts=(mail(), sms(120)))], None):
        entry = ledger.request(trial.page_id, request(trial, NOW), [anna], [], NOW)
        assert [(one.channel, one.status.value, one.kind) for one in entry.receipts] == [
            (trial.contact, "claimed", "drill")
        ]


def test_the_drill_of_a_contact_that_is_gone_says_so() -> None:
    (trial,) = trials([ANNA], "voice")
    entry = Entry()
    page = request(trial, NOW)
    Ledger().enter(entry, trial.page_id, page, [reader("anna", mail())], now=NOW)
    (said,) = entry.receipts
    assert (said.status, said.reason, kind_of(page)) == (
        ReceiptStatus.UNREACHABLE,
        "anna has no contact voice",
        "drill",
    )


def test_the_report_names_whom_nothing_reached() -> None:
    jonas = Person(id="jonas", name="Jonas", contacts=(mail(),))
    push_, first, second, call, jonas_mail = trials([ANNA, jonas], None)
    told = (
        heard(push_, receipt(push_, ReceiptStatus.DELIVERED), NOW),
        heard(first, receipt(first, ReceiptStatus.FAILED, "HTTP 400"), NOW),
        heard(second, receipt(second, ReceiptStatus.CLAIMED), NOW),
        call,
        heard(jonas_mail, receipt(jonas_mail, ReceiptStatus.FAILED, "SMTP 550"), NOW),
    )
    report = Report(NOW, told)
    assert (report.whole, report.unreached_people) == (False, ("jonas",))
    document = json.loads(json.dumps(report.as_json()))
    assert (document["tried"], document["reached"]) == (5, 1)
    assert [one["status"] for one in document["contacts"]] == ["delivered", "failed", "claimed", "unheard", "failed"]
    assert document["contacts"][0]["seconds"] == 1.5
    assert Report(NOW, told[:1]).whole
    assert not Report(NOW, ()).whole, "nobody was tried"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["test", "--person", "nobody"], "no person 'nobody'"),
        (["test", "--person", "anna.bergmann", "--channel", "pigeon"], "none of them has a contact 'pigeon'"),
        (["drill", "--team", "nobody", "--yes"], "no team 'nobody'"),
    ],
)
def test_what_cannot_be_drilled_is_refused_before_anything_is_sent(arguments: list[str], problem: str) -> None:
    result = CliRunner().invoke(app, ["page", *arguments, "--config", CONFIG], env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert problem in result.output


def test_a_drill_of_everybody_asks_first() -> None:
    result = CliRunner().invoke(app, ["page", "drill", "--config", CONFIG], input="n\n")
    assert result.exit_code == 1
    assert "Anna Bergmann, Jonas Keller" in result.output
