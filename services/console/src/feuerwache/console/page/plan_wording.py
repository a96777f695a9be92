"""The words of the crisis plan and of leading an incident, in German and English. Both say the same; a test says so."""

from __future__ import annotations

from collections.abc import Mapping

from feuerwache.common.config.people import Role
from feuerwache.common.config.plan import Desk, Lever, Use
from feuerwache.common.vocabulary import Language

DESK: Mapping[Language, Mapping[Desk, str]] = {
    "de": {
        Desk.PRESS: "Presse",
        Desk.LEGAL: "Recht",
        Desk.CUSTOMER_SERVICE: "Kundendienst",
        Desk.MANAGEMENT: "Geschäftsleitung",
        Desk.SECURITY: "Sicherheit",
        Desk.PRODUCT: "Produkt und Qualität",
        Desk.TECHNOLOGY: "Technik",
        Desk.DATA_PROTECTION: "Datenschutz",
        Desk.HUMAN_RESOURCES: "Personal",
        Desk.MARKETING: "Marketing",
    },
    "en": {
        Desk.PRESS: "Press office",
        Desk.LEGAL: "Legal",
        Desk.CUSTOMER_SERVICE: "Customer service",
        Desk.MANAGEMENT: "Management",
        Desk.SECURITY: "Security",
        Desk.PRODUCT: "Product and quality",
        Desk.TECHNOLOGY: "Technology",
        Desk.DATA_PROTECTION: "Data protection",
        Desk.HUMAN_RESOURCES: "Human resources",
        Desk.MARKETING: "Marketing",
    },
}

LEVER: Mapping[Language, Mapping[Lever, str]] = {
    "de": {
        Lever.PRE_MODERATION: "Vorabprüfung",
        Lever.SLOW_MODE: "Langsamer Modus",
        Lever.COMMENTS_OFF: "Kommentare schließen",
        Lever.LINKS_OFF: "Keine Links",
        Lever.NEWCOMERS_WAIT: "Neue Konten warten",
        Lever.CAMPAIGN_PAUSED: "Werbung pausieren",
    },
    "en": {
        Lever.PRE_MODERATION: "Pre-moderation",
        Lever.SLOW_MODE: "Slow mode",
        Lever.COMMENTS_OFF: "Close comments",
        Lever.LINKS_OFF: "No links",
        Lever.NEWCOMERS_WAIT: "New accounts wait",
        Lever.CAMPAIGN_PAUSED: "Pause ads",
    },
}

USE: Mapping[Language, Mapping[Use, str]] = {
    "de": {
        Use.COMMENT: "als Kommentar",
        Use.POST: "als eigener Beitrag",
        Use.DIRECT: "als Direktnachricht",
        Use.INTERNAL: "nur im Haus",
    },
    "en": {
        Use.COMMENT: "as a comment",
        Use.POST: "as a post of its own",
        Use.DIRECT: "as a direct message",
        Use.INTERNAL: "inside the house only",
    },
}

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

#: Why a command was refused; `{role}` is the reader's role, or that of whoever gave it.
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
        "other": "This does not fit this incident ({reason}).",
    },
}

#: What somebody wanted who was refused, by the name of the command's class.
WANTED: Mapping[Language, Mapping[str, str]] = {
    "de": {
        "Acknowledge": "übernehmen",
        "Resolve": "beenden",
        "Snooze": "zurückstellen",
        "HandOver": "übergeben",
        "NeedHelp": "Verstärkung rufen",
        "Merge": "zusammenlegen",
        "Split": "ausgliedern",
        "Comment": "kommentieren",
        "TickPlanStep": "abhaken",
        "Declare": "einen Einsatz ausrufen",
        "Mute": "dämpfen",
    },
    "en": {
        "Acknowledge": "take over",
        "Resolve": "resolve it",
        "Snooze": "snooze it",
        "HandOver": "hand it over",
        "NeedHelp": "call for help",
        "Merge": "merge it",
        "Split": "split it",
        "Comment": "comment",
        "TickPlanStep": "tick a step",
        "Declare": "declare an incident",
        "Mute": "mute",
    },
}

