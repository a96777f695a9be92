"""German, English, others, and what is too short to tell."""

from __future__ import annotations

import pytest

from feuerwache.classifier.model.language import Evidence, decide, evidence
from feuerwache.classifier.model.tokens import tokenise


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Die Maschine läuft heute leider nicht.", "de"),
        ("wie oft muss ich die maschine entkalken", "de"),
        ("Ich bin so happy mit dem neuen Update der App!", "de"),
        ("The machine does not work anymore.", "en"),
        ("I love this coffee so much", "en"),
        ("Je ne suis pas content de la machine, elle est en panne.", "other"),
        ("Bu makine çok güzel ama pahalı değil", "other"),
        ("Кофемашина не работает", "other"),
        ("آلة القهوة لا تعمل", "other"),
        ("咖啡机坏了", "other"),
        ("Espresso", "und"),
        ("👍👍", "und"),
        ("", "und"),
        ("@anna https://x.example 2026", "und"),
    ],
)
def test_language(text: str, language: str) -> None:
    each = [evidence(word) for word in dict.fromkeys(token.folded for token in tokenise(text))]
    assert decide(Evidence(*(sum(column) for column in zip(*each, strict=True)) if each else ())) == language
