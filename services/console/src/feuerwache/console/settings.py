"""What the console reads from the environment, besides what every service does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr

from feuerwache.common.hosts import HostNames, known_hosts
from feuerwache.common.settings import CommonSettings


class ConsoleSettings(CommonSettings):
    """`http_port` 0 takes a free port. Without `database_url` the console keeps SQLite in `data_dir`/console.sqlite.

    The page is answered under the host of `console_url`, this machine's own names and `http_hosts` alone
    (`common/hosts.py`). `database_url` is SQLAlchemy's, with an asynchronous driver; it may hold a password, so it is
    a secret. `pulse_secret` keys the pseudonyms of authors, so that they are the same as in `feuerwache rules replay`;
    without it `link_secret` does.
    """

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)
    http_hosts: HostNames = ()
    data_dir: Path = Path(".feuerwache")
    database_url: SecretStr | None = None
    pulse_secret: SecretStr = SecretStr("")
    #: How long the texts of posts stay in SQL: as long as the text topics keep them.
    texts_kept: timedelta = timedelta(days=14)
    #: How long notes of humans and the words of appeals stay there: as long as the topic of the commands keeps them.
    words_kept: timedelta = timedelta(days=365)
    #: Real seconds that open requests are given to finish when the process is told to stop.
    drain_seconds: float = Field(default=5.0, ge=0)

    def hosts(self) -> frozenset[str]:
        return known_hosts(self.console_url, bound=self.http_host, more=self.http_hosts)

    def naming_key(self) -> bytes:
        return (self.pulse_secret.get_secret_value() or self.link_secret.get_secret_value()).encode()[:64]

    def database(self) -> str:
        """The URL to connect to; the directory of the default file is made."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        return f"sqlite+aiosqlite:///{self.data_dir / 'console.sqlite'}"
