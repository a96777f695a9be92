"""Questions that want an answer; rhetorical ones ("Geht's noch?") do not."""

from __future__ import annotations

from feuerwache.classifier.patterns.pattern import says
from feuerwache.common.events.classification import Label

_RHETORICAL = (
    "(gehts|geht es) noch ?",
    "was soll das",
    "(wer|was) [0-2] (denkt|glaubt|meint) ihr [0-4] ?",
    "(ist das|soll das) [0-2] (euer|ihr|dein) ernst",
    "are you (kidding|serious)",
)

PATTERNS = (
    *says(
        Label.QUESTION,
        0.85,
        "(wie|wo|wann|warum|wieso|weshalb|welche|welcher|welches|welchen|wer|wem|wen|woher|wohin|womit|wofür|wozu|"
        "worauf|was|"
        "wieviel|wieviele) [0-30] ?",
        "(hat|habt|haben|kann|könnt|könnte|können|kennt|gibt|weiß|weiss|ist|sind|geht|darf|dürfen|muss|müssen|soll|"
        "sollte|"
        "nutzt|nehmt|macht|macht|trinkt|benutzt|wisst|würdet|passt|lohnt) (jemand|ihr|einer|man|es|sie|er|ich|wir|"
        "das|der|"
        "die|mir|sich|wer|eigentlich|schon|noch|euch) [0-30] ?",
        "(kurze|eine|meine|blöde|dumme) frage",
        "(würde|wüsste|möchte) [0-2] gern* wissen",
        "(what|where|when|why|how|which|who|does|do|can|could|is|are|has|anyone) [0-30] ?",
        unless=_RHETORICAL,
    ),
    *says(
        Label.QUESTION,
        0.6,
        "(der|die|das|ein|eine|ihr|wir|ich|es|euch|bohnen|maschine|kaffee|noch|auch|jemand|oder) [0-12] ?",
        unless=_RHETORICAL,
    ),
)
