"""What an answer is answered with, in German and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from feuerwache.common.vocabulary import Language


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """`{what}`: what burns and where; `{owner}`: a name; `{span}`: how long ago; `{time}`: an hour; `{mine}` of so many
    incidents."""

    language: Language
    yours: str
    still_yours: str
    theirs: str
    helped: str
    snoozed: str
    under_way: str
    ended: str
    ended_by: str
    nothing_open: str
    how: str
    unknown_incident: str
    bad_button: str
    old_button: str
    not_recorded: str
    line_owner: str
    line_ended: str
    more: str
    press: str
    several: str
    several_all: str
    several_yours: str


DE = AnswerWords(
    language="de",
    yours="Übernommen: {what}. Der Einsatz gehört jetzt Ihnen.",
    still_yours="Vermerkt, Sie sind dran: {what}.",
    theirs="Bereits von {owner} übernommen, vor {span}: {what}.",
    helped="Verstärkung wird gerufen: {what}.",
    snoozed="Zurückgestellt bis {time}: {what}.",
    under_way="Vermerkt und unterwegs: {what}.",
    ended="Schon beendet, vor {span}: {what}.",
    ended_by="Schon von {owner} beendet, vor {span}: {what}.",
    nothing_open="Für Sie ist kein Einsatz offen.",
    how="Das war nicht zu verstehen. Mit 1 übernehmen Sie den neuesten Einsatz.",
    unknown_incident="Diesen Einsatz gibt es nicht mehr.",
    bad_button="Dieser Knopf gilt nicht für Sie. Bitte nehmen Sie den Link aus Ihrer eigenen Nachricht.",
    old_button="Dieser Knopf ist abgelaufen. Bitte öffnen Sie die Einsatzseite.",
    not_recorded="Das ließ sich gerade nicht sicher vermerken. Bitte versuchen Sie es noch einmal oder öffnen Sie die "
    "Einsatzseite.",
    line_owner="Übernommen von {owner}, {time}.",
    line_ended="Beendet, {time}.",
    more="Noch {count} offen.",
    press="Drücken Sie 1, um zu übernehmen.",
    several="{mine} von {count} übernommen.",
    several_all="{count} Einsätze übernommen.",
    several_yours="Ihnen gehört jetzt: {what}.",
)

EN = AnswerWords(
    language="en",
    yours="Taken over: {what}. The incident is yours now.",
    still_yours="Noted, you are on it: {what}.",
    theirs="Already taken over by {owner}, {span} ago: {what}.",
    helped="Help is being called: {what}.",
    snoozed="Snoozed until {time}: {what}.",
    under_way="Noted and under way: {what}.",
    ended="Ended already, {span} ago: {what}.",
    ended_by="Ended already by {owner}, {span} ago: {what}.",
    nothing_open="No incident is open for you.",
    how="That was not understood. With 1 you take over the newest incident.",
    unknown_incident="This incident is not there any more.",
    bad_button="This button is not for you. Please use the link in your own message.",
    old_button="This button has ended. Please open the incident page.",
    not_recorded="This could not be put on record for sure just now. Please try again, or open the incident page.",
    line_owner="Taken over by {owner}, {time}.",
    line_ended="Ended, {time}.",
    more="{count} more open.",
    press="Press 1 to take over.",
    several="{mine} of {count} taken over.",
    several_all="{count} incidents taken over.",
    several_yours="Yours now: {what}.",
)

WORDS: Mapping[Language, AnswerWords] = {"de": DE, "en": EN}
#: To somebody of whom nothing is known, not even the language.
UNKNOWN_SENDER = (
    "Feuerwache kennt dieses Konto nicht; es steht bei niemandem in people.yaml. / "
    "Feuerwache does not know this account; nobody in people.yaml has it."
)
