"""The watchlists that ship: what each must hear, and the harmless sentence beside it that it must not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from feuerwache.classifier.lists import load_watch
from feuerwache.classifier.model.phrases import FoldedText
from feuerwache.classifier.model.tokens import tokenise

CONFIG = Path(__file__).parents[3] / "config"
WATCH = load_watch(CONFIG)

HEARD: Mapping[str, tuple[str, ...]] = {
    "product-safety": (
        "Gibt es für die Aurora einen Rückruf?",
        "Es kam Rauch aus dem Gehäuse, als ich sie einschaltete.",
        "Der Deckel ist abgeplatzt und heißes Wasser spritzte heraus.",
    ),
    "press": (
        "Ich habe die Zeitung informiert, die melden sich bei euch.",
        "Das geht viral, wartet ab.",
        "Bitte teilen, das muss jeder sehen!",
    ),
    "legal": (
        "Meine Anwältin schreibt euch nächste Woche.",
        "Dann eben zur Verbraucherzentrale.",
        "You will hear from my lawyer.",
    ),
    "classifieds": (
        "Verkaufe meine wenig benutzte Aurora, 80 Euro VB.",
        "Suche gebrauchte Mühle, gern mit Zubehör.",
        "Zwei Siebträger abzugeben, nur Selbstabholung, 20 Euro.",
        "Selling my old grinder, pickup only.",
    ),
    "bugs": (
        "Die App stürzt seit gestern beim Öffnen ab.",
        "Beim Login kommt immer dieselbe Fehlermeldung.",
        "Seit dem Update geht der Timer nicht mehr.",
        "The app crashes on my phone.",
    ),
    "customer-questions": (
        "Gibt es den Wassertank auch einzeln zu bestellen?",
        "Wo bleibt meine Bestellung?",
        "Wie lange habe ich Garantie auf die Mühle?",
        "Kann man die Mühle bei euch reparieren lassen?",
        "Liefert ihr auch nach Österreich?",
        "Do you ship to Switzerland?",
    ),
    "piracy": (
        "Hat jemand einen Keygen für das Programm?",
        "Den Film gibt es hier gratis zum Download.",
        "Gecrackte Version, läuft ohne Lizenz.",
    ),
    "hr-topics": (
        "Wo finde ich meine Gehaltsabrechnung?",
        "Bis wann muss der Urlaubsantrag für Weihnachten drin sein?",
        "Krankmeldung: wohin schicken, seit es die eAU gibt?",
    ),
    "work-safety": (
        "Der Notausgang in Halle 3 ist mit Paletten zugestellt.",
        "An der Presse ist das Schutzgitter seit Montag ausgebaut.",
        "Gestern gab es einen Beinaheunfall mit dem Stapler.",
    ),
    "wrongdoing": (
        "Da fließt Schmiergeld, und alle wissen es.",
        "Bei uns werden Prüfprotokolle gefälscht.",
        "Das Altöl wird nachts in den Gully gekippt.",
    ),
    "trade-secrets": (
        "Streng vertraulich: die neue Rezeptur, bitte hier lesen.",
        "Das Passwort vom Testserver ist Sommer2026.",
        "Die Kundenliste habe ich im Anhang hochgeladen.",
    ),
    "employee-health": (
        "Habt ihr gehört, die Kollegin aus dem Vertrieb ist in Therapie?",
        "Unser Teamleiter hat angeblich Burnout.",
        "Stimmt es, dass Frau Beispiel schwanger ist?",
    ),
    "contact-age": (
        "wie alt bist du eigentlich?",
        "In welche Klasse gehst du?",
        "Bist du ein Mädchen?",
        "how old are you",
    ),
    "contact-channel": (
        "Gibst du mir deine Handynummer?",
        "Lass lieber auf Snapchat schreiben.",
        "Mein Insta heißt sonnenblume, schreib mir da.",
        "Add me on Discord!",
    ),
    "contact-secrecy": (
        "Sag das aber nicht deinen Eltern.",
        "Das bleibt unser Geheimnis, ja?",
        "Lösch danach den Chat.",
        "Don't tell your parents.",
    ),
    "contact-meeting": (
        "Wo wohnst du denn?",
        "Wollen wir uns mal treffen, nur wir zwei?",
        "Bist du gerade allein zu Hause?",
        "Can we meet after school?",
    ),
    "contact-picture": (
        "Schick mir mal ein Foto von dir.",
        "Mach doch mal die Cam an!",
        "Du bekommst Robux dafür.",
        "Send me a pic of you",
    ),
    "lethal-means": (
        "Wie viele davon sind tödlich?",
        "Kennt jemand eine schmerzlose Methode zu sterben?",
        "Ich könnte alle Tabletten auf einmal nehmen.",
        "What is the lethal dose?",
    ),
    "pro-ana": (
        "Suche Ana Twin für den Sommer.",
        "Hier ein bisschen Thinspo für euch.",
        "Habt ihr Tricks, um den Hunger zu unterdrücken?",
    ),
    "dosage": (
        "Nimm einfach 800 mg davon.",
        "Verdopple die Dosis, bei mir hat das geholfen.",
        "Ihr könnt ruhig zehn Tropfen nehmen.",
        "Take two pills before bed.",
    ),
    "dangerous-advice": (
        "Setz die Tabletten einfach ab, die machen nur krank.",
        "Du brauchst keinen Arzt, das vergeht.",
        "Trink jeden Morgen MMS, das reinigt.",
        "Stop taking your meds, trust me.",
    ),
    "medical-claims": (
        "Dieser Tee heilt Krebs.",
        "Von der Impfung bekommt man Autismus.",
        "Die Pharmaindustrie verschweigt uns das Heilmittel.",
        "It cures cancer, look it up.",
    ),
    "prescription-trade": (
        "Verkaufe zwei Packungen Tilidin.",
        "Habe noch Antibiotika übrig, wer braucht welche?",
        "Brauche dringend Tavor, zahle gut.",
    ),
    "side-effects": (
        "Seit den neuen Tabletten habe ich Herzrasen.",
        "Nach der Impfung bekam ich Ausschlag am Arm.",
        "Ich hatte starke Nebenwirkungen.",
    ),
    "medical-emergency": (
        "Ich bekomme keine Luft mehr, was soll ich tun?",
        "Plötzlich stechende Brustschmerzen, links.",
        "Mein Vater ist bewusstlos!",
    ),
}

NOT_HEARD: Mapping[str, tuple[str, ...]] = {
    "product-safety": (
        "Mit der French Press schmeckt es rauchig.",
        "Leider ist mir der Toast verbrannt.",
        "Ich habe einen Rückruf mit eurer Hotline vereinbart.",
    ),
    "press": (
        "Ich nehme immer die Stempelpresse.",
        "In der Zeitung stand nichts über Kaffee.",
        "Können wir uns das Paket teilen?",
    ),
    "legal": (
        "Dafür braucht ihr keinen Anwalt.",
        "Ich will nicht klagen, ich frage nur.",
        "Das Gericht war köstlich.",
    ),
    "classifieds": (
        "Verkauft ihr auch Ersatzteile?",
        "Meine Aurora würde ich nie hergeben.",
        "Ich suche die Anleitung für die Mühle.",
    ),
    "bugs": (
        "Die App gefällt mir sehr gut.",
        "Seit dem Update keine Fehlermeldung mehr, danke!",
        "Welche App nutzt ihr für Rezepte?",
    ),
    "customer-questions": (
        "Wie oft entkalkt ihr?",
        "Wer verkauft seine Aurora? Eine Freundin sucht eine.",
        "Hattest du noch Garantie?",
        "Meine Lieferung kam gestern. Was trinkt ihr heute?",
        "Wo bleibt die Garantie für die Sicherheit der Bürger?",
    ),
    "piracy": (
        "Wo kann ich den Film legal ausleihen?",
        "Bitte keine Raubkopien verlinken.",
        "Das Spiel kostet im Laden zehn Euro.",
    ),
    "hr-topics": (
        "Schönen Urlaub allerseits!",
        "Wer kommt mit in die Kantine?",
        "Die Abrechnung des Kunden stimmt nicht.",
    ),
    "work-safety": (
        "Morgen ist Schulung zum Feuerlöscher.",
        "Der Aufzug ist wieder frei.",
        "Die Presse berichtet über unser Werk.",
    ),
    "wrongdoing": (
        "Die Schulung zum Thema Bestechung ist Pflicht.",
        "Meine Rechnung ist falsch, bitte prüfen.",
        "Der Chef hat sich beim Termin vertan.",
    ),
    "trade-secrets": (
        "Wie kann ich mein Passwort zurücksetzen?",
        "Bitte niemals Zugangsdaten in den Chat schreiben.",
        "Das Rezept für den Kuchen teile ich gern.",
    ),
    "employee-health": (
        "Ich bin bis Freitag krankgeschrieben.",
        "Der Vortrag zum Thema Burnout ist um zehn.",
        "Glückwunsch, unsere Kollegin ist schwanger und feiert heute mit uns!",
    ),
    "contact-age": (
        "Wie alt ist dein Hund?",
        "Ich gehe gern in die Schule.",
        "Bist du auch so ein Fan von Fuchs Ferdinand?",
    ),
    "contact-channel": (
        "Gib nie deine Handynummer weiter!",
        "Meine Startnummer war die 12.",
        "Schreibt eure Ideen hier ins Gästebuch.",
    ),
    "contact-secrecy": (
        "Verrat das Ende vom Buch nicht!",
        "Das Geschenk ist noch geheim.",
        "Frag am besten deine Eltern.",
    ),
    "contact-meeting": (
        "Wo wohnt eigentlich der Eisbär?",
        "Wollen wir uns im Minecraft-Level treffen?",
        "Ich wohne gern auf dem Land.",
    ),
    "contact-picture": (
        "Zeigt uns ein Bild von eurem Haustier!",
        "Ich habe ein Bild gemalt.",
        "Das Video über Delfine war toll.",
    ),
    "lethal-means": (
        "Ist Schokolade für Hunde tödlich?",
        "Mir ist sterbenslangweilig.",
        "Ich nehme abends eine Tablette gegen Heuschnupfen.",
    ),
    "pro-ana": (
        "Wie gefährlich Pro-Ana-Seiten sind, zeigt der Film.",
        "Meine Freundin Ana kocht heute.",
        "Habt ihr Tipps für ein gesundes Frühstück?",
    ),
    "dosage": (
        "Mein Arzt hat die Dosis auf 20 mg erhöht.",
        "Wie viele Tropfen Öl kommen in den Teig?",
        "Dosis bitte nur mit der Ärztin ändern.",
    ),
    "dangerous-advice": (
        "Bitte nie einfach absetzen, frag erst deinen Arzt.",
        "MMS zu trinken ist lebensgefährlich.",
        "Meine Ärztin hat das Cortison langsam abgesetzt.",
    ),
    "medical-claims": (
        "Kein Tee heilt Krebs, das ist Unsinn.",
        "Mein Krebs wurde durch die Operation geheilt.",
        "Ich bin gegen Grippe geimpft.",
    ),
    "prescription-trade": (
        "Suche Erfahrungen mit Ritalin bei Erwachsenen.",
        "Brauche ich für Antibiotika ein Rezept?",
        "Ich verkaufe mein altes Fahrrad.",
    ),
    "side-effects": (
        "Bei mir gab es keine Nebenwirkungen.",
        "Welche Nebenwirkungen stehen im Beipackzettel?",
        "Nach dem Sport hatte ich Durst.",
    ),
    "medical-emergency": (
        "Wir haben vor Lachen keine Luft mehr bekommen.",
        "Letztes Jahr war ich einmal bewusstlos.",
        "Im Erste-Hilfe-Kurs üben wir, was man tut, wenn jemand bewusstlos ist.",
    ),
}


def lists_heard(text: str) -> set[str]:
    return {hit.watchlist for hit in WATCH.hits(FoldedText(text, tokenise(text)))}


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in HEARD.items() for text in texts], ids=lambda each: each[:40]
)
def test_a_list_hears_what_it_is_for(name: str, text: str) -> None:
    assert name in lists_heard(text)


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in NOT_HEARD.items() for text in texts], ids=lambda each: each[:40]
)
def test_a_list_does_not_hear_the_harmless_sentence_beside_it(name: str, text: str) -> None:
    assert name not in lists_heard(text)


def test_every_shipped_list_is_held_against_three_of_each() -> None:
    shipped = {each.id for each in WATCH.lists}
    for held in (HEARD, NOT_HEARD):
        assert shipped == set(held)
        assert all(len(set(texts)) >= 3 for texts in held.values())
