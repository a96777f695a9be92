"""Report floods: far more reports by users than usual here, and by several people.

One person who reports fifty posts is a nuisance for the rules, not a fire: where reporters are known by hash, so many
people at least must have reported, and each counts three times at most. Reports come in clumps, several for one post,
so they are taken for negative binomial with a large dispersion.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.escalation.crisis.burst import strongest
from feuerwache.escalation.crisis.finding import QUIET_PART, Finding
from feuerwache.escalation.crisis.scene import WINDOWS, Scene, Sighting
from feuerwache.escalation.crisis.tails import count_surprise
from feuerwache.escalation.crisis.window import onset

KIND = CrisisKind.REPORT_FLOOD
LEAST_REPORTS = 8
LEAST_REPORTERS = 4
#: Reports of one person that count.
PER_REPORTER = 3
LEAST_FACTOR = 3.0
#: While nobody knows how many posts are usual, twice as many reports are needed.
UNKNOWN_FACTOR = 2
DISPERSION = 0.6
#: A quarter of an hour in which fewer reports than this are usual is taken for this.
LEAST_USUAL = 0.3


def look(scene: Scene) -> Iterator[Sighting]:
    """One sighting, about the whole community."""
    window = scene.window
    if window.reports_within(WINDOWS[-1]) < LEAST_REPORTS:
        return
    threshold = scene.sensitivity.threshold() + log(len(WINDOWS))
    reporters = window.reporters

    def usual(minutes: int) -> float:
        posts = scene.usual(minutes).posts
        seen = scene.window.posts_within(minutes)
        # More posts have more reports; a flood is one that the posts of now do not explain either.
        mean = max(LEAST_USUAL, max(seen, posts or 0.0) * scene.habit().reports_per_post)
        return mean * scene.bar(KIND, minutes)

    def judged(minutes: int) -> Finding:
        unknown = UNKNOWN_FACTOR if scene.usual(minutes).posts is None else 1
        least = LEAST_REPORTS * unknown * scene.bar(KIND, minutes)
        return report_flood(window.reports_within(minutes), reporters, usual(minutes), least, threshold)

    minutes, finding = strongest(judged)
    bar = scene.bar(KIND, minutes)
    began = scene.at - (onset(window.reports, usual(minutes) / minutes) if finding.alarming else 0)
    figures = {"usual_reports": round(usual(minutes) / bar, 1)}
    yield Sighting(finding, began, minutes, bar=bar, figures=figures)


def report_flood(reports: int, reporters: int, usual: float, least: float, threshold: float) -> Finding:
    """`reporters` 0: nobody knows who reported. `usual` reports in this window, `least` that an alarm needs."""
    counted = min(reports, reporters * PER_REPORTER) if reporters else reports
    factor = counted / usual
    if counted < least or factor < LEAST_FACTOR or 0 < reporters < LEAST_REPORTERS:
        return Finding(counted, factor, 0.0, alarming=False, quiet=True)
    surprise = count_surprise(counted, usual, DISPERSION)
    return Finding(counted, factor, surprise, alarming=surprise >= threshold, quiet=surprise < threshold * QUIET_PART)
