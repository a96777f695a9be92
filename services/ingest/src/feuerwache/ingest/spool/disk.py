"""The spool's folder: files that grow at one end and are taken away at the other, each step safe against a crash.

`append` returns when the bytes are on disk (`fdatasync`). What Kafka has is marked in the file `drained` before its
file is removed; a crash in between repeats a frame, whose records have the same event ids, and loses none. One process
per folder, held by a lock. Files are for their owner alone (0600), for they hold texts. All calls block: they belong
into a thread, one at a time.
"""

from __future__ import annotations

import fcntl
import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from feuerwache.common import chaos
from feuerwache.common.errors import FatalError, TransientError
from feuerwache.common.logging import logger
from feuerwache.ingest.spool.segment import FRAME, HEAD, Broken, Frame, frame, frame_at, frames, head

STAGE = "ingest-spool"
SEGMENT_BYTES = 16 * 1024 * 1024
#: The rest is for what is being written, and for whoever cleans up.
FULL_SHARE = 0.9
EX_SOFTWARE, EX_TEMPFAIL = 70, 75

log = logger(__name__)
sync: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)


@dataclass(slots=True)
class Segment:
    """A file with the frames from `first` on, whole and synced up to `size`, drained up to `read_at`."""

    path: Path
    first: int
    size: int = HEAD.size
    read_at: int = HEAD.size


@dataclass(frozen=True, slots=True)
class Held:
    """What lies in the spool and not in Kafka yet: frames, their records and bytes. `size` is what the files take,
    `oldest_ms` the Unix millisecond of the oldest; None: empty."""

    frames: int
    records: int
    waiting: int
    size: int
    oldest_ms: int | None


