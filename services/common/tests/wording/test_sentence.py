"""The sentence of every kind of alarm in both languages, as a person reads it."""

from __future__ import annotations

import pytest

from feuerwache.common.events.alarm import CrisisKind, Figures, Highlight, Role
from feuerwache.common.events.classification import Label
from feuerwache.common.events.decision import Action
from feuerwache.common.events.post import PostRef
from feuerwache.common.vocabulary import CRISIS, Language
from feuerwache.common.wording.clause import people
from feuerwache.common.wording.lead import LEADS, lead
from feuerwache.common.wording.numeral import NO_BREAK
from feuerwache.common.wording.sentence import CLAUSES, also_in, done, role, roles, sentence, title
from feuerwache.common.wording.tongue import DE, EN, TONGUES

SHITSTORM = Figures(
    window_minutes=15,
    posts=214,
    usual_posts=12,
    negative_share=0.61,
    usual_negative_share=0.09,
    doubling_minutes=6,
    most_said=("Rückruf", "Lieferung"),
)
#: Kind, what it is about, its figures, and what a German and an English reader are told: the sentence and the number.
TOLD: dict[str, tuple[CrisisKind, str, Figures, tuple[str, str], tuple[str, str]]] = {
    "negativity": (
        CrisisKind.NEGATIVITY_BURST,
        "",
        SHITSTORM,
        (
            "214 Beiträge in 15 Min., sonst 12; 61 % negativ (sonst 9 %); verdoppelt sich alle 6 Min.; "
            "am häufigsten: Rückruf, Lieferung",
            "61 % negativ",
        ),
        (
            "214 posts in 15 min, usually 12; 61 % negative (usually 9 %); doubles every 6 min; "
            "most said: Rückruf, Lieferung",
            "61 % negative",
        ),
    ),
    "volume": (
        CrisisKind.VOLUME_BURST,
        "",
        Figures(window_minutes=15, posts=1240, usual_posts=0.2, doubling_minutes=1),
        (
            "1.240 Beiträge in 15 Min., sonst fast keine; verdoppelt sich jede Minute",
            "1.240 Beiträge, sonst fast keine",
        ),
        ("1,240 posts in 15 min, usually hardly any; doubles every minute", "1,240 posts, usually hardly any"),
    ),
    "reports": (
        CrisisKind.REPORT_FLOOD,
        "",
        Figures(window_minutes=15, reports=38, reporters=25, usual_reports=1),
        ("38 Meldungen von 25 Personen in 15 Min., sonst 1", "38 Meldungen"),
        ("38 reports by 25 people in 15 min, usually 1", "38 reports"),
    ),
    "thread": (
        CrisisKind.THREAD_ON_FIRE,
        "4711",
        Figures(window_minutes=15, posts=84, usual_posts=3, hostile=51, hostile_share=0.607, depth=12),
        ("84 Antworten in 15 Min., sonst 3; 61 % feindselig; 12 Ebenen tief", "61 % feindselig"),
        ("84 answers in 15 min, usually 3; 61 % hostile; 12 levels deep", "61 % hostile"),
    ),
    "silence": (
        CrisisKind.SILENCE,
        "morgenrot-facebook",
        Figures(silent_minutes=47, usual_gap_minutes=6),
        ("Seit 47 Min. kommt nichts mehr von Facebook; sonst ist die längste Pause 6 Min.", "seit 47 Min."),
        ("Nothing has come from Facebook for 47 min; the longest gap is usually 6 min", "for 47 min"),
    ),
    "silence of an unknown platform": (
        CrisisKind.SILENCE,
        "hausnetz",
        Figures(silent_minutes=190),
        ("Seit 3 Std. 10 Min. kommt nichts mehr von hausnetz", "seit 3 Std. 10 Min."),
        ("Nothing has come from hausnetz for 3 h 10 min", "for 3 h 10 min"),
    ),
    "threat": (
        CrisisKind.SINGLE_POST,
        "threat",
        Figures(reach=12400),
        ("Ein Beitrag klingt nach einer Drohung, bitte gleich ansehen; Reichweite 12.400", ""),
        ("A post sounds like a threat, please look at it now; reach 12,400", ""),
    ),
    "self-harm": (
        CrisisKind.SINGLE_POST,
        "self_harm",
        Figures(),
        ("Jemand könnte sich etwas antun, bitte gleich ansehen und Hilfe anbieten", ""),
        ("Somebody may harm themselves, please look at it now and offer help", ""),
    ),
    "topic": (
        CrisisKind.TOPIC_SURGE,
        "Rückruf",
        Figures(posts=120, term_posts=48, usual_term_posts=1),
        ("„Rückruf“ in 48 von 120 Beiträgen, sonst in 1", "„Rückruf“ 48×"),
        ("“Rückruf” in 48 of 120 posts, usually in 1", "“Rückruf” 48×"),
    ),
    "a topic that is no plain word": (
        CrisisKind.TOPIC_SURGE,
        "https://x.example",
        Figures(posts=120, term_posts=48, usual_term_posts=0.1),
        ("ein Begriff in 48 von 120 Beiträgen, sonst fast nie", "48×"),
        ("one term in 48 of 120 posts, usually hardly ever", "48×"),
    ),
    "coordinated": (
        CrisisKind.COORDINATED_POSTING,
        "",
        Figures(window_minutes=60, copies=23, copy_authors=19, new_authors=14),
        ("23 fast gleiche Beiträge von 19 Konten (14 neu) in 1 Std.", "23 Kopien, 19 Konten"),
        ("23 nearly identical posts by 19 accounts (14 new) in 1 h", "23 copies, 19 accounts"),
    ),
    "feud": (
        CrisisKind.FEUD,
        "",
        Figures(window_minutes=30, forth=14, back=11),
        ("14 feindselige Antworten hin, 11 zurück in 30 Min.", "25 Antworten"),
        ("14 hostile answers one way, 11 the other in 30 min", "25 answers"),
    ),
    "complaints": (
        CrisisKind.COMPLAINTS_PILING_UP,
        "",
        Figures(open_complaints=27, oldest_complaint_minutes=130),
        ("27 Beschwerden ohne Antwort; die älteste wartet seit 2 Std. 10 Min.", "27 offen"),
        ("27 complaints without an answer; the oldest has waited for 2 h 10 min", "27 open"),
    ),
    "declared": (
        CrisisKind.DECLARED,
        "Anruf der\r\nPressestelle",
        Figures(),
        ("Von Hand ausgerufen: Anruf der Pressestelle", ""),
        ("Declared by hand: Anruf der Pressestelle", ""),
    ),
    "nobody": (
        CrisisKind.NOBODY_REACHED,
        "",
        Figures(),
        ("Auf eine Alarmierung hat niemand geantwortet", ""),
        ("Nobody has answered a page", ""),
    ),
    "rule paused": (
        CrisisKind.RULE_PAUSED,
        "link-spam",
        Figures(posts=200, window_minutes=60),
        (
            "200 Beiträge in 1 Std., mehr darf die Regel nicht allein; was sie jetzt trifft, geht zur Durchsicht",
            "200 Beiträge",
        ),
        ("200 posts in 1 h, the rule may do no more alone; what it hits now goes to review", "200 posts"),
    ),
    "drill": (
        CrisisKind.DRILL,
        "",
        Figures(),
        ("Das ist eine Übung, bitte nur bestätigen, dass sie ankam", ""),
        ("This is a drill, please only confirm that it arrived", ""),
    ),
}


