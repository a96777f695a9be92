"""Suggestions: what somebody would like to see made, changed or added."""

from __future__ import annotations

from feuerwache.classifier.patterns.pattern import says, words
from feuerwache.common.events.classification import Label

_OTHER = (
    "(wünsche|wünschen) [0-3] (euch|dir|ihnen|allen) [0-5] (tag|abend|wochenende|erfolg|besserung|glück|gesundheit|"
    "jahr)",
    "(schön|toll|super|gut) wäre es gewesen",
)

PATTERNS = (
    *says(
        Label.SUGGESTION,
        0.8,
        "(wäre|wär|fände) [0-3] (schön|toll|super|gut|klasse|praktisch|hilfreich|wünschenswert|wunderbar|prima|"
        "sinnvoll)",
        "(schön|toll|super|gut|klasse|praktisch|hilfreich|wünschenswert|wunderbar) (wäre|wär|fände)",
        "(mein|ein|kleiner|als|hätte) [0-2] (vorschlag|verbesserungsvorschlag|anregung|verbesserungsidee)",
        "(könnt|könntet|könnten|warum nicht|wollt) (ihr|sie|wir|man) [0-2] (nicht|vielleicht|mal|bitte|auch) "
        "[0-12] (anbieten|"
        "einbauen|ergänzen|einführen|veröffentlichen|machen|hinzufügen|bringen|herausbringen|drucken|aufnehmen)",
        "(ich|wir) (wünsche|wünschen|wünschte) (mir|uns)",
        "(bitte|doch) [0-6] (einführen|anbieten|einbauen|ergänzen|aufnehmen|hinzufügen)",
        "(ihr|man|sie) (solltet|sollte|sollten|könntet|könnte) [0-8] (anbieten|einbauen|ergänzen|einführen|"
        "verbessern|ändern|hinzufügen)",
        "(wie wäre es|wie wärs|wie wär es) mit",
        "(hätte|hätten) gern* [0-6] (in|mit|als|auch|eine|einen)",
        "(would be|itd be) (great|nice|cool|helpful)",
        "(please|you should|could you) (add|offer|bring|make|consider)",
        "(my|a) suggestion",
        unless=_OTHER,
    ),
    *words(
        Label.SUGGESTION, 0.6, "verbesserungsvorschlag* verbesserungsidee* featurewunsch* feature-request wunschliste"
    ),
)
