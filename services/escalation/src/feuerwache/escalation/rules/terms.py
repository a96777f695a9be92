"""The words a community is talking about: content words of a post, lower-case, each once.

Stop words, links and @names are left out, and so are the words of the author's own handle. What is left is counted
per minute and community; only the most frequent words travel on, never a text.
"""

from __future__ import annotations

import re

#: A post names at most so many words; a novel is not twenty posts' worth of topics.
MAX_WORDS = 60
_WORD = re.compile(r"(?<![@\w/.])[^\W\d_]{4,30}(?![\w@])")
_LINK = re.compile(r"https?://\S+|@\S+")

#: German and English.
STOP_WORDS = frozenset(
    """
    aber about above after again against alle allem allen aller alles also always andere anderen anderer anderes
    another anything around auch bald because been before beim being below bereits besser between bitte bloß both
    could dabei dadurch dafür dagegen daher damit danach dank danke dann daran darauf daraus darf darum darüber dass
    dazu dein deine deinem deinen deiner denen denn deren derer deshalb dessen deswegen dich diese diesem diesen
    dieser dieses doch does doing dort down drei durch during dürfen each eben ebenso echt eigentlich eine einem
    einen einer eines einfach einige einmal endlich etwa etwas euch euer eure eurem euren eurer ever every
    everything fast fertig finde from ganz ganze ganzen geht genau gerade gern gerne gewesen gibt gibts gleich gute
    guten guter gutes habe haben hallo hast hatte hatten have having heißt hello here hers herself heute hier
    himself hinter ihnen ihre ihrem ihren ihrer immer into irgendwie itself jede jedem jeden jeder jedes jemand
    jetzt just kann kannst kein keine keinem keinen keiner know komme kommen kommst kommt können könnte könnten
    lange lassen laufen leider letzte letzten like läuft mache machen macht made make manche many maybe mehr mein
    meine meinem meinen meiner meist mich mindestens mittlerweile more most much muss must myself möchte müssen nach
    nachdem neben never nicht nichts niemand noch nochmal nothing nämlich oben oder ohne once only other ours
    ourselves over paar please really recht sagen sagt said same schon sehr sein seine seinem seinen seiner seit
    seitdem selber selbst should sich sicher sieht since sind sogar solche sollen sollte sollten some something
    sondern sonst soviel sowas statt stehen steht still such than that their theirs them themselves then there these
    they thing things think this those through today total trotzdem tust under unser unsere unserem unseren unserer
    unten unter until upon very viel viele vielen vielleicht voll wann want wants waren warum wegen weil weiter weiß
    welche welchem welchen welcher welches well wenig wenigstens wenn werde werden were what when where which while
    wieder wieso will willst wird wirklich wisst with without woher wohl wollen wollte worden would wurde wurden
    würde würden your yours yourself zehn ziemlich zurück zusammen zwar zwei zwischen über überhaupt
    """.split()  # noqa: SIM905 - 300 words read better as a text
)


def content_words(text: str, author_names: tuple[str, ...] = ()) -> set[str]:
    """The distinct content words; `author_names` are what the author is called on the platform."""
    own = {word for name in author_names for word in _WORD.findall(name.casefold())}
    words: set[str] = set()
    for word in _WORD.findall(_LINK.sub(" ", text).lower()):
        if word not in STOP_WORDS and word not in own:
            words.add(word)
            if len(words) == MAX_WORDS:
                break
    return words
