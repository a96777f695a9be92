"""What each label's patterns must find, and what looks like it and is none."""

from __future__ import annotations

import pytest

from feuerwache.classifier.model.expression import parse
from feuerwache.classifier.model.phrases import FoldedText
from feuerwache.classifier.model.recognised import Recogniser
from feuerwache.classifier.model.tokens import tokenise
from feuerwache.classifier.patterns import PATTERNS
from feuerwache.common.events.classification import Label

RECOGNISER = Recogniser()

HITS: dict[str, list[str]] = {
    Label.THREAT: [
        "Ich bring dich um!",
        "Ich weiß, wo du wohnst.",
        "Wir wissen genau, wo eure Chefin wohnt.",
        "Ich komme heute Nacht vorbei, dann brennt euer Laden.",
        "Pass auf, wenn du im Dunkeln nach Hause gehst.",
        "Solche wie du gehören erschossen.",
        "Ich schlag dir die Zähne aus.",
        "Warte nur, bis ich vor deiner Tür stehe.",
        "I know where you live.",
        "I will kill you.",
    ],
    Label.SELF_HARM: [
        "Ich will einfach nicht mehr leben.",
        "Ich möchte sterben.",
        "Ohne mich wäre es besser? Ihr wärt ohne mich besser dran.",
        "Ich habe Suizidgedanken.",
        "I want to die.",
        "I don't want to live anymore",
    ],
    Label.INSULT: [
        "Du Idiot!",
        "Was seid ihr für Vollidioten.",
        "Halt einfach die Klappe.",
        "Du bist so dumm.",
        "Halt dein Maul, du 1diot",
        "You are pathetic.",
    ],
    Label.PROFANITY: ["So eine Scheiße.", "Das ist beschissen.", "WTF", "sch***e"],
    Label.SEXUAL: ["Einsame Hausfrauen warten auf dich", "Schick mir mal Nacktbilder"],
    Label.SPAM: [
        "Verdiene 5000 Euro pro Woche von zuhause!",
        "Klick hier: https://win.example",
        "Follower kaufen, günstig!",
        "Kredit ohne Schufa, sofort",
    ],
    Label.COMPLAINT: [
        "Ich will mein Geld zurück.",
        "Seit drei Wochen warte ich auf Ersatz.",
        "Niemand meldet sich bei mir.",
        "Wo bleibt meine Lieferung?",
        "Nie wieder kaufe ich bei euch.",
        "Finger weg von dem Ding!",
        "I want a refund.",
    ],
    Label.PRAISE: ["Vielen Dank für die Hilfe!", "Ich bin begeistert.", "Ein großes Lob an das Team.", "Weiter so!"],
    Label.QUESTION: [
        "Wie entkalke ich die Maschine?",
        "Hat jemand einen Tipp?",
        "Kurze Frage zum Filter",
        "Where can I buy it?",
    ],
    Label.SUGGESTION: [
        "Eine grüne Variante wäre schön.",
        "Ich wünsche mir einen Timer.",
        "Könntet ihr nicht mal Kekse anbieten?",
    ],
}

