"""What the alarm said, on the page: numbers with their usual, who writes, what was done, why a post is shown."""

from __future__ import annotations

from typing import Any

import pytest

from feuerwache.common.events.alarm import CrisisKind, Figures, Highlight, Role
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import IncidentPart
from feuerwache.common.events.post import PostRef
from feuerwache.common.vocabulary import Language
from feuerwache.common.wording.numeral import NO_BREAK
from feuerwache.common.wording.tongue import DE, EN, TONGUES
from feuerwache.console.page.numbers import SHOWN, facts
from feuerwache.console.page.reader import Reader
from feuerwache.console.page.render import render_incident
from feuerwache.console.page.view import IncidentView, view
from feuerwache.console.store.reading import ExamplePost
from support.dossiers import FIGURES, Story, classified, people, ref
from support.incidents import NIGHT, minutes


def seen(*examples: ExamplePost, language: Language = "de", **changes: Any) -> IncidentView:
    story = Story()
    story.book.restore(story.incident.model_copy(update=changes))
    return view(story.dossier(*examples), Reader(people().people[0], language, people(), story.now))


def html(shown: IncidentView, language: Language = "de") -> str:
    return plain(render_incident(shown, language, "/i/token", ("handled",)))


def plain(text: str) -> str:
    return text.replace(NO_BREAK, " ")


def told(figures: Figures, language: Language = "de") -> list[tuple[str, str, str]]:
    return [
        (plain(plain(fact.name)), plain(plain(fact.value)), plain(fact.usual))
        for fact in facts(figures, TONGUES[language])
    ]


def test_every_figure_is_shown_somewhere() -> None:
    in_lines = {"window_minutes", "most_said", "done", "authors", "new_authors", "regular_authors"}
    assert set(SHOWN) | set(filter(None, SHOWN.values())) | in_lines == set(Figures.model_fields)
    assert set(SHOWN).isdisjoint(in_lines)


def test_a_number_stands_beside_what_is_usual_and_with_its_unit() -> None:
    assert told(FIGURES) == [
        ("Beiträge in 15 Min.", "1.214", "sonst 12"),
        ("davon negativ", "61 %", "sonst 14 %"),
        ("negative Beiträge", "740", ""),
        ("verdoppelt sich in", "4,5 Min.", ""),
        ("Reichweite", "52.300", ""),
    ]
    silence = Figures(silent_minutes=47, usual_gap_minutes=6, bar=3, surprise=11.53)
    assert told(silence, "en") == [
        ("silent for", "47 min", "usually 6 min"),
        ("bar raised", "3×", ""),
        ("surprise (the detector's measure)", "12", ""),
    ]


@pytest.mark.parametrize("tongue", [DE, EN])
def test_what_is_not_known_is_no_fact(tongue: Any) -> None:
    assert facts(Figures(), tongue) == ()


def test_who_writes_and_what_was_done_stand_in_words() -> None:
    page = html(seen(figures=FIGURES.model_copy(update={"regular_authors": 120, "done": {"hold": 3, "hide": 1}})))
    assert "Wer schreibt: 388 Personen, 41 zum ersten Mal hier, 120 Stammgäste" in page
    assert "Schon automatisch getan: 1 ausgeblendet, 3 zurückgehalten" in page
    bare = html(seen(figures=Figures()))
    assert "Wer schreibt" not in bare and "automatisch getan" not in bare and "None" not in bare
    assert "Zu diesem Alarm gehören keine Zahlen." in bare


def part(**changes: Any) -> IncidentPart:
    base = IncidentPart(
        community="facebook",
        community_title="Morgenrot <auf> Facebook",
        severity=Severity.CRITICAL,
        onset=NIGHT + minutes(3),
        last_alarm_at=NIGHT + minutes(5),
        figures=Figures(posts=80, window_minutes=15, usual_posts=4),
    )
    return base.model_copy(update=changes)


def test_where_else_it_burns_is_told_with_its_own_numbers() -> None:
    own = part(community="morgenrot-forum", kind=CrisisKind.FEUD, community_title="Morgenrot-Forum")
    shown = seen(parts=(part(), part(about="x", ended_at=NIGHT + minutes(9)), own))
    assert shown.alarm.also == "auch in: Morgenrot <auf> Facebook"
    page = html(shown)
    assert "auch in: Morgenrot &lt;auf&gt; Facebook" in page and "<auf>" not in page
    assert "80 Beiträge in 15 Min., sonst 4" in page
    assert "Kritisch · seit 22:03 Uhr · ruhig seit 22:09 Uhr" in page
    assert [one.title for one in shown.alarm.parts][2] == "Streit zwischen zwei Personen"
    assert "Brennt auch hier" not in html(seen())


def mark(role: Role, post_id: str, reach: int = 0) -> Highlight:
    return Highlight(role=role, ref=PostRef(community="c", platform="forum", post_id=post_id), reach=reach)


def test_every_example_says_why_it_is_shown_those_with_a_reason_first() -> None:
    posts = [ExamplePost(ref(name), classified(name, f"Text {name}").data) for name in ("p1", "p2", "p3")]
    marks = (mark(Role.FIRST, "p2"), mark(Role.MOST_SEEN, "p3", 12400), mark(Role.NEWEST, "p3"))
    shown = seen(*posts, highlights=marks)
    assert [(one.text, one.roles) for one in shown.examples] == [
        ("Text p3", ("am meisten gesehen (12.400)", "neuester")),
        ("Text p2", ("damit begann es",)),
        ("Text p1", ()),
    ]
    page = html(shown)
    assert '<p class="role">am meisten gesehen (12.400), neuester</p>' in page
    assert page.count('class="role"') == 2


@pytest.mark.parametrize("language", TONGUES)
@pytest.mark.parametrize("kind", CrisisKind)
def test_every_kind_has_its_page(kind: CrisisKind, language: Language) -> None:
    for figures in (FIGURES, Figures()):
        shown = seen(language=language, kind=kind, figures=figures, about="<threat>")
        page = html(shown, language)
        assert shown.lines[1] and "None" not in page and "<threat>" not in page
