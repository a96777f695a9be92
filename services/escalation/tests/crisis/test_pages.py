"""The pages of the detectors tell the truth: one for each kind, with the code's own numbers and sentences."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from math import inf, isclose, log
from pathlib import Path
from typing import Any

import pytest

from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.vocabulary import CRISIS
from feuerwache.common.wording.lead import lead
from feuerwache.common.wording.sentence import sentence
from feuerwache.common.wording.tongue import DE, EN
from feuerwache.escalation.crisis import finding, silence, unanswered
from feuerwache.escalation.crisis.baseline import Usual
from feuerwache.escalation.crisis.complaints_piling_up import complaints_piling_up
from feuerwache.escalation.crisis.coordinated_posting import TEXTS_KEPT, coordinated_posting
from feuerwache.escalation.crisis.feud import PAIRS_KEPT, feud
from feuerwache.escalation.crisis.finding import Finding
from feuerwache.escalation.crisis.habit import PRIOR_NEW
from feuerwache.escalation.crisis.negativity import negativity
from feuerwache.escalation.crisis.registry import KINDS, sensitivity_of
from feuerwache.escalation.crisis.report_flood import LEAST_REPORTS, report_flood
from feuerwache.escalation.crisis.scenarios.catalogue import BY_NAME
from feuerwache.escalation.crisis.scene import WINDOWS
from feuerwache.escalation.crisis.settings import CrisisSettings
from feuerwache.escalation.crisis.tails import few_surprise
from feuerwache.escalation.crisis.thread_on_fire import THREADS_KEPT, thread_on_fire
from feuerwache.escalation.crisis.topic_surge import topic_surge
from feuerwache.escalation.crisis.words import WORDS_KEPT

ROOT = Path(__file__).parents[4]
PAGES = ROOT / "docs" / "detectors"
INDEX = (PAGES / "README.md").read_text()
PACKAGE = "feuerwache.escalation.crisis"

#: Page → the modules whose every number it has to tell.
MODULES: Mapping[str, tuple[str, ...]] = {
    "README.md": ("finding", "episode", "bars"),
    "volume.md": ("volume", "volume_burst"),
    "negativity-burst.md": ("negativity",),
    "report-flood.md": ("report_flood",),
    "thread-on-fire.md": ("thread_on_fire",),
    "silence.md": ("silence",),
    "topic-surge.md": ("topic_surge",),
    "coordinated-posting.md": ("coordinated_posting",),
    "feud.md": ("feud",),
    "complaints-piling-up.md": ("complaints_piling_up", "complaints", "unanswered", "replies", "flow"),
}
#: Places in a list of counts, which are no numbers of the detector.
PLACES = frozenset({"POSTS", "HOSTILE", "BOTH", "FORTH", "BACK"})
HEADINGS = [
    "What it watches",
    "When it speaks",
    "What it says",
    "What raises its bar",
    "What it does not see",
    "Numbers",
    "Source",
    "Try it",
]

SHIPPED = sensitivity_of(CrisisSettings.model_fields["crisis_false_alarms_per_week"].default)
BASE = SHIPPED.threshold()


def page_of(kind: CrisisKind) -> str:
    """The page the index names for a kind, relative to docs/detectors."""
    found = re.search(rf"^\| `{kind.value}` \|.*\]\(([^)]+)\) \|$", INDEX, re.MULTILINE)
    assert found, f"docs/detectors/README.md has no line for {kind.value}"
    return found[1]


def section(page: str, heading: str) -> str:
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", (PAGES / page).read_text(), re.MULTILINE | re.DOTALL)
    assert found, f"{page} has no heading {heading!r}"
    return found[1]


@pytest.mark.parametrize("kind", CrisisKind)
def test_every_kind_of_crisis_has_a_page(kind: CrisisKind) -> None:
    assert (PAGES / page_of(kind)).is_file()


@pytest.mark.parametrize("kind", [*KINDS, CrisisKind.SINGLE_POST])
def test_every_detector_has_a_page_of_its_own_with_the_same_headings(kind: CrisisKind) -> None:
    page = PAGES / page_of(kind)
    assert page.parent == PAGES
    assert re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE) == HEADINGS
    for name in (f"`{kind.value}`", f'"{CRISIS["de"][kind]}"', f'"{CRISIS["en"][kind]}"'):
        assert name in page.read_text()


# --- numbers


def told_numbers(page: str) -> Iterator[tuple[str, tuple[float, ...]]]:
    """(constant, value) of the table of a page; a single number is a tuple of one."""
    for name, value in re.findall(r"^\| `([\w.]+)` \| ([^|]+) \|", section(page, "Numbers"), re.MULTILINE):
        yield name, tuple(_number(part) for part in value.split(","))


def _number(text: str) -> float:
    over, _, under = text.partition("/")
    return float(over) / float(under or 1)


def constant(page: str, name: str) -> Any:
    """`NAME` of the page's own modules, `module.NAME`, or `Sensitivity.field`."""
    module, _, own = name.rpartition(".")
    if module == "Sensitivity":
        return getattr(finding.Sensitivity(), own)
    for candidate in [module] if module else MODULES[page]:
        value = getattr(import_module(f"{PACKAGE}.{candidate}"), own, None)
        if value is not None:
            return value
    raise AssertionError(f"{page} tells of {name}, which is no constant")


