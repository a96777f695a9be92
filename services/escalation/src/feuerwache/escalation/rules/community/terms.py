"""The words a community is talking about: content words of a post, lower-case, each once.

Stop words, links and @names are left out, and so are the words of the author's own handle. Nouns say best what it is
about, and German writes them with a capital: inside a sentence a capital (or a hashtag) doubles a word's weight, and in
a German text that uses them, lower-case words with the ending of a verb are left out ("gekauft", "hänge"). What is left
is counted per minute and community; only the most frequent words travel on, never a text.
"""

from __future__ import annotations

import re
from itertools import islice

#: A post names at most so many words; a novel is not twenty posts' worth of topics.
MAX_WORDS = 60
#: Weight of a word that is written as nouns are; other words have 1.
NOUN = 2
_WORD = re.compile(r"(?<![@\w/.])[^\W\d_]{4,30}(?![\w@])")
_LINK = re.compile(r"https?://\S+|@\S+")
#: With a capital; and with one behind another word or a comma, where no sentence begins, or with a hash.
_CAPITAL = re.compile(r"(?<!\w)[A-ZÄÖÜ][^\W\d_]{3,29}(?!\w)")
_INNER = re.compile(r"(?<=[\w,;)] )[A-ZÄÖÜ][^\W\d_]{3,29}(?!\w)")
_NOUN = re.compile(rf"{_INNER.pattern}|(?<=#)[^\W\d_]{{4,30}}(?!\w)")
#: How German verbs and inflected adjectives end, and what participles look like.
_VERBAL = ("e", "en", "ern", "eln", "st", "tet", "iert")
_PARTICIPLE = re.compile(r"(?:\w{2,4})?ge\w+t")

