"""The supervisor with a real service: starts it, repairs it when it is killed, and ends with whoever started it."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import psutil
import pytest
from typer.testing import CliRunner

from feuerwache.common.kafka import topics
from feuerwache.common.settings import CommonSettings
from feuerwache.local import credentials, ledger
from feuerwache.local.commands import app
from feuerwache.local.ending import lasting
from feuerwache.local.group import Child
from feuerwache.local.handle import Handle, StackFailed, end, launch, states
from feuerwache.local.ledger import Ledger, Phase
from feuerwache.local.mailbox import mails
from feuerwache.local.places import checkout
from feuerwache.local.plan import Plan
from feuerwache.local.progress import Silent
from feuerwache.local.supervise import FIRST_PAUSE
from support.kafka import dead_letters, put
from support.servers import KafkaServer

SECONDS = 60.0


def wait_for(condition: Callable[[], bool], seconds: float = SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def pid_of(known: Ledger | None, name: str) -> int:
    assert known is not None
    return next(entry.pid for entry in known.processes if entry.name == name)


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def plan(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> Plan:
    shutil.copytree(checkout(Path(__file__).parent) / "config", tmp_path / "config")
    monkeypatch.setenv("FEUERWACHE_TOPIC_PREFIX", topic_prefix)
    monkeypatch.setenv("FEUERWACHE_POST_PARTITIONS", "2")
    monkeypatch.setenv("FEUERWACHE_SHARDS", "1")
    return Plan(root=tmp_path, kafka=kafka.bootstrap, redis=redis_url, only=("ingest",))


@pytest.fixture
def stack(plan: Plan) -> Iterator[Handle]:
    handle = launch(plan, Silent())
    try:
        handle.wait_ready(lambda _: None)
        yield handle
    finally:
        handle.stop()


def test_a_stack_lives_is_repaired_and_ends(stack: Handle, plan: Plan) -> None:
    known = stack.ledger()
    assert known is not None
    with pytest.raises(StackFailed, match="runs already"):
        launch(plan, Silent())
    secrets = credentials.kept(plan.places.secrets, plan.root / "config")
    post = {
        "post_id": "1",
        "author": {"id": "a"},
        "text": "Die Crema ist großartig ☕",
        "created_at": "2026-11-14T19:30:00+01:00",
    }
    headers = {"Authorization": f"Bearer {secrets.token('morgenrot-forum')}"}
    assert httpx.post(f"{known.ingest}/v1/posts", json=post, headers=headers).status_code == httpx.codes.ACCEPTED

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@localhost", "b@localhost", "Grüße"
    mail.set_content("Ein Bär im Café")
    host, port = known.smtp.split(":")
    with smtplib.SMTP(host, int(port)) as smtp:
        smtp.send_message(mail)
    [kept] = mails(plan.places.mail)
    assert (kept["Subject"], kept.get_content().strip()) == ("Grüße", "Ein Bär im Café")

    killed = pid_of(known, "ingest")
    psutil.Process(killed).kill()

    def repaired() -> bool:
        now = stack.ledger()
        return pid_of(now, "ingest") != killed and now is not None and all(entry.ready for entry in now.processes)

    assert wait_for(repaired)
    known = stack.ledger()
    assert known is not None
    [ingest, supervisor] = states(known)
    assert (ingest.trouble, ingest.restarts, supervisor.trouble) == (None, 1, None)
    assert httpx.post(f"{known.ingest}/v1/posts", json=post, headers=headers).status_code == httpx.codes.ACCEPTED

    assert end(plan.places)
    assert not runs(pid_of(known, "ingest"))
    last = ledger.read(plan.places.home)
    assert last is not None
    assert last.phase is Phase.STOPPED
    assert not end(plan.places)


def test_a_service_past_its_dead_letter_limit_stays_down_and_says_why(
    plan: Plan, kafka: KafkaServer, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = launch(plan.model_copy(update={"only": ("classifier",)}), Silent())
    try:
        handle.wait_ready(lambda _: None)
        settings = CommonSettings(kafka_bootstrap=kafka.bootstrap, topic_prefix=topic_prefix)
        bad = [f"no event {number}".encode() for number in range(600)]
        asyncio.run(put(settings, topics.POSTS_RECEIVED, 0, bad))

        def failed() -> bool:
            known = handle.ledger()
            return known is not None and any(entry.failed for entry in known.processes)

        assert wait_for(failed)
        known = handle.ledger()
        assert known is not None
        assert "classifier FAILED and is not started again: too many dead letters (exit code 65)" in known.message
        time.sleep(2 * FIRST_PAUSE + 1.0)  # by then it would have been started again
        [classifier, supervisor] = states(known)
        assert classifier.restarts == 0
        assert classifier.trouble is not None
        assert "are allowed. This looks like a broken deploy" in classifier.trouble
        assert supervisor.trouble is None
        assert len(asyncio.run(dead_letters(settings, topics.POSTS_RECEIVED))) <= 100
        monkeypatch.chdir(plan.root)
        shown = CliRunner().invoke(app, ["status", "--json"])
        assert shown.exit_code == 1
        [stack] = json.loads(shown.stdout)
        assert "broken deploy" in next(one["trouble"] for one in stack["processes"] if one["name"] == "classifier")
    finally:
        handle.stop()


def ended(log: Path, code: int, *lines: str) -> Child:
    """A child that wrote these lines, `PID` being its own, after an earlier one with the same log."""
    log.write_text('{"event": "fatal", "reason": "of an earlier start", "pid": 1}\n', "utf-8")
    program = "import os, sys\nfor line in sys.argv[2:]: print(line.replace('PID', str(os.getpid())))\n"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", f"{program}sys.exit(int(sys.argv[1]))", str(code), *lines], stdout=output
        )
    process.wait(SECONDS)
    return Child("rules", process, log)


@pytest.mark.parametrize(("code", "what"), [(65, "too many dead"), (77, "not authorised"), (78, "configuration")])
def test_an_end_that_no_start_mends_is_told_with_its_own_reason(tmp_path: Path, code: int, what: str) -> None:
    fatal = '{"event": "fatal", "reason": "rules.yaml:3: no such\\n field", "pid": PID}'
    why = lasting(ended(tmp_path / "log", code, fatal, '{"event": "stopped", "pid": PID}'), code)
    assert why is not None
    assert why.startswith(what)
    assert why.endswith(f"(exit code {code}): rules.yaml:3: no such field")


def test_without_a_fatal_line_of_its_own_the_last_line_counts(tmp_path: Path) -> None:
    why = lasting(ended(tmp_path / "log", 78, "7", "plain words"), 78)
    assert why == "configuration (exit code 78): plain words"


@pytest.mark.parametrize("code", [0, 1, 69, 70, 74])
def test_other_ends_are_answered_by_a_new_start(tmp_path: Path, code: int) -> None:
    assert lasting(ended(tmp_path / "log", code), code) is None


def test_everything_is_gone_after_the_supervisor_was_killed(stack: Handle) -> None:
    ingest = pid_of(stack.ledger(), "ingest")
    stack.process.kill()
    assert wait_for(lambda: not runs(ingest), 15.0)


STARTER = """
import sys
from pathlib import Path
from feuerwache.local.handle import launch
from feuerwache.local.plan import Plan
from feuerwache.local.progress import Silent

