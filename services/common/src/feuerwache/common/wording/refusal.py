"""Why a command about an incident was refused, in German and English: for the page, the timeline and the command line.

Each sentence says what is in the way and, where there is one, what to do instead.
"""

from __future__ import annotations

from collections.abc import Mapping

from feuerwache.common.config.people import Role
from feuerwache.common.vocabulary import Language

ROLE: Mapping[Language, Mapping[Role, str]] = {
    "de": {
        Role.AGENT: "Agent",
        Role.MANAGER: "Community-Manager",
        Role.HEAD: "Leitung",
        Role.OPERATOR: "Betrieb",
    },
    "en": {
        Role.AGENT: "agent",
        Role.MANAGER: "community manager",
        Role.HEAD: "head",
        Role.OPERATOR: "operator",
    },
}

#: `{role}` is the reader's role, or that of whoever gave the command.
REFUSAL: Mapping[Language, Mapping[str, str]] = {
    "de": {
        "unknown_person": "Diese Person steht nicht (mehr) in people.yaml.",
        "not_a_person": "Ein Raum oder ein Team kann keinen Auftrag geben, nur eine Person.",
        "role": "Die Rolle {role} darf das nicht.",
        "snooze_too_long": "So lange darf die Rolle {role} nicht zurückstellen.",
        "service": "Ein Dienst darf das nicht.",
        "unknown_plan": "Dieser Einsatz hat keinen solchen Plan.",
        "unknown_step": "Diesen Schritt gibt es im Plan nicht.",
        "unknown_recipient": "Diese Person ist nicht bekannt.",
        "already_merged": "Dieser Einsatz ist schon in einem anderen aufgegangen; dort geht es weiter.",
        "already_resolved": "Dieser Einsatz ist schon beendet.",
        "unknown_target": "Den anderen Einsatz gibt es hier nicht (mehr).",
        "same_incident": "Ein Einsatz lässt sich nicht mit sich selbst zusammenlegen.",
        "other_nature": "Übungen und verspätete Einsätze lassen sich nicht mit echten und laufenden zusammenlegen.",
        "other_brand": "Zusammenlegen lassen sich nur Einsätze derselben Marke.",
        "target_resolved": "Der andere Einsatz ist schon beendet; legen Sie ihn mit diesem hier zusammen.",
        "id_taken": "Diesen neuen Einsatz gibt es schon.",
        "no_posts": "Wählen Sie die Beiträge, die ausgegliedert werden sollen.",
        "too_many_posts": "Das sind zu viele Beiträge; ausgliedern lassen sich höchstens fünf auf einmal.",
        "foreign_posts": "Diese Beiträge stammen aus einer Community, in der dieser Einsatz nicht brennt.",
        "other": "Das passt nicht zu diesem Einsatz ({reason}).",
    },
    "en": {
        "unknown_person": "This person does not (or no longer) stand in people.yaml.",
        "not_a_person": "A room or a team cannot give a command, only a person can.",
        "role": "The role {role} may not do this.",
        "snooze_too_long": "The role {role} may not snooze for so long.",
        "service": "A service may not do this.",
        "unknown_plan": "This incident has no such plan.",
        "unknown_step": "There is no such step in the plan.",
        "unknown_recipient": "This person is not known.",
        "already_merged": "This incident became part of another one already; go on there.",
        "already_resolved": "This incident is resolved already.",
        "unknown_target": "The other incident is not here (any more).",
        "same_incident": "An incident cannot be merged into itself.",
        "other_nature": "Drills and late incidents cannot be merged with real and live ones.",
        "other_brand": "Only incidents of the same brand can be merged.",
        "target_resolved": "The other incident is resolved already; merge that one into this.",
        "id_taken": "This new incident exists already.",
        "no_posts": "Choose the posts to split off.",
        "too_many_posts": "These are too many posts; five can be split off at once.",
        "foreign_posts": "These posts are from a community in which this incident does not burn.",
        "other": "This does not fit this incident ({reason}).",
    },
}


def refusal_text(reason: str, role: Role | None, language: Language) -> str:
    """A refusal as a sentence; a word of a newer writer is shown as it is."""
    texts = REFUSAL[language]
    named = ROLE[language][role] if role is not None else "?"
    return texts.get(reason, texts["other"]).format(role=named, reason=reason)
