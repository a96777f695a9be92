"""Sexual content and advances that have no place in a brand's community."""

from __future__ import annotations

from feuerwache.classifier.patterns.pattern import says, words
from feuerwache.common.events.classification import Label

PATTERNS = (
    *words(
        Label.SEXUAL,
        0.8,
        "porno pornos pornofilm* pornvideo* nacktbild* nacktfoto* nudes dickpic* blowjob* fickdate* sexdate* "
        "sextreffen "
        "sexchat* camgirl* bumsen wichsvorlage* titten möpse muschi nutten hentai milf onlyfans",
    ),
    *says(
        Label.SEXUAL,
        0.8,
        "(heiße|geile|willige|einsame) (frauen|girls|mädels|hausfrauen|singles|ladies)",
        "(lust|bock) auf [0-2] (sex|ficken|nacktbilder|heiße stunden|ein abenteuer im bett)",
        "(schick|schickst|zeig|zeigst|send) (mir|uns|me) [0-3] (nacktbilder|nackt|titten|brüste|nudes|höschen)",
        "(ich will|würde|möchte) [0-2] (dich|sie) [0-2] (ficken|vernaschen|flachlegen)",
        "(horny|naked|hot) (girls|singles|moms|women) (near|in|waiting)",
        unless=("(bock|lust) auf kaffee",),
    ),
)
