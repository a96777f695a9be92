"""The ten fires of issue 4. Each has its ranges; a story is drawn within them.

The strength of a wave is `factor` times what is usual at that hour, but at least `least` posts a minute: a storm comes
from the platform, and does not ask how small the community is. Ramps and strengths are drawn evenly in the logarithm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.scenarios.milieu import Range, Ranges, spread
from feuerwache.escalation.crisis.scenarios.story import Scenario, Story, at, weekend
from feuerwache.escalation.crisis.scenarios.wave import Character, Wave

#: What is true of any storm besides: it may be told, it does not count as having told of the storm.
TRUE_IN_STORMS = dict.fromkeys(
    (
        CrisisKind.REPORT_FLOOD,
        CrisisKind.THREAD_ON_FIRE,
        CrisisKind.COORDINATED_POSTING,
        CrisisKind.COMPLAINTS_PILING_UP,
    ),
    Severity.CRITICAL,
)
CATCHES_A_STORM = frozenset({CrisisKind.NEGATIVITY_BURST, CrisisKind.VOLUME_BURST, CrisisKind.TOPIC_SURGE})


@dataclass(frozen=True, slots=True)
class Storm:
    """Ranges. `hours`: local hour of the onset on Friday (from 19 on), Saturday or Sunday; minutes and shares else."""

    name: str
    about: str
    ramp: Range
    factor: Range
    least: Range
    negative: Range
    terms: tuple[str, ...]
    term_share: Range = (0.3, 0.7)
    newcomers: Range = (0.1, 0.5)
    hours: Range = (8, 23)
    hold: Range = (60, 240)
    half_life: Range = (30, 120)
    insult: Range = (0.1, 0.4)
    hate: Range = (0.0, 0.1)
    complaint: Range = (0.3, 0.7)
    in_thread: Range = (0.0, 0.2)
    reported: Range = (0.0, 0.03)
    copied: Range = (0.0, 0.0)
    crowd: Range = (0, 0)
    catches: frozenset[CrisisKind] = frozenset()
    posts_per_day: Range = Ranges().posts_per_day
    saturdays: Callable[[datetime], bool] = lambda _: True

    def story(self, random: Random, name: str, seed: int) -> Story:
        ranges = Ranges(posts_per_day=self.posts_per_day)
        story = weekend(random, name, seed, ranges, saturdays=self.saturdays)
        return burning(story, self.wave(random, story), self.catches)

    def wave(self, random: Random, story: Story) -> Wave:
        day = random.choice((0, 1, 2))
        first, last = self.hours
        hour = random.uniform(max(first, 19) if day == 0 else first, min(last, 21.5) if day == 2 else last)
        onset = at(story, day, hour) + random.random()
        uniform = random.uniform
        return Wave(
            onset=onset,
            peak=max(spread(random, self.least), spread(random, self.factor) * story.milieu.rate(onset)),
            ramp=spread(random, self.ramp),
            hold=uniform(*self.hold),
            half_life=uniform(*self.half_life),
            character=Character(
                negative=uniform(*self.negative),
                insult=uniform(*self.insult),
                hate=uniform(*self.hate),
                complaint=uniform(*self.complaint),
                newcomers=uniform(*self.newcomers),
                reports_per_post=uniform(*self.reported),
                terms=self.terms,
                term_share=uniform(*self.term_share),
                thread="t0",
                thread_share=uniform(*self.in_thread),
                cluster="c0ffee00" if self.copied[1] else "",
                copied=uniform(*self.copied),
                crowd=round(uniform(*self.crowd)),
            ),
        )

    @property
    def scenario(self) -> Scenario:
        return Scenario(self.name, self.about, self.story)


def burning(story: Story, wave: Wave, catches: frozenset[CrisisKind] = frozenset()) -> Story:
    return replace(
        story.with_waves(wave), expected=CATCHES_A_STORM | catches, tolerated={**story.tolerated, **TRUE_IN_STORMS}
    )


def _before_christmas(saturday: datetime) -> bool:
    return saturday.month == 12 and saturday.day <= 23


THREAD = frozenset({CrisisKind.THREAD_ON_FIRE})
COPIES = frozenset({CrisisKind.COORDINATED_POSTING})
REPORTS = frozenset({CrisisKind.REPORT_FLOOD})

STORMS = (
    Storm(
        "product_recall",
        "A product is called back: questions as much as anger, one word in every second post.",
        ramp=(5, 30),
        factor=(2, 15),
        least=(6, 40),
        negative=(0.45, 0.75),
        terms=("Rückruf", "Charge", "Erstattung"),
    ),
    Storm(
        "data_leak",
        "Customers' data are out; at any hour, also at night.",
        ramp=(3, 20),
        factor=(2, 15),
        least=(6, 40),
        negative=(0.6, 0.85),
        terms=("Datenleck", "Passwort", "Kundendaten"),
        hours=(0, 23.5),
    ),
    Storm(
        "tone_deaf_post",
        "The brand posts something it should not have; most of it happens in one thread below it.",
        ramp=(3, 20),
        factor=(2, 15),
        least=(6, 40),
        negative=(0.65, 0.9),
        insult=(0.25, 0.5),
        terms=("peinlich", "löschen", "Werbung"),
        in_thread=(0.6, 0.95),
        reported=(0.0, 0.05),
        catches=THREAD,
    ),
    Storm(
        "outage",
        "The service is down: within minutes everybody asks and complains.",
        ramp=(1, 6),
        factor=(3, 20),
        least=(8, 60),
        negative=(0.6, 0.9),
        complaint=(0.6, 0.95),
        insult=(0.05, 0.2),
        newcomers=(0.1, 0.4),
        terms=("Störung", "offline", "Ausfall"),
        hold=(45, 180),
    ),
    Storm(
        "price_rise",
        "Prices go up, and the news makes its way slowly.",
        ramp=(15, 60),
        factor=(2, 8),
        least=(5, 30),
        negative=(0.5, 0.8),
        terms=("Preiserhöhung", "kündigen", "teuer"),
    ),
    Storm(
        "celebrity_tweet",
        "Somebody famous is angry with the brand, and the followers come along; it fades soon.",
        ramp=(1, 6),
        factor=(4, 30),
        least=(10, 80),
        negative=(0.4, 0.8),
        newcomers=(0.6, 0.9),
        terms=("Skandal", "Boykott"),
        hold=(30, 60),
        half_life=(15, 60),
    ),
    Storm(
        "board_raid",
        "A board sends its people: few, new, hostile, with the same texts, and it reports what the others write.",
        ramp=(1, 5),
        factor=(2, 15),
        least=(6, 60),
        negative=(0.5, 0.9),
        insult=(0.4, 0.7),
        hate=(0.1, 0.3),
        complaint=(0.0, 0.1),
        newcomers=(0.85, 1.0),
        reported=(0.1, 0.4),
        terms=("Raid", "kek"),
        term_share=(0.1, 0.4),
        copied=(0.2, 0.6),
        crowd=(15, 80),
        hours=(0, 23.5),
        hold=(45, 120),
        catches=COPIES | REPORTS,
    ),
    Storm(
        "fake_news",
        "A false report about the company goes round, with copied texts; many believe it, some only ask.",
        ramp=(10, 45),
        factor=(2, 12),
        least=(6, 40),
        negative=(0.4, 0.7),
        copied=(0.1, 0.4),
        newcomers=(0.2, 0.6),
        terms=("Insolvenz", "Gerücht", "Schließung"),
        catches=COPIES,
    ),
    Storm(
        "employee_video",
        "A video of an employee's misconduct; anger and insults, also reports.",
        ramp=(4, 30),
        factor=(2, 20),
        least=(6, 60),
        negative=(0.65, 0.95),
        insult=(0.3, 0.6),
        reported=(0.01, 0.08),
        terms=("Video", "Mitarbeiter", "Kündigung"),
    ),
    Storm(
        "delivery_chaos",
        "Nothing arrives before Christmas: it creeps up over an hour, hardly anything but complaints.",
        ramp=(20, 60),
        factor=(1.5, 5),
        least=(4, 20),
        negative=(0.6, 0.9),
        complaint=(0.7, 0.95),
        insult=(0.05, 0.2),
        newcomers=(0.05, 0.3),
        terms=("Lieferung", "Paket", "Weihnachten"),
        hold=(120, 480),
        saturdays=_before_christmas,
    ),
)
