"""The Java archives of the embedded servers: pinned by `jars.lock`, checked by SHA-256 before every use.

The lock lists everything Maven resolves for the broker, because resolving transitively here would pick other
versions. What is in the cache and has the right sum is never fetched again, so an interrupted download resumes; what
has a wrong sum is fetched anew, and if that is wrong as well nothing starts. Downloads go to a folder of their own
and are moved into the cache once checked, so processes that share a cache never see half a file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from hashlib import file_digest
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import requests
from jgo.maven import MavenContext

from feuerwache.common.errors import FeuerwacheError
from feuerwache.local.progress import Reporter, Silent
from feuerwache.local.trust import machine_certificates

LOCK = "jars.lock"
DOWNLOADS_AT_ONCE = 8
ATTEMPTS = 3
PAUSE_SECONDS = 1.0
TIMEOUT_SECONDS = 20
#: Another Maven repository than the central one, for machines that reach only a mirror.
REPOSITORY_VARIABLE = "FEUERWACHE_MAVEN_REPOSITORY"


class DownloadFailed(FeuerwacheError):  # noqa: N818 - reads as what it is
    """Something could not be fetched or is not what the lock says. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"


def locked(section: str) -> list[Jar]:
    """The jars below `[section]` of the lock, in its order."""
    return parse(files("feuerwache.local").joinpath(LOCK).read_text("utf-8"))[section]


def parse(text: str) -> dict[str, list[Jar]]:
    """The lock's sections: `[name]` lines, below them `group:artifact:version sha256`, `#` comments."""
    sections: dict[str, list[Jar]] = {}
    current: list[Jar] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            current = sections.setdefault(line.strip("[] "), [])
            continue
        coordinate, sha256 = line.split()
        group, artifact, version = coordinate.split(":")
        current.append(Jar(group, artifact, version, sha256))
    return sections


def has_sum(path: Path, sha256: str) -> bool:
    """Whether the file is there and is the one that was pinned."""
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False


def fetch(jars: Iterable[Jar], cache: Path, reporter: Reporter | None = None) -> list[Path]:
    """Paths of the jars, each checked, in the given order. Raises `DownloadFailed`."""
    reporter = reporter or Silent()
    wanted = list(jars)
    folder = cache / "jars"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [jar for jar in wanted if not has_sum(folder / jar.file_name, jar.sha256)]
    if missing:
        with (
            machine_certificates(),
            TemporaryDirectory(dir=cache, prefix="download-") as scratch,
            ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool,
            reporter.task("Fetching the Java archives of the embedded servers", len(missing)) as advance,
        ):
            downloads = [pool.submit(_fetch_one, jar, folder, Path(scratch)) for jar in missing]
            try:
                for download in as_completed(downloads):
                    download.result()
                    advance(1)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    return [folder / jar.file_name for jar in wanted]


def _fetch_one(jar: Jar, folder: Path, scratch: Path) -> None:
    problem = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_SECONDS * attempt)
        try:
            download = _context(scratch / f"{jar.artifact}-{attempt}").project(jar.group, jar.artifact)
            path = Path(download.at_version(jar.version).artifact().resolve())
        except (requests.RequestException, RuntimeError, OSError) as error:
            problem = f"could not be fetched ({type(error).__name__}: {error})"
            continue
        if has_sum(path, jar.sha256):
            path.replace(folder / jar.file_name)
            return
        problem = "does not have the SHA-256 sum of jars.lock: what was served is not what was pinned"
    raise DownloadFailed(
        f"{jar} {problem}. Check the connection, the proxy (HTTPS_PROXY) and its certificate (SSL_CERT_FILE), "
        f"or name a mirror you trust in {REPOSITORY_VARIABLE}; then run the same command again: "
        "what has arrived is kept."
    )


def _context(scratch: Path) -> MavenContext:
    mirror = os.environ.get(REPOSITORY_VARIABLE)
    remote = {"mirror": mirror.rstrip("/")} if mirror else None
    return MavenContext(repo_cache=scratch, remote_repos=remote, timeout=TIMEOUT_SECONDS)