#: German and English.
STOP_WORDS = frozenset(
    """
    aber about above absolut actually after again against alle allem allen aller allerdings alles allgemein almost
    already also although always among andere anderen anderer anderes angeblich another anscheinend ansonsten
    antworten antwortet anyone anything anyway around auch away back bald because been before beide beiden beides beim
    being bekam bekomme bekommen bekommt below bereit bereits besonders besser bestimmt better between bevor bezahlt
    bisher bisschen bitte bleibt blieb bloss bloß both brauche brauchen braucht bringen bringt came cannot come comes
    could dabei dachte dadurch dafür dagegen daher damals damit danach dank danke dann daran darauf daraufhin daraus
    darf darfst darum darüber dass dasselbe davon davor dazu dazwischen dein deine deinem deinen deiner demnächst
    denen denke denken denkt denn deren derer derselbe deshalb dessen deswegen dich diese dieselbe diesem diesen
    dieser dieses diesmal direkt doch does doing doof dort down dran drauf draußen drei dreimal drin drüber durch
    durfte durften during dürfen each eben ebenfalls ebenso echt eher ehrlich eigene eigenen eigener eigenes
    eigentlich einander eine einem einen einer eines einfach einige einiges einmal einzige einzigen endet endlich
    enough ernsthaft erst erste ersten erster erstmal especially etwa etwas euch euer eure eurem euren eurer even
    eventuell ever every everything extra falls fand fange fangen fast fehlen ferner fertig finde finden findet
    folgende folgt fragt freue freuen freut from früher fühlt ganz ganze ganzen ganzer gebe geben gefragt gefunden
    gegangen gegen gehabt gehe gehen geht gehört gekauft gekommen gelesen gemacht genau genauso genug gerade gern
    gerne gesagt geschrieben gesehen gestern getan gets getting gewesen gewöhnlich gibst gibt gibts ging gingen glaub
    glaube glauben glaubt gleich goes going gotten great grüß gucke gucken gute guten guter gutes habe haben hallo
    halte halten hast hatte hatten have having heißt hello here hers herself heute heutzutage hier hierher himself
    hinten hinter hinzu hoffe hoffen hoffentlich hole hält hänge hängen hängt hätte hätten höre hören hört ihnen ihre
    ihrem ihren ihrer immer immerhin innerhalb into inzwischen irgendein irgendwann irgendwas irgendwer irgendwie
    irgendwo irgendwohin itself jede jedem jeden jedenfalls jeder jedes jedoch jemals jemand jetzt jeweils just kamen
    kann kannst kaufe kaufen kauft kaum kein keine keinem keinen keiner keinmal kenne kennen kennt klappt klar know
    komme kommen kommst kommt komplett konnte konnten kriege kriegen kriegt kurz können könnte könnten lange langsam
    lass lasse lassen lasst laufen least leider lese lesen lets letzte letzten liebe lieben lieber liegen liegt like
    look looks lots lässt läuft mache machen machst macht made make makes manche manchmal many maybe mega mehr mein
    meine meinem meinen meiner meint meist melde melden meldet mich might mindest mindestens mittlerweile moin more
    most much muss musste mussten must myself möchte müssen müsst müsste müssten müßte nach nachdem nahm natürlich
    neben nehme nehmen never nicht nichts niemand nimmt nirgends noch nochmal normal normalerweise nothing nunmal
    nutze nutzen nutzt nämlich oben oder offenbar often ohne okay once only other ours ourselves over paar passiert
    passt perhaps please plötzlich probiere probieren prompt quasi quite rather reagiert really recht reden redet
    richtig right rufe rufen ruft sage sagen sagt sagte sagten said same schaue schauen schaut scheint schlecht
    schlicht schlimm schnell schon schreibe schreiben schreibt schrieb schön schöne schönen schönes seems sehe sehen
    sehr seid sein seine seinem seinen seiner seit seitdem selber selbst selbstverständlich should sich sicher sieht
    since sind sitze sitzen sogar solche soll sollen sollst sollte sollten some something somit sondern sonst sonstige
    sorry soviel sowas spät später statt stehe stehen steht stellen stellt stets still stimmt ständig such suchen
    sucht super take taken than that their theirs them themselves then there these they thing things think this those
    through today toll tolle total trotz trotzdem tues tuns tust umsonst unbedingt under ungefähr unser unsere unserem
    unseren unserer unten unter until upon used using usual vergessen verstehe verstehen versteht versuche versuchen
    versucht very viel viele vielen vielleicht voll voller vorher vorhin völlig wann want wants waren warte warten
    wartet warum weder wegen weil weit weiter weitere weiteren weiterhin weiß welche welchem welchen welcher welches
    well wenig wenigen wenigstens wenn werde werden werdet were weshalb what when where whether which while whole
    whose wieder wieso wieviel will willst wird wirklich wirst wisse wissen wisst with within without woher wohl
    wollen wollte wolltet worauf worden would wovon wurde wurden wurdet wäre wären würde würden yeah years yesterday
    your yours yourself zehn zeigen zeigt ziehe ziehen zieht ziemlich zuerst zuletzt zumindest zunächst zurück
    zusammen zusätzlich zuvor zwar zwei zweimal zweite zwischen öfter über überhaupt übrigens
    leute heraus jahr jahre jahren minuten stunden vorsichtshalber
    """.split()  # noqa: SIM905 - that many words read better as a text
)


def content_words(text: str, author_names: tuple[str, ...] = (), language: str = "de") -> dict[str, int]:
    """Each distinct content word and its weight, in the order of the text.

    `author_names` are what the author is called on the platform; `language` is the text's (ISO 639-1).
    """
    bare = _LINK.sub(" ", text) if "@" in text or "://" in text else text
    words = dict.fromkeys([word for word in _WORD.findall(bare.lower()) if word not in STOP_WORDS], 1)
    for name in author_names:
        for word in _WORD.findall(name.casefold()):
            words.pop(word, None)
    nouns = _NOUN.findall(bare) if "#" in bare else _INNER.findall(bare)
    lowered = set(map(str.lower, nouns))
    if language == "de" and any(noun[0].isupper() and not noun.isupper() for noun in nouns):
        verbs = [word for word in words if word not in lowered and _verbal(word)]
        if verbs:
            capitals = set(map(str.lower, _CAPITAL.findall(bare)))
            for word in verbs:
                if word not in capitals:
                    del words[word]
    for word in lowered:
        if word in words:
            words[word] = NOUN
    return words if len(words) <= MAX_WORDS else dict(islice(words.items(), MAX_WORDS))


def _verbal(word: str) -> bool:
    return word.endswith(_VERBAL) or ("ge" in word and word[-1] == "t" and _PARTICIPLE.fullmatch(word) is not None)
