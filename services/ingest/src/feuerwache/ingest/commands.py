"""`feuerwache ingest …`: what an operator needs to let an integration in; `outbound …` and `adapters …` come along."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from feuerwache.ingest.adapters.commands import adapters
from feuerwache.ingest.integration import hash_of, new_token
from feuerwache.ingest.outbound.commands import outbound

app = typer.Typer(no_args_is_help=True)
ingest = typer.Typer(no_args_is_help=True, help="Integrations that send posts.")
token = typer.Typer(no_args_is_help=True, help="Bearer tokens of integrations.")
app.add_typer(ingest, name="ingest")
app.add_typer(outbound, name="outbound")
app.add_typer(adapters, name="adapters")
ingest.add_typer(token, name="token")


@token.command("new")
def new(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object: token, token_sha256.")] = False,
) -> None:
    """Prints a fresh token and its hash. The token goes to the integration and is shown only now.

    The hash goes into config/integrations.yaml:

        - id: morgenrot-forum
          platform: forum
          communities: [morgenrot-forum]
          token_sha256: [<hash>]

    Example: feuerwache ingest token new
    """
    fresh = new_token()
    if as_json:
        typer.echo(json.dumps({"token": fresh, "token_sha256": hash_of(fresh)}))
        return
    typer.echo(f"token         {fresh}")
    typer.echo(f"token_sha256  {hash_of(fresh)}")
