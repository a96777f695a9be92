"""Words of bad and good mood beyond complaint and praise: signs for `model/mood.py`, not labels of the house."""

from __future__ import annotations

from feuerwache.classifier.patterns.pattern import says, words

GLOOM = "_gloom"
JOY = "_joy"

_TURNED = (
    "(nicht|kein|keine|keinen|nie|ohne|kaum|nichts) [0-2] (schlecht|schlimm|übel|traurig|angst|sorge|sorgen|stress|"
    "ärger|böse|schade)",
)
_DENIED = (
    "(nicht|kein|keine|keinen|nie|kaum|nichts|weniger) [0-2] (gut|schön|toll|froh|glücklich|lustig|nett|spaß|freude)",
)

PATTERNS = (
    *words(
        GLOOM,
        0.55,
        "schlecht* schlimm* schrecklich* furchtbar* grauenhaft* entsetz* ekelhaft* eklig* widerlich* abscheulich* "
        "scheußlich* mies* übel übelst* traurig* trauer* deprimier* frust* frustrier* nerv nervt nervig* genervt "
        "ärger "
        "ärgert hass hasse hassen wut wütend* zornig* empör* angst panik sorge* verzweifel* hoffnungslos* peinlich* "
        "lächerlich* armselig* erbärmlich* sinnlos* nutzlos* unerträglich* grausam* brutal* dumm* blöd* doof* "
        "dämlich* "
        "weinen heulen heule weine schmerz* krank* tot gestorben stress* müde schade leider verloren versagt lüge* "
        "gelogen betrogen verarscht* enttäusch* langweil* hässlich* kotz* scheiß* mist verdammt fuck* shit* "
        "awful terrible horrible hate hated worst sad angry disgusting annoying annoyed useless disappointed",
        unless=_TURNED,
    ),
    *says(
        GLOOM,
        0.6,
        "(😡|🤬|😤|😠|😢|😭|😞|😔|😩|😫|🤮|🤢|👎|💔|🙄|😒|🤦|😣|😖|😱|:(|:'(|:/)",
        "(reicht|reichts) (mir|jetzt|es)",
        "(geht|gehen) [0-3] auf (den geist|die nerven|den keks|den sack)",
        "(habe|hab) [0-3] (die nase|die schnauze|es) (voll|satt)",
        "keine (lust|ahnung|kraft|geduld)",
        "danke für (nichts|gar nichts|nix)",
    ),
    *words(
        JOY,
        0.55,
        "gut gute guten gutes besser beste besten schön* toll* super klasse lustig* froh* fröhlich* glücklich* "
        "freu* spaß "
        "lieb liebe lieben geliebt lecker* cool geil genial* herrlich* wunder* perfekt* danke gerne gern lache* "
        "lachen "
        "hoffentlich glück* gratulier* glückwunsch nett nette netter freundlich* angenehm* süß* hübsch* haha hihi "
        "good great nice love lovely happy best thanks awesome beautiful",
        unless=_DENIED,
    ),
    *says(JOY, 0.6, "(😊|😀|😁|😃|😄|😂|🤣|😍|🥰|😘|😎|👍|❤|♥|💕|🙏|🎉|😋|🤗|🙂|😉|☺|💪|:)|:D|;)|<3|:P)"),
)
