"""Insults: what the words of abuse for people are, and how they are said to somebody's face.

Mild ones said of oneself or of things ("ich Depp", "so ein dummer Fehler") are taken back. What is learnt from data
stands beside this: the higher of the two scores counts.
"""

from __future__ import annotations

from feuerwache.classifier.patterns.pattern import says, words
from feuerwache.common.events.classification import Label

_OF_ONESELF = (
    "ich (bin|war) [0-3] (so ein|ein|einfach|wohl|zu|)",
    "ich (depp|trottel|idiot|esel|dussel|blödmann|dummkopf)",
    "(idiotensicher*|idiotisch einfach)",
    "(kein|keine|keinen|nicht) (idiot*|dumm*|blöd*|depp|vollidiot*)",
    "(dumme|blöde|doofe) (frage|fragen|idee|sache|angewohnheit)",
)

PATTERNS = (
    *words(
        Label.INSULT,
        0.85,
        "arschloch arschlöcher arschgesicht* wichser* wixer* hurensohn* hurensöhn* missgeburt* drecksau* drecksack "
        "dreckspack drecksladen drecksverein scheißladen scheissverein hackfresse* fotze* "
        "schlampe* "
        "vollidiot* vollpfosten volltrottel vollhonk vollspast* spasti spast schwachkopf schwachköpf* hohlkopf "
        "hohlköpf* hirntot* hirnlos* flachpfeife* pfeifenkopf dumpfbacke* arschgeige* arschkriecher* bastard* "
        "lügenpack gesindel abschaum pack* untermensch* kretin dreckskerl mistkerl miststück halbaffe* affenhirn",
        unless=("(pack|packt|packen|packst) [0-4] (ein|aus|an|mit|es)", "(pack*|packung|packungen|päckchen)"),
    ),
    *words(
        Label.INSULT,
        0.72,
        "idiot idioten idiotin trottel depp deppen deppert* vollpfosten schwachsinnig* versager versagern pfosten "
        "penner "
        "schweine drecks* betrügerpack gauner abzocker abzockerbande verbrecherbande lügner verlogen* unfähiger "
        "unfähige unfähigen knallkopf blödmann blödmänner dummkopf dummköpfe spinner honk affen clowns luschen "
        "lappen "
        "penetrant* dummschwätzer* dampfplauderer wendehals rindvieh hornochse* esel* pappnase* pappnasen schnösel",
        unless=(
            *_OF_ONESELF,
            "(waschlappen|putzlappen|lappen) [0-4] (wisch*|feucht*|trocken|reinig*|putz*|sauber*)",
            "(feucht*|trocken*|weich*|sauber*|einem|einen|mit) [0-2] lappen",
            "(zirkus|zoo|stall|bauernhof|tierpark) [0-9] (affen|esel|clowns|schweine)",
            "(affen|esel|clowns|schweine) [0-9] (zirkus|zoo|stall|bauernhof|tierpark)",
            "(eselsbrücke*|eselsohr*|affenstark*|affengeil*)",
            "(lügner|spinner) [0-3] (angel|wolle|köder)",
        ),
    ),
    *says(
        Label.INSULT,
        0.86,
        "(du|ihr|sie) [0-3] (idiot|idioten|idiotin|trottel|depp|deppen|versager|affe|affen|penner|clown|clowns|esel|"
        "lügner|spinner|dummkopf|dummköpfe|sau|schwein|schweine|lappen|lusche|luschen|honk|blödmann|ochse|ziege|kuh)",
        "(halt|haltet|halts) [0-2] (die|dein|deine|eure|s|) (klappe|maul|fresse|schnauze)",
        "(du|ihr|sie) (bist|seid|sind) [0-4] (dumm|dämlich|blöd|bescheuert|bekloppt|behindert|gestört|hirnlos|"
        "unfähig|"
        "erbärmlich|lächerlich|ekelhaft|widerlich|hässlich|wertlos|armselig|strohdumm|das letzte|verlogen)",
        "(so|zu|wie) (dumm|dämlich|blöd|doof) [0-3] (kann|muss|seid|bist|zum|um|wie)",
        "(leck|leckt) (mich|uns) (am|doch)",
        "(fick|fickt|verpiss|verpisst|schleich|schleicht) (dich|euch)",
        "(dumme|dummer|blöde|blöder|dämliche|hässliche|fette|faule|alte) (kuh|sau|ziege|schlampe|gans|hund|schwein|"
        "säcke|sack)",
        "(nichts|nix|stroh|luft|scheiße) im (kopf|hirn|schädel)",
        "(euer|dein|eure|deine) [0-1] (spatzenhirn|erbsenhirn|gehirn ausgeschaltet|hirn ausgeschaltet)",
        unless=_OF_ONESELF,
    ),
    *says(
        Label.INSULT,
        0.55,
        "von (dir|euch) kommt [0-3] (nie|nichts|nix)",
        "(was|ihr|du) [0-3] (saubande|bande|verein|haufen) [0-2] (unfähig*|lügner|amateure|dilettanten)",
        # Said of a firm rather than of people: hard, and mostly a complaint.
        "(saftladen|sauladen|saustall|chaosladen)",
        "(amateure|dilettanten|stümper|nichtskönner|witzfigur*|hampelmänner|schlafmützen)",
        unless=(*_OF_ONESELF, "(😊|😄|😂|😉|😅)"),
    ),
    *words(
        Label.INSULT,
        0.85,
        "asshole* motherfucker* dickhead* shithead* dumbass* jackass* dipshit scumbag* douchebag* bitch bitches "
        "cunt* "
        "retard* wanker* twat bastards fuckwit* fucktard*",
    ),
    *says(
        Label.INSULT,
        0.85,
        "(you|u|youre|ur) [0-3] (idiot|idiots|moron|morons|loser|losers|clown|clowns|pig|pigs|scum|trash|imbecile)",
        "(shut|stfu) (up|the fuck up)",
        "(you|they) (are|re) [0-3] (stupid|dumb|pathetic|disgusting|worthless|brainless|braindead)",
        "fuck (you|off|yourself)",
        "(idiots|morons|imbeciles)",
        unless=("(not|no) [0-1] (stupid|dumb|idiot|idiots)",),
    ),
)
