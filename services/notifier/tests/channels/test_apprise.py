"""Apprise in its own process: what it may not do there, and that no process stays behind."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr

from feuerwache.common.clock import SystemClock
from feuerwache.common.config.contact import AppriseContact
from feuerwache.common.config.people import People
from feuerwache.common.http.guard import LOOPBACK, AddressGuard
from feuerwache.notifier.bootstrap import prepare
from feuerwache.notifier.channels.apprise import AppriseChannel
from feuerwache.notifier.channels.apprise_process import Child, Crew
from feuerwache.notifier.channels.channel import Delivery, Outcome, Result
from support.mailbox import Mailbox
from support.peers.apprise import CREW, PASSWORD
from support.peers.peer import DELIVERY_ID, INCIDENT_ID, message
from support.peers.wire import Reply, answering, listening, silence


@dataclass
class Roll(Crew):
    """A crew whose members are known by name."""

    members: list[Child] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def take(self) -> Child:
        child = super().take()
        if child not in self.members:
            self.members.append(child)
        return child


def delivery(url: str) -> Delivery:
    return Delivery(DELIVERY_ID, INCIDENT_ID, AppriseContact(url=SecretStr(url)))


@asynccontextmanager
async def channel(
    *, allowed: bool = False, seconds: float = 20.0, crew: Crew | None = None
) -> AsyncIterator[AppriseChannel]:
    guard = AddressGuard(LOOPBACK if allowed else ())
    made = AppriseChannel(guard, SystemClock(), seconds=seconds, crew=crew or CREW)
    try:
        yield made
    finally:
        await made.close()


def sent(url: str, *, allowed: bool = False) -> Outcome:
    async def main() -> Outcome:
        async with channel(allowed=allowed) as made:
            return await made.send(delivery(url), message())

    return asyncio.run(main())


@pytest.mark.parametrize("url", ["syslog://", "dbus://", "GNOME://", "windows://", "macosx://", "blink1://"])
def test_services_that_reach_only_this_machine_are_refused(url: str) -> None:
    outcome = sent(url)
    assert (outcome.result, "own machine" in outcome.reason) == (Result.PERMANENT, True)


@pytest.mark.parametrize("url", ["nosuch://host", "exec://rm", "file:///etc/passwd", "no url", "slack://", "json://"])
def test_an_address_that_apprise_cannot_use_is_refused(url: str) -> None:
    outcome = sent(url)
    assert (outcome.result, "cannot use" in outcome.reason) == (Result.PERMANENT, True)


def test_the_guard_holds_for_protocols_other_than_http() -> None:
    async def main() -> None:
        async with Mailbox() as mailbox, channel() as made:
            url = f"mailto://wache:{PASSWORD}@127.0.0.1:{mailbox.port}?mode=insecure&from=a@b.example&to=c@d.example"
            outcome = await made.send(delivery(url), message())
            assert outcome.result is Result.PERMANENT and "not public" in outcome.reason, outcome
            assert mailbox.mails == []

    asyncio.run(main())


def test_not_even_a_datagram_gets_out() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        assert sent(f"rsyslog://127.0.0.1:{port}").result is Result.PERMANENT
        assert sent(f"rsyslog://127.0.0.1:{port}", allowed=True).result is Result.ACCEPTED
        listener.settimeout(20)
        assert b"Kritisch" in listener.recv(4096)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.recv(4096)


ATTEMPTS = [
    "subprocess.run(['true'])",
    "os.system('true')",
    "os.posix_spawn('/bin/true', ['true'], {})",
    "os.fork()",
    "open('written', 'w')",
    "open('written', 'ab')",
    "os.open('written', os.O_CREAT | os.O_RDWR)",
    "os.remove('kept')",
    "os.rename('kept', 'moved')",
    "socket.socket(socket.AF_UNIX).connect('/run/dbus/system_bus_socket')",
    "socket.socket().connect(('169.254.169.254', 80))",
    "socket.socket().connect(('localhost', 80))",
    "socket.socket(socket.AF_INET6).connect(('::ffff:10.0.0.1', 80))",
    "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
]


def test_what_the_process_may_not_do(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    program = (
        "import os, socket, subprocess, sys\n"
        "from feuerwache.notifier.channels import apprise_child as child\n"
        "sys.addaudithook(child.deny)\n"
        "for attempt in sys.argv[1:]:\n"
        "    try: eval(attempt)\n"
        "    except child.ForbiddenError: print(attempt)\n"
        "    except Exception as error: print('went wrong', repr(error))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-B", "-c", program, *ATTEMPTS],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert ran.stdout.splitlines() == ATTEMPTS, ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_process_serves_one_send_after_another_and_knows_no_secret_from_its_command_line() -> None:
    async def main() -> None:
        crew = Roll()
        async with listening(answering(lambda _: Reply())) as port, channel(allowed=True, crew=crew) as made:
            for _ in range(3):
                assert (await made.send(delivery(f"json://u:{PASSWORD}@localhost:{port}"), message())).success
        (child,) = crew.members
        assert PASSWORD not in child.command
        assert child.alive
        crew.close()
        assert not child.alive

    asyncio.run(main())


def people(contact: str) -> People:
    return People.model_validate(
        {
            "people": [
                {
                    "id": "anna",
                    "name": "Anna",
                    "contacts": [{"channel": "email", "address": "a@b.example"}],
                }
            ],
            "rooms": [{"id": "room", "contact": {"channel": contact, "url": "json://h"}}],
        }
    )


@pytest.mark.parametrize("reached", [True, False])
def test_a_process_is_ready_before_the_first_send_where_somebody_is_reached_by_it(reached: bool) -> None:
    crew = Crew()
    made = AppriseChannel(AddressGuard(), SystemClock(), crew=crew)
    with_apprise = people("apprise")
    without = with_apprise.model_copy(update={"rooms": ()})
    prepare({"apprise": made}, with_apprise if reached else without)
    made._threads.shutdown(wait=True)
    assert repr(crew) == f"Crew({int(reached)} idle)"
    crew.close()


def test_a_process_that_is_not_ready_yet_when_all_ends_is_not_left_behind() -> None:
    async def main() -> None:
        made = AppriseChannel(AddressGuard(), SystemClock())
        made.prepare()
        await made.close()
        made._threads.shutdown(wait=True)
        assert repr(made._crew) == "Crew(0 idle)"

    asyncio.run(main())


def test_a_process_that_hangs_is_killed_and_the_next_send_gets_a_new_one() -> None:
    async def main() -> None:
        crew = Roll()
        async with (
            listening(silence) as deaf,
            listening(answering(lambda _: Reply())) as port,
            channel(allowed=True, seconds=1.0, crew=crew) as made,
        ):
            outcome = await made.send(delivery(f"json://localhost:{deaf}"), message())
            assert (outcome.result, outcome.reason) == (Result.TRANSIENT, "no answer in time")
            assert not crew.members[0].alive
            async with channel(allowed=True, crew=crew) as patient:
                assert (await patient.send(delivery(f"json://localhost:{port}"), message())).success
        assert len(crew.members) == 2
        crew.close()

    asyncio.run(main())


def test_a_send_that_is_cut_off_leaves_no_process() -> None:
    async def main() -> None:
        crew = Roll()
        reached = asyncio.Event()

        async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            reached.set()
            await silence(reader, writer)

        async with listening(deaf) as port, channel(allowed=True, crew=crew) as made:
            sending = asyncio.create_task(made.send(delivery(f"json://localhost:{port}"), message()))
            async with asyncio.timeout(60):
                await reached.wait()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            assert sending.cancelled()
            assert [child.alive for child in crew.members] == [False]

    asyncio.run(main())


def test_a_process_ends_when_its_parent_has_gone() -> None:
    """The end of its input is all that tells it: a killed notifier cannot."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source:
        child = subprocess.Popen(
            [sys.executable, "-I", "-B", "-m", "feuerwache.notifier.channels.apprise_child"],
            stdin=source,
            stdout=subprocess.DEVNULL,
        )
    os.close(writing)
    assert child.wait(60) == 0
