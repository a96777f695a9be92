"""Self-harm: somebody may be in danger from themselves. Missed ones cost more than a kind question too many."""

from __future__ import annotations

from feuerwache.classifier.patterns.pattern import says
from feuerwache.common.events.classification import Label

_EXAGGERATION = (
    "(kaffee|espresso|koffein|tee|schokolade|kuchen|lachen|neugier|langeweile|hunger|vorfreude)",
    "(telefonseelsorge|hilfsangebot|beratungsstelle|krisendienst|hotline)",
)

PATTERNS = (
    *says(
        Label.SELF_HARM,
        0.92,
        "ich (will|möchte|mag|kann) [0-3] (nicht|nimmer|nie) (mehr|länger) [0-2] (leben|weiterleben|aufwachen)",
        "ich (will|möchte|werde) [0-3] (sterben|mich umbringen|tot sein)",
        "ich (bring|bringe) mich [0-2] um",
        "(ich|mache|mach) [0-2] schluss mit (dem|meinem) leben",
        "(mir|ich) [0-3] das leben (nehmen|nehme)",
        "mich [0-3] (umbringen|aufhängen|erhängen|umzubringen|erschießen)",
        "(wäre|bin) ich [0-2] (lieber|besser|am liebsten) tot",
        "(ritze|ritz|schneide) (ich|) mich [0-3] (wieder|auf|seit|jeden|jede)",
        "(selbstmord|suizid) [0-4] (begehen|begehe|nachgedacht|einziger ausweg)",
        "(selbstmordgedanken|suizidgedanken|suizidal)",
        "(wäre|wärt|wären|ginge) [0-4] ohne mich [0-2] (besser|leichter|dran)",
        "(wäre|wären|ginge) [0-4] (besser|leichter) [0-3] ohne mich",
        unless=_EXAGGERATION,
    ),
    *says(
        Label.SELF_HARM,
        0.62,
        "(hat|macht) (alles|doch|für mich|) (keinen|kein) sinn mehr",
        "(sehe|seh|gibt) [0-3] keinen (ausweg|grund) mehr",
        "ich halte [0-2] nicht mehr aus",
        "(abschied|lebt wohl|lebwohl) [0-4] (für immer|letztes mal)",
        "morgen [0-3] (alles vorbei|nicht mehr da)",
        "niemand [0-2] (würde|wird) [0-2] mich (vermissen|brauchen)",
        unless=(*_EXAGGERATION, "(lärm|hitze|krach|werbung|warten|spannung)"),
    ),
    *says(
        Label.SELF_HARM,
        0.9,
        "i (want|wanna|need|am going|m going|gonna) (to|) (die|kill myself|end it all)",
        "(kill|killing|hurt|hurting|cut|cutting) myself",
        "(end|ending|take|taking) my own life",
        "i (dont|do not|cant|can not) (want to|wanna|) (live|be here|go on) [0-1] (anymore|any more|longer)",
        "(suicidal|self harm)",
        "better off without me",
        unless=("(coffee|laughing|chocolate|hotline)",),
    ),
)
