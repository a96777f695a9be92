"""The adapters as a table: what each one takes, what it cannot have and why, how many samples show it. Pure."""

from __future__ import annotations

from typing import Any

from feuerwache.common.events.decision import Action
from feuerwache.ingest.adapters.profile import Feature, Profile
from feuerwache.ingest.adapters.sample import samples

HEADS = {
    Feature.CREATE: "create",
    Feature.EDIT: "edit",
    Feature.DELETE: "delete",
    Feature.REPORT: "report",
    Feature.MODERATE: "moderator action",
    Feature.REPLY: "reply",
    Feature.MEDIA: "media",
    Feature.REACH: "reach",
    Feature.SIGNATURE: "signature",
}
INTRODUCTION = """\
# Platforms, adapter by adapter

Written by `feuerwache adapters list --markdown`; a test compares both. "yes" is taken, with a note where there is a
limit; "–" cannot be had there, and the reason stands below. Every column with a "yes" is shown by at least one sample,
written by hand from the platform's documentation. How to add one:
[how-to-add-a-platform.md](../how-to-add-a-platform.md).
"""


def as_json(profile: Profile) -> dict[str, Any]:
    """What `--json` prints of an adapter."""
    return {
        "name": profile.name,
        "title": profile.title,
        "way": profile.way,
        "features": {feature.value: profile.features[feature] for feature in Feature if feature in profile.features},
        "missing": {feature.value: profile.missing[feature] for feature in Feature if feature in profile.missing},
        "actions": {action.value: limit for action, limit in profile.actions.items()},
        "secrets": dict(profile.secrets),
        "docs": list(profile.docs),
        "samples": len(samples(profile.name)),
    }


def as_markdown(profiles: list[Profile], pages: frozenset[str]) -> str:
    """The page `docs/platforms/README.md`. `pages`: the adapters that have a page of their own there."""
    heads = ["adapter", "way in", *HEADS.values(), "action back", "samples"]
    rows = [heads, ["---"] * len(heads), *(_row(profile, pages) for profile in profiles)]
    parts = [INTRODUCTION, "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"]
    notes = [line for profile in profiles for line in _notes(profile)]
    if notes:
        parts.append("## Limits, and what cannot be had\n")
        parts.append("\n".join(notes) + "\n")
    parts.append("## Checked against\n")
    parts.append(
        "\n".join(f"- {each.title}: {', '.join(f'<{page}>' for page in each.docs)}" for each in profiles) + "\n"
    )
    return "\n".join(parts)


def _row(profile: Profile, pages: frozenset[str]) -> list[str]:
    name = f"[{profile.title}]({profile.name}.md)" if profile.name in pages else profile.title
    cells = [_cell(profile, feature) for feature in HEADS]
    actions = ", ".join(action.value for action in Action if action in profile.actions)
    # The mapper's platform does whatever its webhook does.
    back = "by webhook" if len(profile.actions) == len(Action) else actions or "–"
    return [name, profile.way, *cells, back, str(len(samples(profile.name)))]


def _cell(profile: Profile, feature: Feature) -> str:
    if feature not in profile.features:
        return "–"
    return "yes, limited" if profile.features[feature] else "yes"


def _notes(profile: Profile) -> list[str]:
    taken = [(HEADS[feature], note) for feature, note in profile.features.items() if note]
    missing = [(f"no {HEADS[feature]}", why) for feature, why in profile.missing.items()]
    back = (
        []
        if len(profile.actions) == len(Action)
        else [(f"action {action.value}", limit) for action, limit in profile.actions.items() if limit]
    )
    return [f"- **{profile.title}**, {head}: {_one_line(said)}" for head, said in (*taken, *missing, *back)]


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