handle = launch(Plan.model_validate_json(sys.argv[1]), Silent())
handle.wait_ready(lambda _: None)
print(handle.process.pid, flush=True)
sys.stdin.read()
"""


def test_a_stack_ends_when_whoever_started_it_is_killed(plan: Plan) -> None:
    command = [sys.executable, "-c", STARTER, plan.model_dump_json()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        supervisor = int(starter.stdout.readline())
        ingest = pid_of(ledger.read(plan.places.home), "ingest")
        starter.send_signal(signal.SIGKILL)
        starter.wait(SECONDS)
        assert wait_for(lambda: not runs(supervisor) and not runs(ingest), 30.0)
    last = ledger.read(plan.places.home)
    assert last is not None
    assert last.phase is Phase.STOPPED


def test_a_service_that_cannot_start_is_named_with_the_end_of_its_log(plan: Plan) -> None:
    (plan.root / "config" / "communities.yaml").write_text("communities: [oops]\n", "utf-8")
    handle = launch(plan, Silent())
    with pytest.raises(StackFailed, match=r"(?s)ingest ended with code \d+ while starting; .*communities\.yaml"):
        handle.wait_ready(lambda _: None)
    handle.stop()


def test_secrets_are_kept_and_private(tmp_path: Path) -> None:
    config = checkout(Path(__file__).parent) / "config"
    first = credentials.kept(tmp_path / "secrets", config)
    again = credentials.kept(tmp_path / "secrets", config)
    assert first == again
    assert len(first.link_secret) >= 32
    assert set(json.loads(first.tokens_file.read_text())) == {"morgenrot-facebook", "morgenrot-forum"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "secrets").iterdir())
    assert first.link_secret not in repr(first)