@pytest.mark.parametrize("page", sorted(each.name for each in PAGES.glob("*.md") if "| constant |" in each.read_text()))
def test_the_numbers_of_a_page_are_those_of_the_code(page: str) -> None:
    wrong = {}
    for name, told in told_numbers(page):
        value = constant(page, name)
        real = value if isinstance(value, tuple) else (value,)
        if len(told) != len(real) or not all(map(isclose, told, real)):
            wrong[name] = f"the page says {told}, the code {real}"
    assert not wrong


def numbers_of(module: str) -> set[str]:
    """The public constants of a module that are numbers or tuples of them."""
    loaded = import_module(f"{PACKAGE}.{module}")
    assert loaded.__file__ is not None
    tree = ast.parse(Path(loaded.__file__).read_text())
    names = {
        each.id
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for each in ast.walk(statement)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store) and not each.id.startswith("_")
    }
    return {name for name in names - PLACES if _is_number(getattr(loaded, name))}


def _is_number(value: object) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(map(_is_number, value))
    return isinstance(value, int | float) and not isinstance(value, bool)


@pytest.mark.parametrize("page", sorted(MODULES))
def test_a_page_leaves_no_number_of_its_detector_out(page: str) -> None:
    told = {name.rpartition(".")[2] for name, _ in told_numbers(page)}
    assert set().union(*map(numbers_of, MODULES[page])) <= told


# --- what the shipped knob needs: the bold numbers


def least(judged: Callable[[int], Finding]) -> int:
    """The first count that is an alarm."""
    return next(count for count in range(1, 2000) if judged(count).alarming)


def _negative(usual: int) -> int:
    def judged(negative: int) -> Finding:
        here = Usual(float(usual), dispersion=0.1, share=0.07, correlation=0.03)
        return negativity(max(usual, negative), negative, here, SHIPPED)

    return least(judged)


def _reports(usual: float) -> int:
    return least(lambda n: report_flood(n, n, usual, LEAST_REPORTS, BASE + log(len(WINDOWS))))