def plain(text: str) -> str:
    return text.replace(NO_BREAK, " ")


@pytest.mark.parametrize("name", TOLD)
def test_the_sentence_and_the_number_of_every_kind(name: str) -> None:
    kind, about, figures, german, english = TOLD[name]
    for tongue, (said, number) in ((DE, german), (EN, english)):
        assert plain(sentence(kind, about, figures, tongue)) == said
        assert plain(lead(kind, about, figures, tongue)) == number


def test_no_kind_is_without_a_sentence_a_number_and_an_example_here() -> None:
    assert set(CLAUSES) == set(LEADS) == {kind for kind, *_ in TOLD.values()} == set(CrisisKind)


@pytest.mark.parametrize("language", TONGUES)
@pytest.mark.parametrize("kind", CrisisKind)
def test_what_is_not_known_is_left_out(kind: CrisisKind, language: Language) -> None:
    tongue = TONGUES[language]
    assert lead(kind, "", Figures(), tongue) == ""
    bare = sentence(kind, "", Figures(), tongue)
    assert "None" not in bare and "{" not in bare and not bare.startswith("; ")
    for name in Figures.model_fields:
        one = Figures.model_validate({name: getattr(EVERYTHING, name)})
        for about in ("", "Rückruf", "threat"):
            said = sentence(kind, about, one, tongue) + lead(kind, about, one, tongue)
            assert "None" not in said and "{" not in said and ";;" not in said


EVERYTHING = Figures(
    window_minutes=15,
    posts=1,
    usual_posts=1,
    negative=1,
    negative_share=1,
    usual_negative_share=0,
    reports=1,
    usual_reports=0,
    reporters=1,
    authors=1,
    new_authors=1,
    regular_authors=1,
    reach=1,
    doubling_minutes=1,
    surprise=11.5,
    bar=3,
    most_said=("Rückruf",),
    done={"hold": 1},
    hostile=1,
    hostile_share=1,
    depth=1,
    term_posts=1,
    usual_term_posts=1,
    copies=1,
    copy_authors=1,
    open_complaints=1,
    oldest_complaint_minutes=1,
    forth=1,
    back=1,
    silent_minutes=1,
    usual_gap_minutes=1,
)