class Disk:
    """Use `open`."""

    def __init__(self, folder: Path, limit: int, lock: int, segment_bytes: int) -> None:
        self._folder = folder
        self._limit = int(limit * FULL_SHARE)
        self._lock = lock
        self._segment_bytes = segment_bytes
        self._segments: deque[Segment] = deque()
        #: Of each frame that is not drained: records in it, its bytes, and when it was written.
        self._pending: deque[tuple[int, int, int]] = deque()
        self._held = Held(0, 0, 0, 0, None)
        self._drained = 0
        self._synced = 0
        self._writing: int | None = None
        self._broken: str | None = None

    @classmethod
    def open(cls, folder: Path, limit: int, segment_bytes: int = SEGMENT_BYTES) -> Disk:
        """Takes the folder over, with what a former process left in it. Raises `FatalError`."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise FatalError(f"FEUERWACHE_SPOOL_DIR {folder} cannot be used: {error.strerror}", EX_SOFTWARE) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            message = f"another process holds the spool {folder}: give each its own FEUERWACHE_SPOOL_DIR"
            raise FatalError(message, EX_TEMPFAIL) from error
        disk = cls(folder, limit, lock, segment_bytes)
        try:
            disk._load()
        except (Broken, OSError) as error:
            disk.close()
            raise FatalError(
                f"the spool {folder} is not whole: {error}. Nothing of it is passed over: mend the disk, or move the "
                "folder away to start without what is in it, and keep it.",
                EX_SOFTWARE,
            ) from error
        return disk

    def held(self) -> Held:
        """As of the last step. May be asked from any thread, also while a step is under way."""
        return self._held

    @property
    def empty(self) -> bool:
        return self._held.frames == 0

    def append(self, payload: bytes, count: int, at_ms: int) -> None:
        """One frame, synced. Raises `TransientError`: full, or the disk does not take it; then nothing was added."""
        if self._broken is not None:
            raise TransientError(f"the spool takes nothing: {self._broken}")
        added = FRAME.size + len(payload)
        if self._held.size + added + HEAD.size > self._limit:
            raise TransientError("the spool is full")
        try:
            if self._writing is None or self._segments[-1].size + added > self._segment_bytes:
                self._begin_segment()
            self._put(frame(self._synced + 1, self._synced, at_ms, payload))
        except OSError as error:
            raise TransientError(f"the spool does not take it: {error.strerror}") from error
        self._synced += 1
        self._segments[-1].size += added
        self._pending.append((count, added, at_ms))
        self._tell(1, count, added)
        chaos.point(f"{STAGE}.after_sync")

    def oldest(self, most: int) -> list[Frame]:
        """The oldest frames of one file that are not drained, up to that many bytes, one at least. Raises `Broken`, and
        then there is no way on."""
        segment, found = self._segments[0], list[Frame]()
        size = 0
        with segment.path.open("rb") as file:
            file.seek(segment.read_at)
            for _, added, _ in self._pending:
                if found and (size + added > most or segment.read_at + size >= segment.size):
                    break
                one = frame_at(file.read(added), 0)
                if one is None or one.sequence != self._drained + 1 + len(found):
                    self._broken = (
                        f"frame {self._drained + 1 + len(found)} in {segment.path.name} is not whole any more"
                    )
                    raise Broken(self._broken)
                found.append(one)
                size += added
        return found

    def drain(self, read: Sequence[Frame]) -> None:
        """Kafka has what `oldest` gave. Raises `OSError`: it is not marked, and will be sent again."""
        part = self._folder / "drained.part"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            _write_all(descriptor, str(read[-1].sequence).encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        chaos.point(f"{STAGE}.before_mark")
        part.replace(self._folder / "drained")
        self._sync_folder()
        chaos.point(f"{STAGE}.after_mark")
        self._drained = read[-1].sequence
        for _ in read:
            count, size, _ = self._pending.popleft()
            self._segments[0].read_at += size
            self._tell(-1, -count, -size)
        self._remove_drained()
        self._tell(0, 0, 0)

    def close(self) -> None:
        self._end_segment()
        os.close(self._lock)

    def _tell(self, frames: int, records: int, size: int) -> None:
        """What is held, with so much more of it."""
        held = self._held
        self._held = Held(
            held.frames + frames,
            held.records + records,
            held.waiting + size,
            sum(segment.size for segment in self._segments),
            self._pending[0][2] if self._pending else None,
        )

    def _begin_segment(self) -> None:
        self._end_segment()
        first = self._synced + 1
        path = self._folder / f"{first:020}.seg"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            _write_all(descriptor, head(first))
            sync(descriptor)
            self._sync_folder()
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        self._writing = descriptor
        self._segments.append(Segment(path, first))

    def _end_segment(self) -> None:
        if self._writing is not None:
            os.close(self._writing)
            self._writing = None

    def _put(self, written: bytes) -> None:
        """Raises `OSError`; the file then ends where it did before, or no more is written to this spool at all."""
        assert self._writing is not None
        try:
            _write_all(self._writing, written)
            chaos.point(f"{STAGE}.after_write")
            sync(self._writing)
        except OSError:
            try:
                os.ftruncate(self._writing, self._segments[-1].size)
                sync(self._writing)
            except OSError as error:
                # Nobody knows what this file holds now; its end is cut off when it is opened the next time.
                self._broken = f"{self._segments[-1].path.name} could not be set back: {error.strerror}"
            raise

    def _remove_drained(self) -> None:
        """The files of which everything is drained. The one being written is ended, so that the next is a new one."""
        while self._segments and (self._segments[1].first if len(self._segments) > 1 else self._synced + 1) <= (
            self._drained + 1
        ):
            if len(self._segments) == 1:
                self._end_segment()
            self._segments.popleft().path.unlink(missing_ok=True)
            chaos.point(f"{STAGE}.after_remove")

    def _load(self) -> None:
        mark = self._folder / "drained"
        text = mark.read_text() if mark.exists() else "0"
        if not text.isdecimal():
            raise Broken(f"{mark.name} holds no number")
        self._drained = int(text)
        paths = sorted(self._folder.glob("*.seg"))
        expected: int | None = None
        for path in paths:
            expected = self._take(path, expected, last=path == paths[-1])
        self._synced = max(self._drained, (expected or 1) - 1)
        self._remove_drained()
        counts, sizes = [count for count, _, _ in self._pending], [size for _, size, _ in self._pending]
        self._tell(len(counts), sum(counts), sum(sizes))

    def _take(self, path: Path, expected: int | None, *, last: bool) -> int:
        """Takes in a file that should begin with that frame; answers which frame comes next."""
        if not path.stem.isdecimal():
            raise Broken(f"{path.name} is not a name of ours")
        segment, data = Segment(path, int(path.stem)), path.read_bytes()
        # Files that are gone were drained; between those that are there, nothing may be missing.
        if segment.first != expected if expected is not None else segment.first > self._drained + 1:
            raise Broken(f"what stood before {path.name} is missing")
        following = segment.first
        try:
            for found in frames(data, segment.first):
                segment.size, following = found.end, found.sequence + 1
                if found.sequence > self._drained:
                    self._pending.append((found.count, FRAME.size + len(found.payload), found.at_ms))
                else:
                    segment.read_at = found.end
        except Broken as error:
            raise Broken(f"{path.name}: {error}") from error
        if (segment.size < len(data) or following == segment.first) and not last:
            raise Broken(f"{path.name} ends in the middle, and it is not the last")
        if following == segment.first:
            self._cut(path, 0, len(data))
        else:
            if segment.size < len(data):
                self._cut(path, segment.size, len(data))
            self._segments.append(segment)
        return following

    def _cut(self, path: Path, size: int, was: int) -> None:
        """The torn end of what a crash interrupted: it was never answered."""
        log.warning("the spool's last file had a torn end", file=path.name, cut=was - size)
        if size == 0:
            path.unlink()
        else:
            descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
            try:
                os.ftruncate(descriptor, size)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        self._sync_folder()

    def _sync_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
