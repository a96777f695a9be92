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
        """A post of ordinary talk: an opening or none, one to three cores, a closing or none."""
        return self._compose("cores", (0.12, 0.63, 0.25), random, opening=0.35, ending="closings", end=0.5)

    def reply(self, random: Random) -> str:
        """An answer to somebody, often with a word of one's own behind it."""
        answer = self.say("replies", random)
        return typed(f"{answer} {self.say('cores', random)}" if random.random() < 0.6 else answer, random)

    def outcry(self, section: str, random: Random) -> str:
        """A post about the fire: an opening or none, one to three fragments of the section, a tail or none."""
        return self._compose(section, (0.2, 0.5, 0.3), random, opening=0.4, ending="tails", end=0.6)

    def _compose(
        self, section: str, shares: tuple[float, ...], random: Random, *, opening: float, ending: str, end: float
    ) -> str:
        """Different fragments of a section, as many as `shares` (of one, two, …) draw, with what stands around them."""
        parts = [self.say("openings", random)] if random.random() < opening else []
        many = random.choices(range(1, len(shares) + 1), shares)[0]
        parts += [self.fill(fragment, random) for fragment in random.sample(self.sections[section], many)]
        if random.random() < end:
            parts.append(self.say(ending, random))
        return typed(" ".join(parts), random)


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