def _hostile(posts: int, share: float) -> int:
    return least(lambda n: thread_on_fire(posts, n, posts // 2, share, BASE + log(THREADS_KEPT)))


def _missing(dispersion: float) -> int:
    return next(n for n in range(1, 2000) if log(1 + dispersion * n) / dispersion >= BASE)


def _with_the_word(usual: float) -> int:
    return next(n for n in range(12, 2000) if topic_surge(n, 50, usual, 10, BASE + log(WORDS_KEPT)).alarming)


def _copying(new_share: float) -> int:
    def judged(authors: int) -> Finding:
        return coordinated_posting(authors, round(authors * new_share), PRIOR_NEW, 1.0, BASE + log(TEXTS_KEPT))

    return least(judged)


def _waiting(usual: float, known: float) -> int:
    return least(lambda n: complaints_piling_up(n, 1, usual, 1.0, BASE, known=known))


def _unanswered(answers: float) -> int:
    threshold = unanswered.threshold(SHIPPED)
    return next(n for n in range(1, 2000) if few_surprise(0, n, unanswered.DISPERSION + 1 / answers) >= threshold)


NEEDED: Mapping[str, Sequence[float]] = {
    "README.md": [round(BASE, 1)],
    "negativity-burst.md": [_negative(4), _negative(12), _negative(60)],
    "report-flood.md": [_reports(0.3), _reports(1), _reports(2), _reports(5)],
    "thread-on-fire.md": [_hostile(posts, share) for share in (0.02, 0.05, 0.1) for posts in (20, 40, 100)],
    "silence.md": [_missing(0.1), _missing(0.2), _missing(0.3), _missing(0.5)],
    "topic-surge.md": [_with_the_word(usual) for usual in (0.5, 1, 2, 4)],
    "coordinated-posting.md": [_copying(1.0), _copying(0.5)],
    "feud.md": [least(lambda n: feud(n, n, 1.0, BASE + log(PAIRS_KEPT)))],
    "complaints-piling-up.md": [
        *(_unanswered(answers) for answers in (10, 20, 50, inf)),
        *(_waiting(usual, known) for usual in (2, 5, 10) for known in (20, inf)),
    ],
}


@pytest.mark.parametrize("page", sorted(NEEDED))
def test_the_bold_numbers_are_what_the_shipped_knob_needs(page: str) -> None:
    told = [float(each) for each in re.findall(r"\*\*([\d.]+)\*\*", (PAGES / page).read_text())]
    assert told == list(NEEDED[page])


def test_the_knob_becomes_the_thresholds_of_the_table() -> None:
    rows = re.findall(r"^\| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", section("README.md", "The knob"), re.M)
    assert len(rows) == 4
    for knob, *told in rows:
        base = sensitivity_of(float(knob)).threshold()
        needed = base, base + log(len(WINDOWS)), base + log(WORDS_KEPT)
        assert [float(each) for each in told] == [round(each, 1) for each in needed]


def test_silence_needs_the_expected_events_that_its_page_names() -> None:
    delivery = silence.Delivery(first=0, last=9_999, events=1000.0)

    def at(minutes: int) -> silence.Silence | None:
        return silence.silence("forum", delivery, 1.0, 10_000 + minutes, lambda _: (1.0, 0.1), threshold=BASE, bar=1.0)

    assert at(_missing(0.1)) is not None and at(_missing(0.1) - 1) is None


# --- what it says

#: Kind, what it is about, and the figures of an alarm that a written weekend raised; the page names which.
SAID: Sequence[tuple[CrisisKind, str, Figures]] = [
    (
        CrisisKind.VOLUME_BURST,
        "",
        Figures(
            window_minutes=15,
            posts=326,
            usual_posts=39.4,
            negative_share=0.589,
            usual_negative_share=0.069,
            most_said=("Charge", "Erstattung", "Rückruf"),
        ),
    ),
    (
        CrisisKind.NEGATIVITY_BURST,
        "",
        Figures(
            window_minutes=15,
            posts=124,
            usual_posts=41.4,
            negative_share=0.516,
            usual_negative_share=0.069,
            doubling_minutes=5.2,
            most_said=("Charge", "Erstattung", "Rückruf"),
        ),
    ),
    (
        CrisisKind.REPORT_FLOOD,
        "",
        Figures(
            window_minutes=15,
            posts=1,
            negative_share=0.0,
            usual_negative_share=0.122,
            reports=8,
            usual_reports=0.3,
            reporters=5,
        ),
    ),
    (
        CrisisKind.THREAD_ON_FIRE,
        "facebook/fire",
        Figures(
            window_minutes=60,
            posts=17,
            hostile=14,
            hostile_share=0.824,
            depth=7,
            most_said=("Tasseprobe", "Morgenteil", "Kaffee"),
        ),
    ),
    (CrisisKind.SILENCE, "forum", Figures(silent_minutes=54, usual_gap_minutes=27.0)),
    (CrisisKind.SINGLE_POST, "threat", Figures(posts=1, authors=1, reach=12400)),
    (CrisisKind.SINGLE_POST, "self_harm", Figures(posts=1, authors=1)),
    (
        CrisisKind.TOPIC_SURGE,
        "Rückruf",
        Figures(
            window_minutes=22,
            posts=401,
            negative_share=0.085,
            usual_negative_share=0.055,
            term_posts=40,
            usual_term_posts=0.01,
            most_said=("Rückruf", "Charge", "Tassezeit"),
        ),
    ),
    (
        CrisisKind.COORDINATED_POSTING,
        "5ca1ab1e",
        Figures(window_minutes=60, copies=9, copy_authors=9, new_authors=9, most_said=("Petition", "Wahrheit")),
    ),
    (CrisisKind.FEUD, "fe0d1e55", Figures(window_minutes=60, forth=5, back=5)),
    (
        CrisisKind.COMPLAINTS_PILING_UP,
        "",
        Figures(
            window_minutes=60,
            open_complaints=20,
            oldest_complaint_minutes=175,
            most_said=("Tasse", "Tassetipp", "Kaffeeteil"),
        ),
    ),
]


@pytest.mark.parametrize(("kind", "about", "figures"), SAID, ids=lambda each: str(each) if each else "-")
def test_the_example_of_a_page_is_what_an_alarm_says(kind: CrisisKind, about: str, figures: Figures) -> None:
    text = _plain(section(page_of(kind), "What it says"))
    for tongue in (DE, EN):
        assert f"> {_plain(sentence(kind, about, figures, tongue))}\n" in text
    assert _plain(lead(kind, about, figures, DE)) in text


def _plain(text: str) -> str:
    """With ordinary blanks: an editor does not show the others."""
    return re.sub(r"[^\S\n]", " ", text)


def test_every_page_tries_a_scenario_that_is_there() -> None:
    tried = re.findall(r"--scenario (\w+)", "".join(each.read_text() for each in sorted(PAGES.glob("*.md"))))
    assert tried and set(tried) <= set(BY_NAME)
