"""`config/plans/*.yaml`: the crisis plans, one per file. What to do, who in the house must know, what may be said.

An incident carries the plan that fits it best from its beginning on. Every text stands there in German and English:
whoever is called at three in the morning reads it in their own language. Choosing is pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from feuerwache.common.config.community import Communities, Community
from feuerwache.common.config.duration import Duration
from feuerwache.common.config.source import ConfigError, ConfigModel, Document, Problem, read
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
Sentence = Annotated[str, Field(min_length=1, max_length=2000)]
#: The checklist travels in every record of the incident, so it stays a list that somebody can work through.
MAX_STEPS = 20
MAX_STEP_TITLE = 200


class Text(ConfigModel):
    """The same in German and English; a plan that lacks one of them is not read."""

    de: Sentence
    en: Sentence

    def both(self) -> dict[str, str]:
        return {"de": self.de, "en": self.en}


class Desk(StrEnum):
    """Who in the house must know. The names people read are the console's."""

    PRESS = "press"
    LEGAL = "legal"
    CUSTOMER_SERVICE = "customer-service"
    MANAGEMENT = "management"
    SECURITY = "security"
    PRODUCT = "product"
    TECHNOLOGY = "technology"
    DATA_PROTECTION = "data-protection"
    HUMAN_RESOURCES = "human-resources"
    MARKETING = "marketing"


class Lever(StrEnum):
    """What can be switched on a platform for a while."""

    PRE_MODERATION = "pre_moderation"
    SLOW_MODE = "slow_mode"
    COMMENTS_OFF = "comments_off"
    LINKS_OFF = "links_off"
    NEWCOMERS_WAIT = "newcomers_wait"
    CAMPAIGN_PAUSED = "campaign_paused"


class Use(StrEnum):
    """Where a holding statement is said."""

    COMMENT = "comment"
    POST = "post"
    DIRECT = "direct"
    INTERNAL = "internal"


class Purpose(ConfigModel):
    """What a plan is for. What is left out fits everything; what is named must fit.

    `about` is compared with what an incident is about (the label of a single post, a word, a thread), or with the rule
    that escalated the post; `rules` names folders below config/rules.
    """

    kinds: tuple[CrisisKind, ...] = ()
    about: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    def fits(self, community: Community, kind: CrisisKind, about: frozenset[str]) -> bool:
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.about or not about.isdisjoint(plainly(word) for word in self.about))
            and (not self.communities or community.id in self.communities)
            and (not self.brands or community.brand in self.brands)
            and (not self.rules or community.rules in self.rules)
        )

    @property
    def closeness(self) -> tuple[bool, ...]:
        """What it is about weighs most, so a community's own plan never hides the one for a person in danger."""
        return tuple(map(bool, (self.about, self.communities, self.brands, self.rules, self.kinds)))


class Step(ConfigModel):
    """One line of the checklist; `within` counts from the beginning of the incident."""

    id: Id
    title: Text
    within: Duration | None = None

    @model_validator(mode="after")
    def title_is_a_line(self) -> Step:
        if max(len(self.title.de), len(self.title.en)) > MAX_STEP_TITLE:
            raise ValueError(f"step {self.id!r} has a title above {MAX_STEP_TITLE} characters; make it two steps")
        return self


class Informed(ConfigModel):
    """Who must know, on which occasion, and how long after the beginning at the latest; from which severity on."""

    who: Desk
    when: Text
    within: Duration | None = None
    severity: Severity = Severity.LOW


class Statement(ConfigModel):
    """A prepared sentence with blanks in square brackets: `[Produkt]`. Both languages have as many blanks."""

    id: Id
    title: Text
    use: Use = Use.COMMENT
    text: Text

    @model_validator(mode="after")
    def blanks_agree(self) -> Statement:
        german, english = len(set(blanks(self.text.de))), len(set(blanks(self.text.en)))
        if german != english:
            raise ValueError(f"statement {self.id!r} has {german} blanks in German and {english} in English")
        return self


class Switch(ConfigModel):
    what: Lever
    when: Text


class Helpline(ConfigModel):
    """Numbers as they are dialled within `country` (ISO 3166), and what one gets there."""

    name: Text
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    numbers: Annotated[tuple[Annotated[str, Field(pattern=r"^[0-9+][0-9 ]*$")], ...], Field(min_length=1)]
    note: Text


class Plan(ConfigModel):
    """`default: true` marks the one plan for whatever no other plan fits."""

    id: Id
    title: Text
    purpose: Purpose = Field(default=Purpose(), alias="for")
    default: bool = False
    principle: Text | None = None
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MAX_STEPS)]
    inform: tuple[Informed, ...] = ()
    statements: tuple[Statement, ...] = ()
    switch: tuple[Switch, ...] = ()
    helplines: tuple[Helpline, ...] = ()

    def step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)

    def within(self, step_id: str) -> timedelta | None:
        step = self.step(step_id)
        return step.within if step is not None else None


