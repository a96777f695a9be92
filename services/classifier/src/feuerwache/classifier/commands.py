"""`feuerwache classify` and `feuerwache classifier …`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from feuerwache.classifier.lists import load_watch
from feuerwache.classifier.model.classifier import Classifier
from feuerwache.classifier.model.weights import SHIPPED, BadWeights, load, unpack
from feuerwache.common.config.source import ConfigError
from feuerwache.common.events.classification import Classification

app = typer.Typer(no_args_is_help=True)
group = typer.Typer(no_args_is_help=True, help="The built-in model: training it, judging it.")
app.add_typer(group, name="classifier")

#: Lines judged at once.
BATCH = 200

ConfigDir = Annotated[
    Path | None, typer.Option("--config", help="Folder whose watchlists/ are used; without, none are.", exists=True)
]
WeightsFile = Annotated[Path | None, typer.Option("--weights", help="Another weights file.", exists=True)]
Source = Annotated[typer.FileText, typer.Argument(metavar="[FILE or -]", encoding="utf-8", errors="surrogateescape")]


@app.command("classify")
def classify(
    file: Source = "-",  # type: ignore[assignment]  # typer opens what is named
    config: ConfigDir = None,
    weights: WeightsFile = None,
    _as_json: Annotated[bool, typer.Option("--json", help="What it does anyway: one JSON object per line.")] = False,
) -> None:
    """Judges texts: one per line in (or JSON objects with `text`), one JSON object per line out, in the same order.

    Example: echo "Was für ein Saftladen, ihr Vollidioten!" | feuerwache classify

    Example: jq -c '{id, text}' posts.jsonl | feuerwache classify --config config | jq 'select(.flagged)'

    A field `id` of a JSON line is carried over. Exit code 2 when a line is JSON without a `text`.
    """
    classifier = _classifier(config, weights)
    for items in _batches(_items(file)):
        for item, judged in zip(items, classifier.classify([item["text"] for item in items]), strict=True):
            typer.echo(_line(item, judged))


@group.command("train")
def train(
    data: Annotated[Path, typer.Option(help="Folder with the training and judging sets.", exists=True)],
    out: Annotated[Path, typer.Option(help="Where weights and MODEL_CARD.md go.")] = SHIPPED.parent,
) -> None:
    """Trains the weights from the sets in a folder and writes the model card. Minutes on one core.

    The same data give the same bytes.

    Example: feuerwache classifier train --data ../data
    """
    from feuerwache.classifier.training.card import write_card  # noqa: PLC0415 - only training needs it
    from feuerwache.classifier.training.corpora import teaching_examples  # noqa: PLC0415
    from feuerwache.classifier.training.evaluate import evaluate  # noqa: PLC0415
    from feuerwache.classifier.training.train import train as train_weights  # noqa: PLC0415

    def say(line: str) -> None:
        typer.echo(line, err=True)

    try:
        examples = teaching_examples(data)
        say(f"{len(examples):,} texts without repeats")
        trained = train_weights(examples, say)
        say("judging by what it never saw …")
        evaluation = evaluate(Classifier(unpack(trained.packed)), data)
    except OSError as error:
        typer.echo(f"a set is missing: {error}", err=True)
        raise typer.Exit(1) from error
    out.mkdir(parents=True, exist_ok=True)
    (out / SHIPPED.name).write_bytes(trained.packed)
    (out / "MODEL_CARD.md").write_text(write_card(trained, examples, evaluation), encoding="utf-8")
    say(
        f"GAHD test {evaluation.gahd_test:.3f}, HateCheck {evaluation.hatecheck:.3f}, "
        f"SB10k mood {evaluation.mood:.3f}, friendly flagged {evaluation.friendly_flagged} of {evaluation.friendly}"
    )
    typer.echo(str(out / SHIPPED.name))


@group.command("evaluate")
def evaluate_file(
    file: Annotated[typer.FileText, typer.Argument(encoding="utf-8")],
    weights: WeightsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object: label → figures.")] = False,
) -> None:
    """Judges the model by your own posts: JSON lines with `text` and `labels`, e.g. {"insult": true, "hate": false}.

    Example: feuerwache classifier evaluate our-posts.jsonl
    """
    items = list(_items(file))
    judged = _classifier(None, weights).classify([item["text"] for item in items])
    figures: dict[str, dict[str, float]] = {}
    for label in judged[0].labels if judged else ():
        known = [
            (bool(item["labels"][label]), each.labels[label] >= 0.5)
            for item, each in zip(items, judged, strict=True)
            if label in item.get("labels", {})
        ]
        if known:
            found = sum(truth and said for truth, said in known)
            figures[label] = {
                "posts": len(known),
                "precision": round(found / max(1, sum(said for _, said in known)), 4),
                "recall": round(found / max(1, sum(truth for truth, _ in known)), 4),
            }
    if as_json:
        typer.echo(json.dumps(figures))
        return
    for label, values in figures.items():
        precision, recall = values["precision"], values["recall"]
        typer.echo(f"{label:14} {values['posts']:6.0f} posts  precision {precision:.3f}  recall {recall:.3f}")


def _classifier(config: Path | None, weights: Path | None) -> Classifier:
    try:
        watch = load_watch(config) if config is not None else None
        return Classifier(load(weights or SHIPPED), watch)
    except (ConfigError, BadWeights, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _items(file: TextIO) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file, 1):
        text = line.rstrip("\r\n")
        if not text.lstrip().startswith("{"):
            yield {"text": text}
            continue
        try:
            item = json.loads(text)
        except json.JSONDecodeError:
            yield {"text": text}  # a text that begins with a brace
            continue
        if not isinstance(item.get("text"), str):
            typer.echo(f"line {number}: a JSON object without a `text`", err=True)
            raise typer.Exit(2)
        yield item


def _batches(items: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Whatever has been read when a batch is full; at a terminal every line is answered at once."""
    size = 1 if sys.stdin.isatty() else BATCH
    batch: list[dict[str, Any]] = []
    for item in items:
        batch.append(item)
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


def _line(item: dict[str, Any], judged: Classification) -> str:
    said: dict[str, Any] = {"id": item["id"]} if "id" in item else {}
    said |= {
        "labels": judged.labels,
        "language": judged.language,
        "flagged": judged.flagged,
        "why": [span.model_dump() for span in judged.why],
    }
    if judged.watchlists:
        said["watchlists"] = [hit.model_dump() for hit in judged.watchlists]
    return json.dumps({**said, "model_version": judged.model_version}, ensure_ascii=False)
