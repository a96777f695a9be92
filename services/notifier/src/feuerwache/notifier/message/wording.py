"""The fixed words of a page in German and English; what an alarm says is in `common/wording`.

A page carries numbers and a link, never a post.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from feuerwache.common.vocabulary import Language


@dataclass(frozen=True, slots=True)
class Words:
    """All the fixed words of one language."""

    language: Language
    no_figures: str
    began: str
    reach: str
    examples: str
    help: str
    help_line: str
    late: str
    repeat: str
    repeat_mark: str
    late_mark: str
    step: str
    following: str
    open: str
    opening: str
    look: str
    handed_over: str
    handed_over_mark: str
    help_wanted: str
    help_wanted_mark: str
    taken: str
    taken_mark: str
    ended: str
    ended_alone: str
    ended_mark: str
    last_resort: str
    last_resort_mark: str
    ask_again: str
    ask_again_mark: str
    yours: str
    reader: str
    zone: str
    drill: str
    trial: str
    trial_sms: str
    trial_link: str
    digest: str
    digest_one: str
    digest_many: str
    went_quiet: str
    went_quiet_since: str
    went_quiet_mark: str
    came_late: str
    came_late_mark: str
    digest_together: str
    together_many: str
    together: str
    digest_held: str
    held: str
    held_mark: str
    quiet_hours: str
    quiet_hours_mark: str
    digest_shift: str
    shift_many: str
    shift_none: str
    woken: str
    open_entry: str
    acknowledge: str
    acknowledge_all: str
    still_on_it: str
    need_help: str
    snooze: str
    repeat_mark_sms: str
    answer_sms: str
    answer_sms_all: str
    voice: str
    voice_where: str
    voice_began: str
    voice_step: str
    voice_press: str
    voice_press_all: str
    voice_look: str
    voice_percent: str
    voice_times: str
    voice_and: str


DE = Words(
    language="de",
    no_figures="Die Zahlen stehen auf der Einsatzseite.",
    began="Seit",
    reach="Reichweite",
    examples="Beispiele auf der Einsatzseite",
    help="Hier gibt es Hilfe",
    help_line="{name}: {numbers} ({note})",
    late="Diese Nachricht kommt {how_late} zu spät: Feuerwache war gestört. Die Einsatzseite ist aktuell.",
    repeat="Diese Nachricht kam vielleicht schon an: Nach einer Störung ist nicht bekannt, ob sie zugestellt wurde.",
    repeat_mark="möglicherweise doppelt",
    late_mark="{how_late} verspätet",
    step="Stufe {step}: Bisher hat niemand den Einsatz übernommen.",
    following="Übernimmt niemand, geht die nächste Stufe hinaus: {when}.",
    open="Ansehen und übernehmen",
    opening="Das Öffnen der Seite übernimmt noch nichts, das tut erst der Knopf dort.",
    look="Einsatz ansehen",
    handed_over="{by} hat Ihnen diesen Einsatz übergeben. Er gehört jetzt Ihnen; weiter alarmiert wird niemand.",
    handed_over_mark="an Sie übergeben",
    help_wanted="{by} braucht bei diesem Einsatz Verstärkung und lässt Sie dazurufen.",
    help_wanted_mark="Verstärkung gesucht",
    taken="{by} hat den Einsatz übernommen. Für Sie ist nichts zu tun.",
    taken_mark="übernommen",
    ended="{by} hat den Einsatz beendet. Für Sie ist nichts zu tun.",
    ended_alone="Der Einsatz ist beendet. Für Sie ist nichts zu tun.",
    ended_mark="beendet",
    last_resort="Alle Stufen sind durch, und niemand hat den Einsatz übernommen. Nach Ihnen kommt niemand mehr.",
    last_resort_mark="letzte Stelle",
    ask_again="Sie haben diesen Einsatz, und es hat sich lange nichts getan. Sind Sie noch dran?",
    ask_again_mark="noch dran?",
    yours="Der Link gilt nur für Sie. Bitte leiten Sie ihn nicht weiter.",
    reader="Für {name}.",
    zone="Alle Zeiten: {zone}.",
    drill="Das ist eine Übung.",
    trial="Hier wird nur geprüft, ob dieser Weg Sie erreicht. Es gibt keinen Einsatz, und Sie müssen nichts tun.",
    trial_sms="(nichts zu tun)",
    trial_link="Zu Feuerwache (Übung)",
    digest="Nachtrag: Das ist inzwischen ruhig geworden oder kam verspätet herein. Es eilt nicht mehr; bitte sehen Sie "
    "nach, sobald Sie Zeit haben.",
    digest_one="Nachtrag: {what} – {where} ({why})",
    digest_many="Nachtrag: {count} Einsätze ({why})",
    went_quiet="Inzwischen ruhig. Niemand hatte übernommen.",
    went_quiet_since="Ruhig seit {when}. Niemand hatte übernommen.",
    went_quiet_mark="{count} ruhig, unbeantwortet",
    came_late="Die Beiträge waren schon über zwei Stunden alt, als sie hier ankamen.",
    came_late_mark="{count} verspätet",
    digest_together="Mehrere Einsätze auf einmal. Bitte sehen Sie sie sich gleich an, die schwersten zuerst.",
    together_many="{count} Einsätze zugleich: {worst}",
    together="Niemand hat bisher übernommen.",
    digest_held="In kurzer Zeit kamen so viele Nachrichten an Sie, dass diese zurückgehalten wurden. Bitte sehen Sie "
    "nach.",
    held="Zurückgehalten, weil zu viele Nachrichten auf einmal kamen.",
    held_mark="{count} zurückgehalten",
    quiet_hours="Kam in der Ruhezeit herein.",
    quiet_hours_mark="{count} aus der Ruhezeit",
    digest_shift="Schichtwechsel. Das ist offen:",
    shift_many="Schichtwechsel: {count} offen",
    shift_none="Schichtwechsel: nichts offen",
    woken="Zu wenig Ruhe: {name} wurde um {at} alarmiert und sollte bis {until} ruhen. Wer kann vertreten?",
    open_entry="Offen.",
    acknowledge="Übernehmen",
    acknowledge_all="Alle übernehmen",
    still_on_it="Ich bin dran",
    need_help="Verstärkung holen",
    snooze="30 Min. zurückstellen",
    repeat_mark_sms="evtl. doppelt",
    answer_sms="1=übernehmen",
    answer_sms_all="1=alle übernehmen",
    voice="Hier ist Feuerwache, für {name}.",
    voice_where="{what}, in {where}.",
    voice_began="Es begann vor {span}.",
    voice_step="Bisher hat niemand den Einsatz übernommen.",
    voice_press="Drücken Sie 1, um den Einsatz zu übernehmen.",
    voice_press_all="Drücken Sie 1, um alle Einsätze zu übernehmen.",
    voice_look="Bitte sehen Sie auf der Einsatzseite nach.",
    voice_percent="Prozent",
    voice_times="mal",
    voice_and="und",
)

EN = Words(
    language="en",
    no_figures="The numbers are on the incident page.",
    began="Since",
    reach="Reach",
    examples="Examples on the incident page",
    help="Help is here",
    help_line="{name}: {numbers} ({note})",
    late="This message is {how_late} late: Feuerwache had an outage. The incident page is up to date.",
    repeat="You may have this message already: after an outage it is not known whether it arrived.",
    repeat_mark="possible repeat",
    late_mark="{how_late} late",
    step="Step {step}: nobody has taken the incident over so far.",
    following="If nobody takes over, the next step goes out: {when}.",
    open="Look and take over",
    opening="Opening the page takes nothing over yet; the button on it does.",
    look="Look at the incident",
    handed_over="{by} has handed this incident over to you. It is yours now; nobody else is paged.",
    handed_over_mark="handed over to you",
    help_wanted="{by} needs help with this incident and has you called in.",
    help_wanted_mark="help wanted",
    taken="{by} has taken the incident over. There is nothing for you to do.",
    taken_mark="taken over",
    ended="{by} has ended the incident. There is nothing for you to do.",
    ended_alone="The incident has ended. There is nothing for you to do.",
    ended_mark="ended",
    last_resort="All steps are through, and nobody has taken the incident over. After you there is nobody left.",
    last_resort_mark="last resort",
    ask_again="You have this incident, and nothing has happened for long. Are you still on it?",
    ask_again_mark="still on it?",
    yours="The link is yours alone. Please do not forward it.",
    reader="For {name}.",
    zone="All times: {zone}.",
    drill="This is a drill.",
    trial="It only tests whether this way reaches you. There is no incident, and nothing for you to do.",
    trial_sms="(nothing to do)",
    trial_link="To Feuerwache (drill)",
    digest="For later: this has gone quiet meanwhile, or came in late. It is no longer urgent; please look when you "
    "have time.",
    digest_one="For later: {what} – {where} ({why})",
    digest_many="For later: {count} incidents ({why})",
    went_quiet="It is quiet by now. Nobody had taken over.",
    went_quiet_since="Quiet since {when}. Nobody had taken over.",
    went_quiet_mark="{count} quiet, unanswered",
    came_late="The posts were more than two hours old when they arrived here.",
    came_late_mark="{count} late",
    digest_together="Several incidents at once. Please look at them now, the worst ones first.",
    together_many="{count} incidents at once: {worst}",
    together="Nobody has taken over so far.",
    digest_held="So many messages came to you in a short time that these were held back. Please look at them.",
    held="Held back, because too many messages came at once.",
    held_mark="{count} held back",
    quiet_hours="Came in during quiet hours.",
    quiet_hours_mark="{count} from quiet hours",
    digest_shift="Change of shifts. This is open:",
    shift_many="Change of shifts: {count} open",
    shift_none="Change of shifts: nothing open",
    woken="Too little rest: {name} was paged at {at} and should rest until {until}. Who can stand in?",
    open_entry="Open.",
    acknowledge="Take over",
    acknowledge_all="Take all of them over",
    still_on_it="I am on it",
    need_help="Call for help",
    snooze="Snooze for 30 min",
    repeat_mark_sms="may repeat",
    answer_sms="1=take over",
    answer_sms_all="1=take all over",
    voice="This is Feuerwache, for {name}.",
    voice_where="{what}, in {where}.",
    voice_began="It began {span} ago.",
    voice_step="Nobody has taken the incident over so far.",
    voice_press="Press 1 to take the incident over.",
    voice_press_all="Press 1 to take all of the incidents over.",
    voice_look="Please look at the incident page.",
    voice_percent="percent",
    voice_times="times",
    voice_and="and",
)

WORDS: Mapping[Language, Words] = {"de": DE, "en": EN}
