"""Topic surges: one word, or the name of a product, is suddenly everywhere, and not for joy.

The posts with the word are held against the word's usual share of posts here (negative binomial: words come in
threads). A word that is usual in this community has a large usual share and surprises nobody. Football evenings and
prize draws have their word too, and with it a crowd; so the window must be more negative than usual (then it is
high), or hold hardly more posts than usual, which no happy event does (then it is low). A mood of one in twenty is
enough beside a word that is rare enough by itself. What was announced, and what comes at this hour every week, is
expected to have its word: there the mood is all the evidence, and must be as rare as an alarm by itself; so must one by
which a surge rises that burns low for hours, as it is asked at every pulse. What a volume or negativity alarm tells
already ("most said") is not told a second time: while one burns, no surge begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.finding import QUIET_PART, Finding
from feuerwache.escalation.crisis.scene import Scene, Sighting
from feuerwache.escalation.crisis.tails import count_surprise, share_surprise
from feuerwache.escalation.crisis.words import HALF_LIFE_MINUTES, WORDS_KEPT

KIND = CrisisKind.TOPIC_SURGE
#: Posts with the word, faded with a half-life of fifteen minutes.
LEAST_COUNT = 12
LEAST_SHARE = 0.1
LEAST_FACTOR = 5.0
LEAST_AUTHORS = 6
#: Posts of quarters that were learned, before a word can be unusual.
LEAST_KNOWN = 200.0
#: What an unheard word is taken for: half a post in as many as are known.
UNHEARD = 0.5
DISPERSION = 0.5
#: The mood must be this surprising, in nats (one in twenty), and this many times the usual.
MOOD_SURPRISE, MOOD_FACTOR = 3.0, 1.5
#: More posts than this, in relation to the usual, are a crowd.
CROWD_FACTOR = 2.0
#: So many times the same hours of most days are a date: a weekly show has its crowd, and words, of its own. Of a show
#: with twice the posts, four weeks show 1.3 to 1.5 times (`season.py` holds an hour towards the others); of a hundred
#: ordinary hours, two or three are above it, on weekends seven.
DATE_FACTOR = 1.3
#: Words are averages over this many minutes.
MINUTES = round(HALF_LIFE_MINUTES / log(2))


def look(scene: Scene) -> Iterator[Sighting]:
    """A sighting for each word that is said often enough, about the word."""
    words = scene.words
    bar = scene.bar(KIND, MINUTES)
    often = [word for word, count in words.counts.items() if count >= LEAST_COUNT * bar]
    if not often:
        return
    mood, alone = mood_surprise(scene), scene.sensitivity.threshold()
    if mood < _mood_needed(scene, bar, alone):
        return
    usual = scene.usual_words()
    if usual.posts < LEAST_KNOWN:
        return
    threshold = alone + log(WORDS_KEPT)
    authors = scene.window.authors
    for word in often:
        share = (usual.counts.get(word, 0.0) + UNHEARD) / (usual.posts + 1)
        expected = words.posts * share * bar
        finding = topic_surge(words.counts[word], words.posts, expected, authors, threshold)
        figures = {"term_posts": round(words.counts[word]), "usual_term_posts": round(expected / bar, 2)}
        least, burning = (Severity.HIGH if mood >= rare else Severity.LOW for rare in (MOOD_SURPRISE, alone))
        began = scene.at - MINUTES
        yield Sighting(finding, began, MINUTES, about=word, bar=bar, least=least, burning=burning, figures=figures)


def _mood_needed(scene: Scene, bar: float, alone: float) -> float:
    """The surprise of the mood, in nats, without which a word is no surge; `alone` is that of an alarm."""
    if bar > 1.0 or scene.stands_out() >= DATE_FACTOR:
        return alone
    return MOOD_SURPRISE if _crowded(scene) else 0.0


def _crowded(scene: Scene) -> bool:
    """Whether far more is written than usual, or nobody knows."""
    for minutes in (15, 5):
        usual = scene.usual(minutes).posts
        if usual is None or scene.window.posts_within(minutes) > CROWD_FACTOR * usual:
            return True
    return False


def mood_surprise(scene: Scene) -> float:
    """How much more negative than usual the last quarter of an hour was, in nats; 0 for hardly."""
    posts, negative = scene.window.posts_within(15), scene.window.negative_within(15)
    usual = scene.usual(15)
    if negative < 3 or negative < posts * usual.share * MOOD_FACTOR:
        return 0.0
    part = min(1.0, 500 / posts)
    hits = min(round(negative * part), round(posts * part))
    return share_surprise(hits, round(posts * part), usual.share, usual.correlation)


def topic_surge(count: float, posts: float, expected: float, authors: int, threshold: float) -> Finding:
    """`count` of `posts` have the word, `expected` would be usual. `authors` 0: nobody knows who wrote."""
    factor = count / expected
    measure = round(count)
    if count < LEAST_SHARE * posts or factor < LEAST_FACTOR or 0 < authors < LEAST_AUTHORS:
        return Finding(measure, factor, 0.0, alarming=False, quiet=True)
    surprise = count_surprise(measure, expected, DISPERSION)
    return Finding(measure, factor, surprise, alarming=surprise >= threshold, quiet=surprise < threshold * QUIET_PART)