NEAR_MISSES: dict[str, list[str]] = {
    Label.THREAT: [
        "Das Update ist der Killer.",
        "Ich bring dich um den Schlaf mit meinen Fragen.",
        "Meine Frau bringt mich um, wenn die Maschine wieder streikt 😅",
        "Ich weiß nicht, wo du deine Bohnen kaufst.",
        "Wir schlagen euch beim Quiz!",
        "Noch einmal so etwas und ich kaufe woanders!",
        "Das wirst du nicht bereuen, probier es!",
        "Ich mache euch einen Vorschlag.",
        "Der Toaster brennt, wenn man ihn abdeckt.",
        "Ich hole dich am Bahnhof ab.",
    ],
    Label.SELF_HARM: [
        "Ohne Kaffee sterbe ich morgens 😂",
        "Ich will ohne Kaffee nicht mehr leben.",
        "Gut, dass es die TelefonSeelsorge gibt.",
        "Ich kann nicht mehr, so satt bin ich.",
        "Die Maschine macht Schluss mit kaltem Kaffee.",
    ],
    Label.INSULT: [
        "Idiotensicher erklärt, danke!",
        "Ich Depp habe den Stecker vergessen.",
        "Mit einem feuchten Lappen abwischen.",
        "Im Zoo haben wir die Affen gesehen.",
        "Das ist eine dumme Angewohnheit von mir.",
        "Pack die Tasse ein, ich hole das Paket.",
        "Ich bin nicht dumm.",
        "Was für ein Saftladen!",
    ],
    Label.PROFANITY: ["Nimm dicke Milch.", "Das ist verdammt lecker.", "Der Mistral weht."],
    Label.SEXUAL: ["Heiße Milch und Kaffee", "Ich habe Lust auf Kuchen."],
    Label.SPAM: [
        "Ich teile gern mein Rezept.",
        "Wer hat beim Röster gewonnen?",
        "Die Anleitung steht hier: https://m.example",
    ],
    Label.COMPLAINT: [
        "Läuft seit Jahren ohne Probleme.",
        "Das Problem ist gelöst, danke!",
        "Wer verkauft seine Maschine?",
        "Die Zitrone ist mir zu sauer.",
        "Wie oft entkalkt ihr?",
        "Ich schicke dir das Rezept.",
    ],
    Label.PRAISE: ["Danke für nichts.", "Toll, jetzt ist sie kaputt."],
    Label.QUESTION: ["Das weiß ich.", "Was soll das?", "Geht's noch?"],
    Label.SUGGESTION: ["Ich wünsche euch einen schönen Tag.", "Das ist schön."],
}


def score(label: str, text: str) -> float:
    return RECOGNISER.recognise(FoldedText(text, tokenise(text))).scores().get(label, 0.0)


@pytest.mark.parametrize(("label", "text"), [(label, text) for label, texts in HITS.items() for text in texts])
def test_is_found(label: str, text: str) -> None:
    assert score(label, text) >= 0.6, text


@pytest.mark.parametrize(("label", "text"), [(label, text) for label, texts in NEAR_MISSES.items() for text in texts])
def test_near_misses_are_left_alone(label: str, text: str) -> None:
    assert score(label, text) < 0.6, text


def test_every_pattern_can_be_read_and_has_a_weight() -> None:
    for pattern in PATTERNS:
        parse(pattern.say)
        for guard in pattern.unless:
            parse(guard)
        assert 0.0 < pattern.weight < 1.0


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("Ruft an: 0151 23456789", 0.85, 1.0),
        ("+49 (911) 1234567", 0.85, 1.0),
        ("Er wohnt im Lindenweg 4 in 90402 Nürnberg.", 0.75, 1.0),
        ("Hauptstraße 12, 80331 München", 0.75, 1.0),
        ("DE89 3704 0044 0532 0130 00", 0.98, 1.0),
        ("DE00 0000 0000 0000 0000 00", 0.7, 0.9),
        ("schreibt an erika.mustermann@post.example", 0.7, 1.0),
        ("schreibt an service@morgenrot.example", 0.0, 0.3),
        ("Bestellung 4711-0815 ist nicht da", 0.0, 0.4),
        ("Bestellnummer 0471108151234", 0.0, 0.4),
        ("am 01.02.2024 um 08:15", 0.0, 0.1),
        ("kostet 0,99 oder 1.299 Euro", 0.0, 0.1),
        ("TelefonSeelsorge 0800 111 0 111", 0.0, 0.4),
        ("Auf dem Heimweg 3 Kaffee", 0.0, 0.1),
        ("Grüße aus Musterstadt!", 0.0, 0.1),
        ("Seite 7, Stufe 12", 0.0, 0.1),
    ],
)
def test_personal_data(text: str, least: float, most: float) -> None:
    assert least <= score(Label.PERSONAL_DATA, text) <= most
