"""The supervisor with a real service: starts it, repairs it when it is killed, and ends with whoever started it."""

from __future__ import annotations

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

from feuerwache.local import credentials, ledger
from feuerwache.local.handle import Handle, StackFailed, end, launch, states
from feuerwache.local.ledger import Ledger, Phase
from feuerwache.local.mailbox import mails
from feuerwache.local.places import checkout
from feuerwache.local.plan import Plan
from feuerwache.local.progress import Silent
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