def test_one_is_singular() -> None:
    def said(kind: CrisisKind) -> str:
        return plain(sentence(kind, "", EVERYTHING, DE))

    assert said(CrisisKind.VOLUME_BURST).startswith("1 Beitrag in 15 Min., sonst 1;")
    assert said(CrisisKind.REPORT_FLOOD).startswith("1 Meldung von 1 Person in 15 Min., sonst fast keine;")
    assert "1 Ebene tief" in said(CrisisKind.THREAD_ON_FIRE)
    assert said(CrisisKind.COORDINATED_POSTING).startswith("1 fast gleicher Beitrag von 1 Konto")
    assert said(CrisisKind.COMPLAINTS_PILING_UP).startswith("1 Beschwerde ohne Antwort")
    assert plain(people("", EVERYTHING, DE)) == "1 Person, 1 zum ersten Mal hier, 1 Stammgast"
    assert plain(people("", Figures(authors=388, new_authors=0), EN)) == "388 people, 0 here for the first time"


def test_only_plain_words_are_quoted() -> None:
    said = ("@anna", "https://x.example", "ruf:0171", "zwei Wörter", "", "x" * 50, "Kaffee-Satz")
    assert sentence(CrisisKind.VOLUME_BURST, "", Figures(most_said=said), DE) == "am häufigsten: Kaffee-Satz"


@pytest.mark.parametrize("minutes", [0, -3, float("inf"), float("nan")])
def test_what_does_not_grow_has_no_doubling_time(minutes: float) -> None:
    assert sentence(CrisisKind.VOLUME_BURST, "", Figures(doubling_minutes=minutes), DE) == ""


def test_what_was_done_is_said_in_the_order_of_weight() -> None:
    figures = Figures(done={"approve": 300, "hide": 1, "hold": 3, "welcome": 2, "teleport": 9})
    assert done(figures, DE) == "1 ausgeblendet, 3 zurückgehalten"
    assert done(figures, EN) == "1 hidden, 3 held back"
    assert done(Figures(done={"approve": 300}), DE) == "noch nichts"
    assert done(Figures(), DE) == ""


@pytest.mark.parametrize("language", TONGUES)
@pytest.mark.parametrize("action", sorted(set(Action) - {Action.APPROVE, Action.WELCOME}))
def test_every_action_can_be_told(action: Action, language: Language) -> None:
    assert done(Figures(done={action.value: 2}), TONGUES[language]).startswith("2 ")


def highlight(kind: Role, reach: int = 0) -> Highlight:
    return Highlight(role=kind, ref=PostRef(community="c", platform="forum", post_id=kind.value), reach=reach)


def test_every_post_that_is_shown_says_why() -> None:
    shown = [highlight(Role.FIRST), highlight(Role.FIRST), highlight(Role.MOST_SEEN, 12400), highlight(Role.NEWEST, 7)]
    assert roles(shown, DE) == "am meisten gesehen (12.400), neuester, damit begann es"
    assert role(highlight(Role.MOST_TYPICAL), EN) == "typical"
    assert roles((), DE) == ""


def test_the_other_places_of_the_brand() -> None:
    assert also_in(("Morgenrot-Forum", "Morgenrot auf Instagram"), DE) == (
        "auch in: Morgenrot-Forum, Morgenrot auf Instagram"
    )
    assert also_in((), EN) == ""


@pytest.mark.parametrize("language", TONGUES)
def test_a_single_post_is_called_by_its_rule_or_its_label(language: Language) -> None:
    tongue, kind = TONGUES[language], CrisisKind.SINGLE_POST
    assert title(kind, "threat", {}, tongue) == {"de": "Drohung", "en": "Threat"}[language]
    assert title(kind, "unknown", {}, tongue) == CRISIS[language][kind]
    assert title(kind, "threat", {"de": "Eigener Titel", "en": "Own title"}, tongue) in ("Eigener Titel", "Own title")
    for label in Label:
        assert sentence(kind, label.value, Figures(), tongue)


@pytest.mark.parametrize("field", ["noun", "phrase", "post", "role", "figure"])
def test_both_languages_have_the_same_words_with_the_same_blanks(field: str) -> None:
    german, english = getattr(DE, field), getattr(EN, field)
    assert german.keys() == english.keys()
    assert all(english.values())
    for key in german:
        if isinstance(german[key], str):
            assert blanks(german[key]) == blanks(english[key]), key


def blanks(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("{")[1:]}


def test_every_figure_and_every_role_has_a_name() -> None:
    assert DE.figure.keys() == Figures.model_fields.keys()
    assert DE.role.keys() == set(Role)
    assert all(getattr(EVERYTHING, name) for name in Figures.model_fields if not name.startswith("usual_"))
