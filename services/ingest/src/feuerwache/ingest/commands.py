"""`feuerwache ingest …`: what an operator needs to let an integration in; `outbound …` and `adapters …` come along."""

from __future__ import annotations

import json
from typing import Annotated, NoReturn

import typer

from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import FatalError
from feuerwache.ingest.adapters.commands import adapters
from feuerwache.ingest.integration import hash_of, load_senders, new_token
from feuerwache.ingest.outbound.commands import outbound
from feuerwache.ingest.privacy.disguise import read_key
from feuerwache.ingest.privacy.pseudonym import pseudonym
from feuerwache.ingest.settings import IngestSettings

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


@ingest.command("pseudonym")
def show_pseudonym(
    account: Annotated[str, typer.Argument(metavar="ID", help="The account's id on the platform.")],
    brand: Annotated[str, typer.Option(help="Whose key is used: a brand of config/communities.yaml.")],
    platform: Annotated[
        str | None, typer.Option(help="Needed where the brand has several that are pseudonymous.")
    ] = None,
) -> None:
    """Prints the pseudonym of an account, as it stands in events of an integration with `privacy: pseudonymous`.

    For `team:` in config/communities.yaml, and to find somebody who asks what is known of them. Needs the brand's key.

    Example: feuerwache ingest pseudonym 4711 --brand morgenrot --platform forum
    """
    try:
        senders = load_senders(IngestSettings.from_environment().config_dir)
    except (ConfigError, FatalError) as error:
        _fail(str(error))
    platforms = sorted(
        {
            integration.platform
            for integration in senders.integrations.integrations
            for name in integration.communities
            if integration.privacy == "pseudonymous"
            and (community := senders.communities.get(name)) is not None
            and community.brand == brand
        }
    )
    source = senders.integrations.pseudonyms.get(brand)
    if source is None or not platforms:
        _fail(f"no integration of the brand {brand!r} is pseudonymous (config/integrations.yaml)")
    if (platform is None and len(platforms) > 1) or (platform is not None and platform not in platforms):
        _fail(f"say --platform, one of: {', '.join(platforms)}")
    try:
        typer.echo(pseudonym(read_key(source.key), platform or platforms[0], account))
    except ValueError as error:
        _fail(str(error))


def _fail(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(2)
