"""The HTML page: one file with everything in it, no script, nothing fetched from anywhere."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from feuerwache.cli.simulate.plot import plot
from feuerwache.cli.simulate.report import Report
from feuerwache.cli.simulate.wording import WORDS, Saying
from feuerwache.common.events.decision import Action
from feuerwache.common.vocabulary import ACTION, SEVERITY, Language
from feuerwache.common.wording.sentence import sentence, title
from feuerwache.common.wording.tongue import TONGUES


def render(report: Report, language: Language) -> str:
    """The whole page. Deterministic."""
    tongue = TONGUES[language]
    environment = Environment(
        loader=PackageLoader("feuerwache.cli.simulate"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        report=report,
        plot=plot(report),
        words=WORDS[language],
        say=Saying(language, ZoneInfo(report.timezone)),
        language=language,
        title=lambda each: title(each.kind, each.about, each.rule_title, tongue),
        sentence=lambda each: sentence(each.kind, each.about, each.figures, tongue),
        severity=SEVERITY[language],
        action={action.value: name for action, name in ACTION[language].items()},
        actions=[action.value for action in Action],
        hours=list(_hours(report)),
    )


def _hours(report: Report) -> list[tuple[str, list[tuple[object, int, int]]]]:
    """Per community: each hour's beginning, posts and negative ones: the plot as a table."""
    found = []
    for talk in report.talk:
        sums: dict[object, list[int]] = {}
        for slot in talk.slots:
            place = sums.setdefault(slot.start.replace(minute=0, second=0, microsecond=0), [0, 0])
            place[0] += slot.posts
            place[1] += slot.negative
        found.append((talk.title, [(at, posts, negative) for at, (posts, negative) in sums.items()]))
    return found
