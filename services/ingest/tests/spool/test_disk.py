"""The spool's folder on a real file system: order, bounds, one owner, and a kill after each step."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from feuerwache.common import chaos
from feuerwache.common.errors import FatalError, TransientError
from feuerwache.ingest.spool import disk as disk_module
from feuerwache.ingest.spool.disk import Disk
from feuerwache.ingest.spool.segment import FRAME, HEAD, Broken

LIMIT = 1_000_000
SMALL = 200


def put(disk: Disk, *numbers: int) -> None:
    for number in numbers:
        disk.append(payload(number), 1, 1_000 + number)


def payload(number: int) -> bytes:
    return (1).to_bytes(4) + f"payload {number}".encode() + b"." * 50


def drained(disk: Disk, most: int = 1_000) -> list[bytes]:
    out: list[bytes] = []
    while not disk.empty and len(out) < most:
        frames = disk.oldest(1)
        out += [frame.payload for frame in frames]
        disk.drain(frames)
    return out


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.seg"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def test_what_goes_in_comes_out_in_order_over_several_files_and_leaves_none(folder: Path) -> None:
    disk = Disk.open(folder, LIMIT, SMALL)
    put(disk, *range(20))
    assert len(files(folder)) > 5
    held = disk.held()
    assert (held.frames, held.records, held.oldest_ms) == (20, 20, 1_000)
    assert held.size == sum(path.stat().st_size for path in folder.glob("*.seg"))
    assert drained(disk, 9) == [payload(number) for number in range(9)]
    put(disk, 20)
    assert drained(disk) == [payload(number) for number in range(9, 21)]
    assert files(folder) == []
    assert disk.held().size == 0
    put(disk, 21)
    assert drained(disk) == [payload(21)]
    disk.close()


def test_as_many_as_fit_are_drained_together_but_of_one_file(folder: Path) -> None:
    disk = Disk.open(folder, LIMIT, 500)
    put(disk, *range(10))
    rounds = []
    while not disk.empty:
        frames = disk.oldest(250)
        rounds.append([frame.sequence - 1 for frame in frames])
        disk.drain(frames)
    assert [number for numbers in rounds for number in numbers] == list(range(10))
    assert max(map(len, rounds)) == 2
    assert disk.held().waiting == 0
    disk.close()


@pytest.mark.parametrize("before", range(0, 12, 3))
def test_the_next_process_goes_on_where_the_last_one_was(folder: Path, before: int) -> None:
    disk = Disk.open(folder, LIMIT, SMALL)
    put(disk, *range(10))
    assert len(drained(disk, before)) == min(before, 10)
    disk.close()
    again = Disk.open(folder, LIMIT, SMALL)
    put(again, 10, 11)
    again.close()
    last = Disk.open(folder, LIMIT, SMALL)
    assert drained(last) == [payload(number) for number in range(min(before, 10), 12)]
    last.close()


def test_only_its_owner_may_read_it(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    disk = Disk.open(folder, LIMIT)
    put(disk, 1, 2)
    disk.drain(disk.oldest(1))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    disk.close()


def test_one_process_at_a_time(folder: Path) -> None:
    disk = Disk.open(folder, LIMIT)
    with pytest.raises(FatalError, match="another process holds the spool"):
        Disk.open(folder, LIMIT)
    disk.close()
    Disk.open(folder, LIMIT).close()


def test_a_folder_that_cannot_be_used_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FatalError, match="cannot be used"):
        Disk.open(tmp_path / "file", LIMIT)


def test_it_is_full_before_its_limit_and_takes_again_when_something_has_left(folder: Path) -> None:
    disk = Disk.open(folder, 1_000, SMALL)
    with pytest.raises(TransientError, match="full"):
        put(disk, *range(100))
    taken = disk.held().frames
    assert 900 - FRAME.size - HEAD.size - len(payload(1)) <= disk.held().size <= 900
    disk.drain(disk.oldest(1))
    disk.drain(disk.oldest(1))
    put(disk, 100)
    assert drained(disk) == [payload(number) for number in [*range(2, taken), 100]]
    disk.close()


def test_a_torn_end_is_cut_and_what_was_synced_before_it_remains(folder: Path) -> None:
    disk = Disk.open(folder, LIMIT)
    put(disk, 1, 2)
    disk.close()
    (path,) = folder.glob("*.seg")
    whole = path.read_bytes()
    for torn in (whole[:-1], whole + b"FWfr\0", whole + b"\0" * 500):
        path.write_bytes(torn)
        again = Disk.open(folder, LIMIT)
        expected = 1 if len(torn) < len(whole) else 2
        assert again.held().frames == expected
        again.close()
        assert path.read_bytes() == torn[: len(whole)] if expected == 2 else whole.startswith(path.read_bytes())


def test_a_file_that_was_only_begun_is_none(folder: Path) -> None:
    disk = Disk.open(folder, LIMIT, SMALL)
    put(disk, 1, 2)
    disk.close()
    for begun in (b"", b"FWSP", b"FWSPOOL1" + (3).to_bytes(8)):
        (folder / f"{3:020}.seg").write_bytes(begun)
        again = Disk.open(folder, LIMIT, SMALL)
        assert again.held().frames == 2
        again.close()
    last = Disk.open(folder, LIMIT, SMALL)
    put(last, 3)
    assert drained(last) == [payload(1), payload(2), payload(3)]
    last.close()


@pytest.mark.parametrize("harm", ["middle of the last", "an earlier file", "a file is gone", "end of an earlier file"])
def test_what_was_synced_and_is_lost_stops_it_loudly(folder: Path, harm: str) -> None:
    disk = Disk.open(folder, LIMIT, 10_000 if harm == "middle of the last" else SMALL)
    put(disk, *range(6))
    disk.close()
    paths = sorted(folder.glob("*.seg"))
    match harm:
        case "a file is gone":
            paths[1].unlink()
        case "end of an earlier file":
            paths[0].write_bytes(paths[0].read_bytes()[:-1])
        case _:
            data = bytearray(paths[0].read_bytes())
            data[HEAD.size + FRAME.size + 2] ^= 1
            paths[0].write_bytes(data)
    before = {path: path.read_bytes() for path in folder.glob("*.seg")}
    with pytest.raises(FatalError, match="not whole"):
        Disk.open(folder, LIMIT, SMALL)
    assert {path: path.read_bytes() for path in folder.glob("*.seg")} == before, "nothing was touched"


def test_a_file_that_rots_while_it_is_drained_is_not_passed_over(folder: Path) -> None:
    disk = Disk.open(folder, LIMIT)
    put(disk, 1, 2)
    (path,) = folder.glob("*.seg")
    data = bytearray(path.read_bytes())
    data[HEAD.size + FRAME.size] ^= 1
    path.write_bytes(data)
    for _ in range(2):
        with pytest.raises(Broken, match="frame 1 "):
            disk.oldest(1)
    with pytest.raises(TransientError, match="frame 1 "):
        put(disk, 3)
    disk.close()


def test_a_disk_that_fails_takes_nothing_and_what_stands_there_stays_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk.open(folder, LIMIT)
    put(disk, 1)

    def no_space(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as failing:
        # The first sync fails, the one after setting back does not.
        real, failures = disk_module.sync, iter([no_space])

        def fails_once(descriptor: int) -> None:
            next(failures, real)(descriptor)

        failing.setattr(disk_module, "sync", fails_once)
        with pytest.raises(TransientError, match="No space left"):
            put(disk, 2)
    put(disk, 3)
    disk.close()
    again = Disk.open(folder, LIMIT)
    assert drained(again) == [payload(1), payload(3)]
    with monkeypatch.context() as failing:
        failing.setattr(disk_module, "sync", no_space)
        with pytest.raises(TransientError):
            put(again, 4)
    again.close()
    assert Disk.open(folder, LIMIT).empty


CHILD = """
import sys
from pathlib import Path
from feuerwache.common import chaos
from feuerwache.ingest.spool.disk import Disk
from test_disk import SMALL, LIMIT, payload, put

