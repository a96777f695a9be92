"""German, English, something else, or too short to tell (`und`).

Evidence per word, added up: function words that occur in hardly any other of the languages looked at, and for words
not listed, letter sequences that are frequent in one language and rare in the others. Scripts other than Latin are
`other`. No language is named below `ENOUGH` evidence or without a clear lead.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

GERMAN, ENGLISH, OTHER, UNDETERMINED = "de", "en", "other", "und"
ENOUGH = 1.6
LEAD = 1.5

_DE = """
der die das den dem des ein eine einen einem einer eines und oder aber auch nicht kein keine keinen ich du er sie
es wir ihr mich dich sich uns euch mir dir ihm ihn ihnen mein meine meinen dein deine sein seine unser unsere euer eure
ist sind bin bist seid war waren wird werden wurde hat habe haben hatte hab kann koennen koennt muss muessen soll will
wollen wie wo wann warum wieso weil dass wenn als ob fuer mit von zum zur bei nach aus auf ueber unter vor durch gegen
ohne um im am vom beim noch schon nur sehr mehr immer wieder heute gestern morgen hier dort jetzt dann doch mal ja nein
danke bitte guten gute gut jemand alle alles nichts etwas viel viele diese dieser dieses was wer hallo moin habt macht
geht gibt mann frau leute kaffee zusammen bleibt einfach ganz nie eben"""
_EN = """
the a an and or but not no is are was were be been being have has had do does did will would can could should
this that these those i you he she it we they me him her us them my your his its our their of to in on at for with from
by about into over after before what which who when where why how all any some more most very just than then there here
if because so too as up out im dont youre its cant isnt thanks thank please good like get got one never always people
know want love hate really still only even"""
_OTHER = """
le la les des une est et que qui pour dans sur pas avec vous nous je il elle mais c'est cette tres merci
el los las un una es por con para pero muy como mas gracias esta que del
il lo gli che di per non sono della questo grazie molto anche
het een niet van voor maar ik jij zijn ook dat wij geen
bir ve bu icin cok ama ben sen degil var yok mi ne nasil guzel
nie jest na sie ze jak ale dla co czy tak bardzo
och att det som inte jag ar pa med
eu nao voce uma com isso obrigado muito"""
#: Listed for more than one language.
_SHARED = frozenset(
    "am an as den des die en es hat in is la man me on so un was war will".split()  # noqa: SIM905 - reads better
)

_DE_GRAMS = "sch ung ich ein cht lich keit heit ae oe ue eit icht tzt pf zw chs ier ngs ft tz ck"
_EN_GRAMS = "th ing tion ight wh ould ough ee oo ea sh ay ow ly"


class Evidence(NamedTuple):
    german: float = 0.0
    english: float = 0.0
    other: float = 0.0


def _listed() -> dict[str, Evidence]:
    listed: dict[str, Evidence] = {}
    for place, text in enumerate((_DE, _EN, _OTHER)):
        for word in text.split():
            amounts = list(listed.get(word, Evidence()))
            amounts[place] = 0.5 if word in _SHARED else 1.0
            listed[word] = Evidence(*amounts)
    return listed


_LISTED = _listed()
_GRAMS = tuple((gram, 0) for gram in _DE_GRAMS.split()) + tuple((gram, 1) for gram in _EN_GRAMS.split())


def evidence(word: str) -> Evidence:
    """What one folded word says about the language of its text."""
    known = _LISTED.get(word)
    if known is not None:
        return known
    letters = [char for char in word if char.isalpha()]
    if not letters or word.startswith("{"):
        return Evidence()
    if not all(_latin(char) for char in letters[:4]):
        return Evidence(other=min(2.0, 0.5 * len(letters)))
    amounts = [0.0, 0.0]
    for gram, place in _GRAMS:
        if gram in word:
            amounts[place] += 0.2
    return Evidence(min(amounts[0], 0.6), min(amounts[1], 0.6), 0.0)


def _latin(char: str) -> bool:
    return char.isascii() or unicodedata.name(char, "").startswith("LATIN")


def decide(total: Evidence) -> str:
    """The language that the sum of the evidence names."""
    ranked = sorted(zip(total, (GERMAN, ENGLISH, OTHER), strict=True), reverse=True)
    (most, name), (second, _) = ranked[0], ranked[1]
    return name if most >= ENOUGH and most >= LEAD * second else UNDETERMINED
