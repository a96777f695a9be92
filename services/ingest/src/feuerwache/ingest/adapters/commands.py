"""`feuerwache adapters …`: which there are, what one makes of a recorded call or a sample, and the import of a file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError

from feuerwache.common.config.secretsource import SecretSource
from feuerwache.common.config.source import ConfigError
from feuerwache.common.config.source import load as load_file
from feuerwache.common.errors import FatalError, FeuerwacheError
from feuerwache.common.settings import CommonSettings
from feuerwache.ingest.adapters.adapter import AdapterKind, Skipped
from feuerwache.ingest.adapters.listing import as_json, as_markdown
from feuerwache.ingest.adapters.profile import Profile
from feuerwache.ingest.adapters.registry import UnknownKind, kinds, load
from feuerwache.ingest.adapters.sample import (
    Answer,
    NoSample,
    Outcome,
    Request,
    Sample,
    differences,
    integration_of,
    outcome_of,
    read_sample,
    run,
)
from feuerwache.ingest.adapters.table import TABLE, TableAdapter, TableSettings
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.integration import AdapterChoice, Integration, load_senders

adapters = typer.Typer(no_args_is_help=True, help="How platforms plug in: adapters, their samples, imports of files.")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="What to read.")]
TOKEN = "FEUERWACHE_TOKEN"
#: Items between two lines of progress.
TOLD_EVERY = 10_000


@adapters.command("list")
def list_adapters(
    as_json_: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="As docs/platforms/README.md.")] = False,
) -> None:
    """Every adapter: the way in, what it takes and what not, against which pages it was checked, how many samples.

    Example: feuerwache adapters list
    """
    found = [load(kind).profile for kind in kinds()]
    if as_json_:
        typer.echo(json.dumps([as_json(profile) for profile in found], ensure_ascii=False))
    elif markdown:
        typer.echo(as_markdown(found, frozenset(profile.name for profile in found)), nl=False)
    else:
        for profile in found:
            typer.echo("\n".join(_shown(profile)))


def _shown(profile: Profile) -> Iterable[str]:
    told = as_json(profile)
    yield f"{profile.name}  {profile.title}  ({profile.way}, {told['samples']} samples)"
    yield f"  takes    {', '.join(told['features'])}"
    if profile.missing:
        yield f"  not      {', '.join(told['missing'])}"
    if profile.actions:
        yield f"  does     {', '.join(told['actions'])}"
    yield from (f"  checked  {page}" for page in profile.docs)


@adapters.command("test")
def test(
    file: File,
    *,
    kind: Annotated[str | None, typer.Option("--kind", metavar="ADAPTER", help="Default: the folder's name.")] = None,
    integration: Annotated[
        str | None,
        typer.Option("--integration", metavar="ID", help="Settings, secrets and communities of config/."),
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option("--header", metavar="'NAME: VALUE'", help="Of a recorded call; repeat it.")
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option("--at", help="When the call came, in UTC (default: now).", formats=["%Y-%m-%dT%H:%M:%SZ"]),
    ] = None,
    as_json_: AsJson = False,
) -> None:
    """What an adapter makes of a sample, of a recorded call, or of a table. Nothing is sent anywhere.

    FILE is a sample (it has `expect`), a recorded call as {"method", "headers", "query", "body"}, the bare body of
    one, or a table. The proof of a call is looked at when the integration's secret is there. Exit code 1 when anything
    is wrong.

    Example: feuerwache adapters test recorded.json --integration morgenrot-forum --header 'x-shop-signature: sha256=…'
    """
    document = _document(file)
    if isinstance(document, dict) and "expect" in document:
        _test_sample(file, kind or file.parent.name, as_json_)
        return
    chosen, sender = _integration(integration) if integration is not None else (None, None)
    if sender is not None and chosen is None and kind is None:
        _fail(f"{integration} has no adapter in config/integrations.yaml; say --kind")
    adapter = _kind(kind or (chosen.kind if chosen is not None else "table"))
    name = adapter.profile.name
    if sender is not None and chosen is not None and chosen.kind != name:
        _fail(f"{integration} has the adapter {chosen.kind}, not {name}")
    settings = dict(chosen.settings) if chosen is not None else {}
    now = at.replace(tzinfo=UTC) if at is not None else datetime.now(UTC)
    if name == "table":
        _test_table(file, _table_settings(file, chosen, None), sender, now, as_json_)
        return
    values = _values(chosen)
    made: dict[str, Any] = {"name": "a recorded call", "settings": settings, "now": now, "expect": Outcome()}
    if adapter.profile.way == "webhook":
        made |= {"request": _request(file, document, header or []), "secrets": values}
    else:
        made |= {"answers": (Answer(body=file.read_text()),)}
    try:
        sample = Sample(**made)
        believed = adapter.profile.way == "webhook" and bool(values)
        outcome = outcome_of(sample, adapter, sender or integration_of(sample, adapter), proven=believed)
    except (ValidationError, NoSample) as error:
        _fail(_reason(error))
    note = "" if believed or adapter.profile.way != "webhook" else "not looked at: no secret (--integration)"
    wrong = bool(outcome.problems) or outcome.unreadable or outcome.refused is not None
    _print(outcome, as_json_, note)
    raise typer.Exit(1 if wrong else 0)


@adapters.command("import")
def import_(
    file: File,
    *,
    integration: Annotated[str, typer.Option("--integration", metavar="ID", help="Whose posts these are.")],
    url: Annotated[str, typer.Option("--url", envvar="FEUERWACHE_INGEST_URL")] = "http://127.0.0.1:8081",
    token_file: Annotated[
        Path | None, typer.Option("--token-file", exists=True, dir_okay=False, help=f"Default: ${TOKEN}.")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--map", exists=True, dir_okay=False, help="YAML: the settings of the table adapter.")
    ] = None,
    from_line: Annotated[int, typer.Option("--from-line", min=1, help="Go on where an import stopped.")] = 1,
    live: Annotated[bool, typer.Option("--live", help="Not the past: rules act and detectors page.")] = False,
    as_json_: AsJson = False,
) -> None:
    """Sends a CSV or JSON lines file to a running ingest. Repeats do no harm. Exit code 1 when a line was refused.

    The posts are `historic` unless --live is given: they feed baselines, and nothing acts on them or pages anybody.

    Example: FEUERWACHE_TOKEN=… feuerwache adapters import export.csv --integration morgenrot-forum --map export.yaml
    """
    from feuerwache.ingest.importing import Import, Stopped, connected, lines_of  # noqa: PLC0415 - an HTTP client, for this alone

    chosen, _ = _integration(integration)
    settings = _table_settings(file, chosen, mapping)
    if live:
        settings = settings.model_copy(update={"historic": False})
    token = token_file.read_text().strip() if token_file is not None else os.environ.get(TOKEN, "").strip()
    if not token:
        _fail(f"no token: set {TOKEN}, or say --token-file (feuerwache ingest token new)")
    stopped = ""
    with connected(url, token) as client:
        work = Import(client, lambda line: typer.echo(line, err=True))
        told = 0
        try:
            for tally in work.run(TableAdapter(settings).lines(lines_of(file)), from_line):
                if tally.items - told >= TOLD_EVERY:
                    told = tally.items
                    typer.echo(f"{told:,} items, next is line {tally.next_line:,}", err=True)
        except Stopped as error:
            stopped = str(error)
        except KeyboardInterrupt:
            stopped = "interrupted"
    tally = work.tally
    if as_json_:
        typer.echo(json.dumps({**asdict(tally), "stopped": stopped or None}))
    else:
        words = ("accepted", "duplicate", "pending", "rejected", "skipped")
        typer.echo(", ".join(f"{getattr(tally, word):,} {word}" for word in words))
    if stopped:
        _fail(f"stopped: {stopped}. Go on with: --from-line {tally.next_line}")
    raise typer.Exit(1 if tally.rejected else 0)


def _test_sample(file: Path, kind: str, as_json_: bool) -> None:
    try:
        sample = read_sample(file)
        adapter = _kind(kind)
        outcome = run(sample, adapter)
    except (NoSample, ValidationError) as error:
        _fail(_reason(error))
    wrong = differences(sample.expect, outcome)
    _print(outcome, as_json_, "")
    for line in wrong:
        typer.echo(f"differs: {line}", err=True)
    raise typer.Exit(1 if wrong else 0)


def _test_table(file: Path, settings: TableSettings, sender: Integration | None, now: datetime, as_json_: bool) -> None:
    from feuerwache.ingest.importing import lines_of  # noqa: PLC0415 - brings an HTTP client

    places = tuple(dict.fromkeys(settings.places.values())) or ("some-community",)
    taken_for = sender or Integration(id="test", platform="table", communities=places)
    good = wrong = skipped = 0
    stopped = ""
    try:
        for number, item in TableAdapter(settings).lines(lines_of(file)):
            if isinstance(item, Skipped):
                skipped += 1
                continue
            found = examine(item, taken_for, now)
            if isinstance(found, Examined):
                good += 1
                continue
            wrong += 1
            typer.echo(f"line {number}: {' | '.join(str(problem) for problem in found)}", err=True)
    except Unreadable as error:
        stopped = str(error)
        typer.echo(stopped, err=True)
    if as_json_:
        said = {"good": good, "wrong": wrong, "skipped": skipped, "stopped": stopped or None}
        typer.echo(json.dumps(said))
    else:
        typer.echo(f"{good:,} good, {wrong:,} wrong, {skipped:,} skipped")
    raise typer.Exit(1 if wrong or stopped else 0)


def _print(outcome: Outcome, as_json_: bool, note: str) -> None:
    said = outcome.model_dump(mode="json", exclude_defaults=True)
    if as_json_:
        typer.echo(json.dumps({**said, **({"proof": note} if note else {})}, ensure_ascii=False))
        return
    if note:
        typer.echo(f"proof     {note}")
    for at, item in enumerate(outcome.items):
        typer.echo(f"item      {json.dumps(item, ensure_ascii=False)}")
        for problem in outcome.problems.get(at, ()):
            typer.echo(f"  problem {problem}")
    for name in ("skipped", "fetches"):
        for value in said.get(name, ()):
            typer.echo(f"{name:<9} {value}")
    for name in ("refused", "challenged", "wait"):
        if said.get(name) is not None:
            typer.echo(f"{name:<9} {said[name]}")
    if outcome.unreadable:
        typer.echo("unreadable: this is not what the platform sends")
    if not (outcome.items or outcome.skipped or outcome.refused or outcome.challenged or outcome.unreadable):
        typer.echo("nothing in it")


def _document(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return None  # a body need not be JSON


def _request(file: Path, document: Any, given: list[str]) -> Request:
    headers = dict(_header(line) for line in given)
    if isinstance(document, dict) and "body" in document and document.keys() <= {"method", "headers", "query", "body"}:
        try:
            recorded = Request.model_validate(document)
        except ValidationError as error:
            _fail(_reason(error))
        return recorded.model_copy(update={"headers": {**recorded.headers, **headers}})
    try:
        return Request(headers=headers, body=file.read_bytes().decode())
    except UnicodeDecodeError:
        _fail(f"{file} is not UTF-8")


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        _fail(f"--header 'NAME: VALUE', not {name!r}")
    return name.strip().lower(), value.strip()


def _integration(name: str) -> tuple[AdapterChoice | None, Integration]:
    try:
        settings = CommonSettings.from_environment()
        known = load_senders(settings.config_dir).integrations
    except ConfigError as error:
        _fail(str(error))
    except FatalError as error:
        _fail(str(error), error.exit_code)
    found = known.get(name)
    if found is None:
        there = ", ".join(each.id for each in known.integrations)
        _fail(f"no integration {name!r} in config/integrations.yaml; there is: {there}")
    return found.adapter, found


def _table_settings(file: Path, chosen: AdapterChoice | None, mapping: Path | None) -> TableSettings:
    """What is said in the file, else in the configuration, else what the file's ending says."""
    try:
        if mapping is not None:
            return load_file(mapping, TableSettings)
    except ConfigError as error:
        _fail(str(error))
    if chosen is not None and chosen.kind == TABLE.profile.name:
        return TableSettings.model_validate(chosen.settings)
    lines = file.suffix.lower() in {".jsonl", ".ndjson"}
    return TableSettings(format="jsonl" if lines else "csv")


def _values(chosen: AdapterChoice | None) -> Mapping[str, str | tuple[str, ...]]:
    """The secrets that are there on this machine."""
    sources = chosen.secrets if chosen is not None else {}
    found = {name: tuple(filter(None, map(_value, each))) for name, each in sources.items()}
    return {name: values for name, values in found.items() if values}


def _value(source: SecretSource) -> str:
    if source.env is not None:
        return os.environ.get(source.env, "").strip()
    try:
        return source.file.read_text().strip() if source.file is not None else ""
    except OSError:
        return ""  # the proof is then not looked at, which is said


def _kind(name: str) -> AdapterKind[Any]:
    try:
        return load(name)
    except UnknownKind as error:
        _fail(str(error))


def _reason(error: ValidationError | FeuerwacheError) -> str:
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False, include_input=False, include_context=False)
        return "\n".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found)
    return str(error)


def _fail(reason: str, code: int = 1) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(code)