class Plans(ConfigModel):
    """All plans of a house; none is possible, and then incidents carry none."""

    plans: tuple[Plan, ...] = ()

    def get(self, plan_id: str) -> Plan | None:
        return next((plan for plan in self.plans if plan.id == plan_id), None)

    def choose(
        self, community: Community, kind: CrisisKind, about: str = "", rule_id: str | None = None
    ) -> Plan | None:
        """The closest plan that fits; of equally close ones the first by id. The default only if none fits."""
        fitting = self._closest(community, kind, about, rule_id)
        return fitting[0] if fitting else next((plan for plan in self.plans if plan.default), None)

    def rivals(self, community: Community, kind: CrisisKind, about: str = "") -> tuple[Plan, ...]:
        """Plans that fit equally well, when there are several: the choice would be an accident."""
        fitting = self._closest(community, kind, about, None)
        return tuple(fitting) if len(fitting) > 1 else ()

    def _closest(self, community: Community, kind: CrisisKind, about: str, rule_id: str | None) -> list[Plan]:
        words = frozenset(plainly(word) for word in (about, rule_id or "") if word)
        fitting = [
            plan for plan in self.plans if any(plan.purpose.closeness) and plan.purpose.fits(community, kind, words)
        ]
        best = max((plan.purpose.closeness for plan in fitting), default=())
        return sorted((plan for plan in fitting if plan.purpose.closeness == best), key=lambda plan: plan.id)


#: By which a plan tells communities apart, besides what happened: ids, brands, sets of rules.
FIELDS = ("communities", "brands", "rules")


def load_plans(config_dir: Path, communities: Communities) -> Plans:
    """Every file of `config_dir/plans`; raises `ConfigError` with file and line of each problem. No folder: none."""
    problems: list[Problem] = []
    found: list[tuple[Document, Plan]] = []
    for path in sorted((config_dir / "plans").glob("*.y*ml")):
        try:
            document = read(path)
            found.append((document, document.parse(Plan)))
        except ConfigError as error:
            problems += error.problems
    problems += contradictions(found, communities)
    if problems:
        raise ConfigError(problems)
    return Plans(plans=tuple(plan for _, plan in found))


def contradictions(found: list[tuple[Document, Plan]], communities: Communities) -> Iterator[Problem]:
    """What is wrong between the plans, and between them and the communities."""
    seen: set[str] = set()
    defaults: list[str] = []
    known = {
        "communities": {community.id for community in communities.communities},
        "brands": {community.brand for community in communities.communities},
        "rules": {community.rules for community in communities.communities},
    }
    for document, plan in found:
        if plan.id in seen:
            yield document.problem(("id",), f"plan {plan.id!r} stands there twice")
        seen.add(plan.id)
        yield from repeats(document, plan)
        if plan.default:
            if defaults:
                yield document.problem(("default",), f"{defaults[0]!r} is the default already")
            defaults.append(plan.id)
        elif not any(plan.purpose.closeness):
            yield document.problem(("for",), "says for nothing what the plan is for; only the default may")
        for field, names in known.items():
            for number, name in enumerate(getattr(plan.purpose, field)):
                if name not in names:
                    yield document.problem(("for", field, number), f"{name!r} does not stand in communities.yaml")
    plans = Plans(plans=tuple(plan for _, plan in found))
    places = {plan.id: document for document, plan in found}
    told: set[tuple[str, ...]] = set()
    for rivals in all_rivals(plans, communities):
        ids = tuple(plan.id for plan in rivals)
        if len(set(ids)) == len(ids) and ids not in told:
            told.add(ids)
            yield places[ids[1]].problem(
                ("for",), f"{ids[1]!r} and {ids[0]!r} are for the same; say what sets them apart"
            )


def repeats(document: Document, plan: Plan) -> Iterator[Problem]:
    """Steps, statements and switches that stand in one plan twice."""
    for section, field, ids in (
        ("steps", "id", [step.id for step in plan.steps]),
        ("statements", "id", [statement.id for statement in plan.statements]),
        ("switch", "what", [switch.what.value for switch in plan.switch]),
    ):
        for number, one in enumerate(ids):
            if one in ids[:number]:
                yield document.problem((section, number, field), f"{one!r} stands there twice")


def all_rivals(plans: Plans, communities: Communities) -> Iterator[tuple[Plan, ...]]:
    about = {"", *(plainly(word) for plan in plans.plans for word in plan.purpose.about)}
    for community in told_apart(plans, communities):
        for kind in CrisisKind:
            for word in sorted(about):
                rivals = plans.rivals(community, kind, word)
                if rivals:
                    yield rivals


def told_apart(plans: Plans, communities: Communities) -> list[Community]:
    """One community for each choice the plans can make between them: what no plan names makes no difference, so ten
    thousand communities are a handful."""
    purposes = [plan.purpose for plan in plans.plans]
    named = [{name for purpose in purposes for name in getattr(purpose, field)} for field in FIELDS]

    def seen(community: Community) -> tuple[str | None, ...]:
        values = (community.id, community.brand, community.rules)
        return tuple(value if value in names else None for value, names in zip(values, named, strict=True))

    return list({seen(community): community for community in reversed(communities.communities)}.values())[::-1]


def uncovered(plans: Plans, communities: Communities) -> Iterator[tuple[CrisisKind, Plan | None]]:
    """Kinds of crisis for which no plan is written, with the default that stands in (None: there is nothing)."""
    for kind in CrisisKind:
        for community in communities.communities:
            plan = plans.choose(community, kind)
            if not community.canary and (plan is None or (plan.default and kind not in plan.purpose.kinds)):
                yield kind, plan
                break


def blanks(text: str) -> Iterator[str]:
    """What stands in square brackets, in order."""
    for piece in text.split("[")[1:]:
        name, closed, _ = piece.partition("]")
        if closed and name:
            yield name


def plainly(word: str) -> str:
    """`self-harm` and `Self_Harm` are the same word."""
    return word.casefold().replace("-", "_")
