"""The local stack's own secrets: made at its first start, kept below `.feuerwache/`, readable by their owner only."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from ruamel.yaml import YAML

TOKEN_PREFIX = "fwi_"


@dataclass(frozen=True, slots=True)
class Credentials:
    """`link_secret` signs the links in pages, `pulse_secret` keys the hashes of authors in the pulses; `tokens_file`
    maps integration ids to their bearer tokens. `api_tokens_file` holds the hash of the token in `oncall_token`, for
    whoever asks the notifier over gRPC.
    """

    link_secret: str = field(repr=False)
    pulse_secret: str = field(repr=False)
    tokens_file: Path
    api_tokens_file: Path

    def token(self, integration: str) -> str:
        """The bearer token of an integration of `config/integrations.yaml`."""
        tokens: dict[str, str] = json.loads(self.tokens_file.read_text("utf-8"))
        return tokens[integration]


def kept(folder: Path, config_dir: Path) -> Credentials:
    """Reads the secrets, and makes what is missing: one token per configured integration."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    tokens_file = folder / "integration_tokens.json"
    known: dict[str, str] = json.loads(tokens_file.read_text("utf-8")) if tokens_file.exists() else {}
    document = YAML(typ="safe", pure=True).load(config_dir / "integrations.yaml")
    names = [str(entry["id"]) for entry in document["integrations"]]
    tokens = {name: known.get(name) or TOKEN_PREFIX + secrets.token_urlsafe(32) for name in names}
    if tokens != known:
        write_private(tokens_file, json.dumps(tokens, indent=1))
    oncall_token, api_tokens_file = _secret(folder / "oncall_token"), folder / "api_tokens.json"
    write_private(api_tokens_file, json.dumps({"stack": sha256(oncall_token.encode()).hexdigest()}))
    return Credentials(_secret(folder / "link_secret"), _secret(folder / "pulse_secret"), tokens_file, api_tokens_file)


def _secret(path: Path) -> str:
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))
    return path.read_text("utf-8")


def write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