disk = Disk.open(Path(sys.argv[1]), LIMIT, SMALL)
chaos.arm(sys.argv[2])
for number in range(100, 110):
    put(disk, number)
    print(number, flush=True)  # the answer
while not disk.empty:
    frames = disk.oldest(1)
    print("kafka", frames[0].payload[4:].decode().split()[1].rstrip("."), flush=True)
    chaos.point("ingest-spool.after_ack")
    disk.drain(frames)
"""


@pytest.mark.parametrize(
    "place", ["after_write", "after_sync", "after_ack", "before_mark", "after_mark", "after_remove"]
)
def test_a_kill_after_each_step_loses_nothing_that_was_answered(folder: Path, tmp_path: Path, place: str) -> None:
    disk = Disk.open(folder, LIMIT, SMALL)
    put(disk, *range(5))
    disk.close()
    marker = tmp_path / "killed"
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), f"ingest-spool.{place}@{marker}"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == -9, child.stderr
    assert marker.exists()
    lines = child.stdout.splitlines()
    answered = [int(line) for line in lines if not line.startswith("kafka")]
    in_kafka = [int(line.split()[1]) for line in lines if line.startswith("kafka")]
    again = Disk.open(folder, LIMIT, SMALL)
    rest = [int(one[4:].decode().split()[1].rstrip(".")) for one in drained(again)]
    again.close()
    everything = list(dict.fromkeys([*in_kafka, *rest]))
    expected = [*range(5), *answered]
    assert everything[: len(expected)] == expected, "all that was answered, in order"
    assert everything[len(expected) :] in ([], [100]), "at most the one that was being written besides"
    assert len(in_kafka) + len(rest) - len(everything) <= 1, "at most one frame goes to Kafka twice"
    assert files(folder) == []


def test_the_points_of_the_kill_are_those_of_the_code() -> None:
    """A point that is renamed would make the test above pass without a kill: `returncode` says so, this says which."""
    source = Path(disk_module.__file__).read_text()
    for place in ("after_write", "after_sync", "before_mark", "after_mark", "after_remove"):
        assert f"{{STAGE}}.{place}" in source
    assert disk_module.STAGE == "ingest-spool"
    assert chaos.VARIABLE