PLAN_UI: Mapping[Language, Mapping[str, str]] = {
    "de": {
        "plan": "Einsatzplan",
        "progress": "{done} von {all} Schritten erledigt",
        "due": "bis {at}",
        "overdue": "war fällig bis {at}",
        "ticked": "{who}, {at}",
        "tick": "Abhaken",
        "untick": "Erledigt; wieder öffnen",
        "ticking": "wird eingetragen …",
        "helplines": "Hilfe und Notruf",
        "inform": "Wer im Haus Bescheid wissen muss",
        "not_yet": "ab Stufe {severity}",
        "statements": "Vorbereitete Worte",
        "statements_hint": "Die Lücken in eckigen Klammern ausfüllen, nichts versprechen, was noch nicht feststeht.",
        "copy_text": "Kopieren",
        "copied": "Kopiert",
        "selected": "Markiert, jetzt kopieren",
        "switch": "Was sich schalten lässt",
        "switch_hint": "Geschaltet wird auf der Plattform selbst; bitte als Kommentar festhalten.",
        "texts_gone": "Die Texte zu diesem Plan stehen nicht mehr in der Konfiguration; die Liste gilt weiter.",
        "lead": "Einsatz führen",
        "comment": "Kommentar",
        "comment_hint": "Steht für alle im Verlauf.",
        "comment_send": "In den Verlauf schreiben",
        "help": "Verstärkung rufen",
        "help_hint": "Die nächste Stufe wird sofort alarmiert, der Einsatz bleibt, wo er ist.",
        "hand_over": "Übergeben an",
        "hand_over_send": "Übergeben",
        "hand_over_hint": "Die Person wird sofort alarmiert; ist sie nicht zu erreichen, wird neu alarmiert.",
        "snooze": "Zurückstellen für",
        "snooze_send": "Zurückstellen",
        "minutes": "{count} Minuten",
        "hours": "{count} Stunden",
        "hour": "1 Stunde",
        "merge": "Zusammenlegen mit",
        "merge_send": "Zusammenlegen",
        "merge_hint": "Dieser Einsatz endet und geht in dem anderen auf.",
        "split": "Beiträge ausgliedern",
        "split_send": "Eigenen Einsatz daraus machen",
        "not_allowed": "Als {role} können Sie hier nicht: {list}.",
        "false_alarm_hint": "„Fehlalarm“ hebt für diese Community und diese Art von Alarm die Schwelle eine Weile an "
        "und zählt gegen den Melder. Für einen echten, aber harmlosen Vorfall bitte „Hat sich beruhigt“ nehmen.",
        "pending_order": "Wird ausgeführt …",
        "refused": "Das ging nicht: {reason}",
        "post_mortem": "Nachbesprechung: Entwurf als Markdown öffnen",
        "news": "Es gibt Neues zu diesem Einsatz.",
        "reload": "Seite neu laden",
        "not_allowed_title": "Das dürfen Sie hier nicht",
        "not_allowed_text": "Wer was darf, steht in docs/roles.md; Ihre Rolle steht in people.yaml.",
    },
    "en": {
        "plan": "Crisis plan",
        "progress": "{done} of {all} steps done",
        "due": "by {at}",
        "overdue": "was due by {at}",
        "ticked": "{who}, {at}",
        "tick": "Tick off",
        "untick": "Done; open again",
        "ticking": "being written down …",
        "helplines": "Help and emergency numbers",
        "inform": "Who in the house must know",
        "not_yet": "from severity {severity} on",
        "statements": "Prepared words",
        "statements_hint": "Fill in the blanks in square brackets; promise nothing that is not certain yet.",
        "copy_text": "Copy",
        "copied": "Copied",
        "selected": "Selected, copy it now",
        "switch": "What can be switched",
        "switch_hint": "Switch it on the platform itself; please write down what was switched as a comment.",
        "texts_gone": "The texts of this plan are no longer in the configuration; the checklist still holds.",
        "lead": "Lead the incident",
        "comment": "Comment",
        "comment_hint": "Stands in the timeline for everybody.",
        "comment_send": "Write it into the timeline",
        "help": "Call for help",
        "help_hint": "The next step is paged at once; the incident stays where it is.",
        "hand_over": "Hand over to",
        "hand_over_send": "Hand over",
        "hand_over_hint": "This person is paged at once; if nobody is reached, paging begins again.",
        "snooze": "Snooze for",
        "snooze_send": "Snooze",
        "minutes": "{count} minutes",
        "hours": "{count} hours",
        "hour": "1 hour",
        "merge": "Merge into",
        "merge_send": "Merge",
        "merge_hint": "This incident ends and goes on as part of the other one.",
        "split": "Split off posts",
        "split_send": "Make them an incident of their own",
        "not_allowed": "As {role} you cannot do this here: {list}.",
        "false_alarm_hint": '"False alarm" raises the bar for this community and this kind of alarm for a while and '
        'counts against the detector. For a real but harmless event please choose "Calmed down".',
        "pending_order": "Being carried out …",
        "refused": "This was not possible: {reason}",
        "post_mortem": "Post-mortem: open the draft as Markdown",
        "news": "There is news about this incident.",
        "reload": "Reload the page",
        "not_allowed_title": "You may not do this here",
        "not_allowed_text": "Who may do what is in docs/roles.md; your role stands in people.yaml.",
    },
}


def refusal_text(reason: str, role: Role | None, language: Language) -> str:
    """A refusal as a sentence; a word of a newer writer is shown as it is."""
    texts = REFUSAL[language]
    named = ROLE[language][role] if role is not None else "?"
    return texts.get(reason, texts["other"]).format(role=named, reason=reason)
