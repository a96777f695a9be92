"""Complaints: something is broken, late, missing, refused, dangerous; somebody wants it put right."""

from __future__ import annotations

from feuerwache.classifier.patterns.pattern import says, words
from feuerwache.common.events.classification import Label

#: The same words in praise, in a question about others, in an all-clear.
_ALL_CLEAR = (
    "(ohne|kein|keine|keinen|keinerlei|nie|selten|niemals) [0-3] (problem*|defekt*|beschwerde*|mangel|mängel|"
    "reparatur*|panne*|ärger)",
    "(läuft|funktioniert|geht|klappt) [0-2] (wieder|einwandfrei|super|prima|tadellos|bestens)",
    "(problem|fehler|defekt*) [0-4] (gelöst|behoben|repariert|erledigt)",
    "nicht (kaputt|defekt|enttäuscht|schlecht|übel|undicht)",
)

PATTERNS = (
    *says(
        Label.COMPLAINT,
        0.75,
        "(geld|kaufpreis) [0-2] zurück*",
        "(will|möchte|verlange|fordere|erwarte) [0-4] (erstattung|rückerstattung|entschädigung|schadensersatz|"
        "ersatz|umtausch)",
        "(niemand|keiner|kein mensch) [0-3] (antwortet|meldet|reagiert|hilft|zuständig|ran|erreichbar|interessiert|"
        "kümmert)",
        "(keine|nie|nicht eine|ohne) (antwort|reaktion|rückmeldung)",
        "(kein|keine) (wort|reaktion|entschuldigung|stellungnahme) (von|vom|seit)",
        "(warte|warten|gewartet) [0-3] (seit|schon|immer noch|vergeblich|vergebens|ewig)",
        "(seit|schon) [0-3] (stunden|tagen|wochen|monaten) [0-6] (warte*|nichts|niemand|keine|kein|vertröstet|"
        "hotline|warteschleife|defekt|kaputt|reparatur)",
        "(stunden|minuten|ewig|dauernd|endlos*) [0-4] (hotline|warteschleife|leitung)",
        "(hotline|leitung|warteschleife) [0-4] (niemand|keiner|überlastet|stunden|geflogen|fliegt|hänge)",
        "nie (wieder|mehr) [0-3] (kauf*|bestell*|morgenrot|produkt*|marke|euch|etwas)",
        "(finger|hände) weg",
        "(gehört|gehören|muss|müssen) [0-4] vom markt",
        "(warum|wann|wo|worauf) [0-6] (rückruf|lieferung|paket|bestellung|geld|erstattung|antwort|stellungnahme|"
        "entschuldigung) [0-6] ?",
        "(wo|wann) (bleibt|bleiben|kommt) [0-5] (lieferung|paket|bestellung|ware|ersatz*|geld|antwort|techniker)",
        "(rückruf|reaktion|stellungnahme|erklärung) (jetzt|sofort|bitte)",
        "(wann|wo) [0-2] (rückruf)",
        "(worauf|wie lange) [0-3] (wartet|warten|wollt|noch)",
        "(verbraucherschutz|verbraucherzentrale|anwalt|rechtsanwalt|gericht|anzeige) [0-6] (einschalten|geh*|"
        "informiert|post|wenden|freut|übergeben|erstatt*|meld*)",
        "(lieferung|paket|bestellung|ware) [0-5] (nicht|nie|verspätet|zu spät|unvollständig|falsch|beschädigt|"
        "verloren|fehlt)",
        "(zu spät|verspätet) (geliefert|angekommen|gekommen)",
        "(garantie|reklamation|gewährleistung|umtausch) [0-4] (abgelehnt|verweigert|ignoriert|nicht)",
        "(schon|bereits|zum) (wieder|zweiten|dritten|vierten) [0-3] (kaputt|defekt|undicht|mal|ausgefallen|reparatur)",
        "(fühle|fühl) mich [0-2] (verarscht|betrogen|verschaukelt|veräppelt|abgezockt|hintergangen|ausgenutzt)",
        "(das|ist|sind) [0-3] (unzumutbar|inakzeptabel|unverschämt|lebensgefährlich|gemeingefährlich|zu gefährlich)",
        "(ist|sind|war|echt|wirklich) [0-2] gefährlich",
        "so (geht|kann|verliert|behandelt) [0-2] (man|das|es) [0-4] (nicht|kunden)",
        "(wer|wie) [0-3] (prüft|testet|kontrolliert) [0-3] (so etwas|sowas|das|so was) [0-3] ?",
        "wie kann man [0-2] (so etwas|sowas|so was) [0-3] (verkaufen|anbieten|liefern)",
        "(schlecht*|mies*|katastrophal*|unterirdisch*) (service|kundenservice|kundendienst|qualität|verarbeitung)",
        "(service|kundendienst|qualität|support) [0-4] (schlecht*|mies*|unterirdisch*|katastroph*|keine ahnung)",
        "(geld|rechnung|kaufpreis) [0-5] (nicht|nie) [0-2] (zurückbekommen|erstattet|bekommen)",
        "(erreiche|erreicht|erreichen) [0-2] (niemand|niemanden|keinen|keiner)",
        "(ich|wir) (kündige|kündigen|reklamiere|bereue|bereuen)",
        "(rate|raten) [0-3] davon ab",
        "(mein|unser) letzter (kauf|einkauf)",
        "(ersatzteil|ersatz|techniker|paket) [0-4] (nicht|nie) [0-2] (kommt|gekommen|erschienen|da)",
        "auf (keine|meine) (mail|mails|anfrage|anfragen|nachricht|nachrichten) [0-2] (reagiert|geantwortet)",
        "(leere|nichts als|nur) versprechen",
        "(mich|uns|sich|dir) [0-4] (verbrannt|verbrüht|verletzt|geschnitten|elektrisiert)",
        "(wie viele|wieviele) [0-4] (verletzt*|verbrenn*|passier*|warten)",
        "(bringe|bring|brachte|gebracht|schicke|schick) [0-4] zurück",
        unless=_ALL_CLEAR,
    ),
    *words(
        Label.COMPLAINT,
        0.7,
        "reklamation* reklamier* mangelhaft* unbrauchbar* fehlkonstruktion* serienfehler* produktionsfehler "
        "sicherheitsrisiko zumutung frechheit unverschämtheit unverschämt unding abzocke enttäuschend* katastrophal* "
        "minderwertig* warteschleife vertröstet verschaukelt reinfall fehlkauf lieferverzug beschwerde beschwere "
        "skandal* sauladen saftladen drecksladen schämt",
        unless=_ALL_CLEAR,
    ),
    *words(
        Label.COMPLAINT,
        0.5,
        "kaputt defekt* undicht* enttäuscht enttäuschung sauer wütend verärgert ärgerlich unmöglich schrott murks "
        "pfusch gebrochen abgebrochen geplatzt explodiert ausgefallen stürzt verschimmelt schimmel qualmt raucht "
        "tropft leckt überteuert teurer unzufrieden katastrophe unfassbar schlamperei untragbar betrug vertuscht "
        "verbrannte verbrüht notaufnahme gelöscht zensur ignoriert abgelehnt rückruf",
        unless=(
            *_ALL_CLEAR,
            "(verbrannt|leckt|tropft|sauer|raucht) [0-3] (finger|lippen|zitrone*|geschmack|säure)",
            "(nicht|kein|keine|zu|etwas|leicht|schmeckt|milch) sauer",
            "(rückruf) [0-3] (läuft|ging|formular|erledigt|ausgefüllt|bekommen|gut)",
            "unfassbar (gut*|lecker*|schön*|nett*|cremig*)",
        ),
    ),
    *says(
        Label.COMPLAINT,
        0.7,
        "(refund|money back)",
        "(still|been) waiting",
        "(no|never|nobody|zero) [0-2] (response|reply|replied|answered|answers)",
        "(customer service|support) [0-3] (terrible|awful|useless|horrible|joke|worst|nonexistent)",
        "(does not|doesnt|dont|wont|not) (work|working|turn on|start)",
        "(stopped working|broke|broken|faulty|defective|leaking)",
        "(never|wont) (buy*|order*) [0-3] again",
        "(worst|terrible|awful|horrible) (product|machine|purchase|experience|company|quality)",
        "waste of money",
        unless=("(no|without) (problem|problems|issues)",),
    ),
)
