"""The written fragments and how they become posts: pick, fill the slots, vary the way people type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Any

from ruamel.yaml import YAML

SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """Fragments by section and the words that fill their slots."""

    sections: dict[str, Any]
    slots: dict[str, list[str]]

    @classmethod
    def load(cls, name: str) -> Phrasebook:
        text = files(__package__).joinpath("texts", f"{name}.yaml").read_text(encoding="utf-8")
        raw = YAML(typ="safe", pure=True).load(text)
        return cls({key: value for key, value in raw.items() if key != "slots"}, raw["slots"])

    def say(self, section: str, random: Random, **values: str) -> str:
        """One fragment of a section with its slots filled."""
        fragments = self.sections[section]
        fragment = fragments if isinstance(fragments, str) else random.choice(fragments)
        return self.fill(fragment, random, values)

    def fill(self, fragment: str, random: Random, values: dict[str, str] | None = None) -> str:
        given = values or {}
        filled = SLOT.sub(lambda match: given.get(match[1]) or random.choice(self.slots[match[1]]), fragment)
        return filled[0].upper() + filled[1:]

    def chat(self, random: Random) -> str:
        """A post of ordinary talk: an opening or none, a core, sometimes a second one, a closing or none."""
        parts = [self.say("openings", random)] if random.random() < 0.35 else []
        parts.append(self.say("cores", random))
        if random.random() < 0.3:
            parts.append(self.say("cores", random))
        if random.random() < 0.5:
            parts.append(self.say("closings", random))
        return typed(" ".join(parts), random)

    def outcry(self, section: str, random: Random) -> str:
        """A post about the fire: a fragment of the section, often with an opening, a second fragment or a tail."""
        parts = [self.say("openings", random)] if random.random() < 0.4 else []
        parts.append(self.say(section, random))
        if random.random() < 0.4:
            parts.append(self.say(section, random))
        if random.random() < 0.6:
            parts.append(self.say("tails", random))
        return typed(" ".join(dict.fromkeys(parts)), random)


#: How people write on a keyboard that has no umlauts.
SPELT_OUT: dict[int, str | int | None] = {
    ord(umlaut): spelt for umlaut, spelt in zip("äöüÄÖÜ", ("ae", "oe", "ue", "Ae", "Oe", "Ue"), strict=True)
}


def typed(text: str, random: Random) -> str:
    """How people type: some all in small letters, some without umlauts, most as they learnt it."""
    dice = random.random()
    if dice < 0.06:
        return text.lower()
    if dice < 0.09:
        return text.translate(SPELT_OUT)
    return text
