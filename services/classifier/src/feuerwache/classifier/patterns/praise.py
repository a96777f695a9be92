"""Praise and thanks."""

from __future__ import annotations

from feuerwache.classifier.patterns.pattern import says, words
from feuerwache.common.events.classification import Label

#: Thanks for nothing, and what is great only in quotation marks.
_BITTER = (
    "danke für (nichts|gar nichts|nix)",
    "(nicht|kaum|wenig|weniger|keineswegs|nie) [0-2] (gut|toll|super|empfehlenswert|zufrieden|begeistert|hilfreich|"
    "schön|freundlich)",
    "(👏|🙃|🤡|😡|🤬|😤)",
    "(toll|super|klasse|bravo|großartig|prima) [0-6] (nicht mehr|kaputt|defekt|schon wieder|nichts)",
)

PATTERNS = (
    *says(
        Label.PRAISE,
        0.8,
        "(vielen|herzlichen|lieben|besten|tausend|recht herzlichen) dank",
        "(danke|dank) (an|euch|dir|ihnen|für|fürs|schön|sehr|dafür|euer|dem|der)",
        "(bin|sind|war|waren) [0-3] (begeistert|zufrieden|verliebt|happy|hin und weg|glücklich|beeindruckt)",
        "(kann|können|würde) [0-5] (empfehlen|weiterempfehlen)",
        "(großes|dickes|riesen|ein) lob",
        "(hut ab|chapeau|daumen hoch|weiter so|gut gemacht|macht weiter so)",
        "(schmeckt|riecht|klappt|funktioniert|läuft) [0-3] (super|toll|prima|herrlich|köstlich|fantastisch|"
        "wunderbar|hervorragend|bestens|einwandfrei|wie neu)",
        "(ist|sind|war|eine|echt|das) [0-2] (der hammer|der killer|eine wucht|ein traum|ein gedicht|gold wert|"
        "spitze|die wucht)",
        "(freue|freuen|gefreut|freut) (mich|uns|sich)",
        "(liebe|mag|lieben) [0-3] (maschine|kaffee|espresso|forum|marke|team|produkte|euch|duft|geruch)",
        "(thank you|thanks)",
        "(love|loving) [0-2] (it|this|my|your|the)",
        "(great|excellent|amazing|awesome|fantastic) (product|service|machine|coffee|job|team|support)",
        "(highly recommend|well done|keep it up)",
        unless=(*_BITTER, "no thanks"),
    ),
    *words(
        Label.PRAISE,
        0.55,
        "danke super toll klasse prima großartig* wunderbar* hervorragend* fantastisch* genial* spitze spitzenmäßig "
        "perfekt* lecker* köstlich* begeistert zuverlässig* hilfsbereit* traumhaft* empfehlenswert* herrlich* "
        "wunderschön* sensationell* exzellent* vorbildlich* respekt bravo glückwunsch ❤ 😍 🥰 👍 perfect excellent "
        "delicious awesome wonderful",
        unless=_BITTER,
    ),
)
