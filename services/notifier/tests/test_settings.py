from __future__ import annotations

import os
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from feuerwache.notifier.settings import NotifierSettings


def test_networks_stand_in_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEUERWACHE_HTTP_ALLOW", "127.0.0.0/8, ::1/128")
    assert NotifierSettings().http_allow == (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    monkeypatch.setenv("FEUERWACHE_HTTP_ALLOW", "everything")
    with pytest.raises(ValidationError, match="http_allow"):
        NotifierSettings()


def test_mail_is_encrypted_unless_it_stays_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert NotifierSettings().smtp().tls == "none"
    monkeypatch.setenv("FEUERWACHE_SMTP_HOST", "mail.example")
    monkeypatch.setenv("FEUERWACHE_SMTP_PASSWORD", "swordfish")
    settings = NotifierSettings()
    assert settings.smtp().tls == "starttls"
    assert "swordfish" not in repr(settings) + repr(settings.smtp())
    monkeypatch.setenv("FEUERWACHE_SMTP_TLS", "none")
    with pytest.raises(ValidationError, match="not sent without TLS"):
        NotifierSettings()


@pytest.mark.parametrize(
    ("secret", "config", "said"), [("short", "config", "32 characters"), ("s" * 32, "none", "people.yaml")]
)
def test_it_ends_at_once_when_it_could_not_page_anybody(tmp_path: Path, secret: str, config: str, said: str) -> None:
    root = Path(__file__).parents[3]
    environment = {**os.environ, "FEUERWACHE_LINK_SECRET": secret, "FEUERWACHE_CONFIG_DIR": str(root / config)}
    ended = subprocess.run(
        [sys.executable, "-m", "feuerwache.notifier"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == os.EX_CONFIG
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
