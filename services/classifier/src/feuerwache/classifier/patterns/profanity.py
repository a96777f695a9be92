"""Profanity: coarse words, whoever or whatever is meant. Mild ones ("verdammt lecker") weigh little."""

from __future__ import annotations

from feuerwache.classifier.patterns.pattern import words
from feuerwache.common.events.classification import Label

PATTERNS = (
    *words(
        Label.PROFANITY,
        0.85,
        "scheiße scheiß scheiss* scheis beschissen* verschissen* bescheißen fick* gefickt verfickt* ficken fuck* "
        "arsch arschloch arschlöcher arschgeige* verarsch* kacke kack beknackt* kotz* ankotz* wichser* wixer* fotze* "
        "hurensohn* hure huren schlampe* pisse pisst verpiss* drecksau* fresse sch***e scheixxe motherfuck* shit* "
        "bullshit asshole* bitch* cunt* dick* pussy wtf stfu",
        unless=("(dick|dicke|dicker|dickes|dicken|dickflüssig*|dickicht*|fickle)", "(moby|uncle) dick"),
    ),
    *words(
        Label.PROFANITY,
        0.5,
        "mist verdammt* verflucht* kruzifix himmelherrgott dreck drecks* verdammnis saublöd* sauerei verkackt* damn "
        "goddamn crap bloody",
        unless=("verdammt (gut*|lecker*|schön*|stolz|nett*)", "(misteln|mistral|mistkäfer)", "bloody mary"),
    ),
)
