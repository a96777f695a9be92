"""Threats: somebody announces harm to a person or a place. Figures of speech about sleep and coffee do not."""

from __future__ import annotations

from feuerwache.classifier.patterns.pattern import says
from feuerwache.common.events.classification import Label

_YOU = "(dich|euch|sie|ihn|ihm|dir|ihnen|den|die|diesen|diese|eure|eurem|euren|deine|deinen)"
#: Things that are "killed", "beaten" and "finished" in friendly talk.
_FIGURES = (
    "um (den|meinen|deinen|euren|eueren) (schlaf|verstand|letzten)",
    "um (die|meine|eure|deine) (nachtruhe|ruhe|nerven|geduld)",
    "(vor|aus) (lachen|freude|liebe|langeweile|neugier)",
    "(kaffee|espresso|spiel|schach|quiz|tischtennis) [0-2] (schlagen|fertig)",
    "(nicht|niemals|nie) (umbringen|töten|verletzen)",
)

PATTERNS = (
    *says(
        Label.THREAT,
        0.92,
        f"(ich|wir|man) (bring|bringe|bringen|mach|mache|machen) {_YOU} [0-3] (um|kalt|fertig|platt)",
        f"(ich|wir) (töte|töten|ermorde|ermorden|erschieße|erschießen|erschlage|erschlagen|erwürge|ersteche) {_YOU}",
        f"(ich|wir) (werde|werden|will|wollen|könnte) {_YOU} [0-4] (umbringen|töten|erschießen|abstechen|erschlagen|"
        "verprügeln|kaltmachen|umlegen|abknallen|totschlagen)",
        f"(ich|wir) (stech|steche|stechen|knall|knalle|knallen|leg|lege|schlag|schlage|schlagen) {_YOU} [0-4] (ab|"
        "um|tot|nieder|zusammen|kaputt)",
        "(ich|wir) (schlag|schlage|schlagen|hau|haue|hauen|polier|poliere) (dir|euch|ihm|ihnen) [0-3] (fresse|"
        "schädel|zähne|gesicht|visage)",
        "(ich|wir) (breche|brech|brechen) (dir|euch|ihm) [0-2] (knochen|beine|genick|finger|hals)",
        "(ich|wir) (zünde|zünd|zünden|fackel|fackle|fackeln|sprenge|sprengen) [0-5] (an|ab|hoch|luft)",
        "(ich|wir) komm* [0-6] (vorbei|zu|nachts) [0-5] (brennt|brennen|knallt|messer|benzin|bereuen)",
        "(du|ihr|der|die|er|sie) (wirst|werdet|wird|werden) [0-2] (brennen|bluten|sterben|büßen) (müssen|)",
        "(heute|morgen|bald) [0-2] (nacht|abend|früh|) [0-4] (stirbst|sterbt|brennt) [0-2] (du|ihr|euer|eure|dein|"
        "deine)",
        "(dann|bald|morgen|heute) brennt [0-2] (euer|eure|dein|deine) (laden|haus|werk|auto|bude|hütte|büro|firma)",
        "(dein|euer|eure|deine) (laden|haus|werk|auto|bude|hütte|büro|firma) [0-3] (brennt|brennen|anzünden|abfackeln)",
        unless=_FIGURES,
    ),
    *says(
        Label.THREAT,
        0.88,
        "(ich|wir) (weiß|weiss|wissen) [0-2] wo [0-5] (wohnst|wohnt|wohnen|arbeitest|arbeitet|schläfst|parkst|"
        "zuhause|lebst|lebt)",
        f"(ich|wir) (finde|find|finden|kriege|krieg|kriegen|hole|holen) {_YOU} [0-4] (gott|alle|schon|noch|verlass)",
        "(gnade|gnad) (dir|euch|ihm) gott",
        "(pass|passt|passen) [0-2] (auf|bloß|gut) [0-6] (treppe|dunkeln|heimweg|nachts|kinder|familie|umdrehen|rücken)",
        "(du|ihr) [0-2] (kommst|kommt|kommen) [0-2] (nicht|nie) (mehr|) (lebend|lebendig|heil)",
        "(deine|eure) [0-2] (kinder|familie|frau|tochter|mutter) [0-3] (finden|büßen|dran|holen)",
        "(warte|wart|wartet) (nur|bloß|bis) [0-6] (tür|haustür|erwische|kriege|allein|vorbeikomme)",
        "(kugel|messer) (in|zwischen) [0-2] (kopf|rippen|rücken|bauch)",
        "(man|wir|ich) (sollte|sollten|müsste|gehört) [0-4] (erschießen|aufhängen|vergasen|abknallen|steinigen|"
        "lynchen)",
        "(gehört|gehören|gehörst) [0-3] (erschossen|aufgehängt|vergast|abgeknallt|gesteinigt|an die wand)",
        "an die wand (gestellt|stellen)",
        unless=(*_FIGURES, "(zeitung|paket|katze|kater|rezept|schnäppchen|angebot|fehler|lösung)"),
    ),
    *says(
        Label.THREAT,
        0.65,
        "(pass|passt) (bloß|nur) auf",
        "(dich|euch) (kriegen|kriege|krieg|finde|finden|erwischen) (wir|ich) [0-2] (noch|schon)",
        "(das|ihr|du) [0-4] (wirst|werdet) [0-3] bereuen",
        "(man|wir) (sieht|sehen) sich [0-2] (zweimal|wieder) [0-2] (dann|warte|versprochen)",
        unless=("(kaufen|kauf|versuchen|probieren) [0-3] (bereuen|nicht)", "nicht bereuen", "(dass|damit) [0-6]"),
    ),
    *says(
        Label.THREAT,
        0.9,
        "(i|we) (will|ll|am|m|gonna|shall|should) [0-3] (kill|murder|shoot|stab|hurt|burn|beat) (you|u|him|her|"
        "them|your)",
        "(ill|im) (gonna|going|) (to|) (kill|murder|shoot|stab|hurt|beat) (you|u|him|her|them)",
        "(i|we) know where (you|u|he|she|they) (live|work|sleep|lives|works)",
        "(you|u) (will|are|re|ll) [0-2] (going|gonna|) (to|) (die|burn|bleed)",
        "(youre|your) (dead|finished) (meat|man|)",
        "(watch|mind) your back",
        "(you|they|he|she) (deserve|deserves|need|needs|should|ought) (to|) (be|get|) (shot|die|hanged|killed|burned)",
        unless=("(laughing|laughter|joke|joking)", "(kill|murder) for", "(time|boredom)"),
    ),
)
