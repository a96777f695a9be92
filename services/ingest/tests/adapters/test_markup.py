"""HTML as its reader sees it; bombs, and what nobody sees."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feuerwache.ingest.adapters.markup import LONGEST, MAX_ALTS, plain, read
from feuerwache.ingest.text import MAX_LINKS

ADDRESS = "https://www.zeitung.example/wirtschaft/2026/11/ruckruf"
CUT = (
    f'<a href="{ADDRESS}" rel="nofollow noopener" translate="no"><span class="invisible">https://www.</span>'
    '<span class="ellipsis">zeitung.example/wirtschaft/202</span><span class="invisible">6/11/ruckruf</span></a>'
)


@pytest.mark.parametrize(
    ("html", "text"),
    (
        ("<p>Eins</p><p>Zwei<br>Drei</p>", "Eins\n\nZwei\nDrei"),
        ("Eins<br/>Zwei<br><br>Drei<br><br><br><br>Vier", "Eins\nZwei\n\nDrei\n\nVier"),
        ("<ul><li>Eins</li>\n<li>Zwei</li></ul>Drei", "Eins\nZwei\n\nDrei"),
        ("<div>Eins</div><div>Zwei</div>", "Eins\nZwei"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("Ei<b>n</b>s  \n\t <i> Zwei</i>", "Eins Zwei"),
        ("<pre>a  b\n  c</pre>", "a  b\n  c"),
        ("<p>5 &lt; 7 &amp;&amp; 7 > 5 &quot;ja&quot; &#x1F600; &nbsp;!</p>", '5 < 7 && 7 > 5 "ja" 😀 \u00a0!'),
        ("1 < 2 und <3", "1 < 2 und <3"),
        ("a<!-- b -->c<!-- d > e -->f", "acf"),
        ("a<!DOCTYPE html>b<?php echo ?>c</ >d", "abcd"),
        ("a<script>if (1 < 2) { alert('</p>') }</script>b<STYLE>p{}</STYLE>c", "abc"),
        ("a<script>never closed", "a"),
        ("a<p title='it > is'>b<p title=\"a'b\">c", "a\n\nb\n\nc"),
        ("<p it's=1>Das geht</p> auch's", "Das geht\n\nauch's"),
        ('<p class="quote-inline">RE: <a href="/x">dies</a></p>Nein', "RE: dies\n\nNein"),
        ("Hallo <img class='emoji' alt=':wave:' src=x> Welt", "Hallo :wave: Welt"),
        ("ab</span></p></a></pre>c<hr>d", "ab\n\nc\n\nd"),
        ("", ""),
    ),
)
def test_a_text_stands_as_a_reader_sees_it(html: str, text: str) -> None:
    assert plain(html) == text


def test_a_link_that_mastodon_cut_is_whole_again() -> None:
    assert read(f"<p>Siehe {CUT}!</p>").text == f"Siehe {ADDRESS}!"
    assert read(f"<p>Siehe {CUT}!</p>").links == (ADDRESS,)


def test_letters_that_nobody_sees_do_not_break_up_a_word() -> None:
    assert plain('<p>Id<span class="invisible">x</span>iot</p>') == "Idiot"
    assert plain('<p>Id<span class="ellipsis invisible">x<span>y</span>z</span>iot</p>') == "Idiot"
    assert plain('<a href="https://a.example">Id<span class="invisible">x</span>iot</a>') == "Idiot"


def test_mentions_and_hashtags_are_text_and_no_links() -> None:
    page = read(
        '<a href="https://s.example/@kim" class="u-url mention">@<span>kim</span></a> '
        '<a href="https://s.example/tags/x" class="mention hashtag" rel="tag">#<span>Rückruf</span></a> '
        '<a class="hashtag-cooked" href="https://f.example/c/x">Technik</a> <a href="https://b.example">dies</a>'
    )
    assert page.text == "@kim #Rückruf Technik dies"
    assert page.links == ("https://b.example",)


@pytest.mark.parametrize(
    "href", ("javascript:alert(1)", "data:text/html,x", "/t/1", "ftp://a.b", "https://a b", "https://a.b/\x01", "")
)
def test_only_web_addresses_are_links(href: str) -> None:
    assert read(f'<a href="{href}">x</a>').links == ()


def test_what_is_said_of_pictures_is_kept_apart() -> None:
    page = read('<p>Seht<img src=x alt="  Ein\nHund "><img alt=""><img src="y" ALT=Katze></p>')
    assert (page.text, page.alts) == ("Seht", ("Ein Hund", "Katze"))


def test_there_is_a_most_of_everything() -> None:
    page = read("".join(f'<a href="https://a.example/{n}">x</a><img alt="{n}">' for n in range(200)))
    assert len(page.links) == MAX_LINKS
    assert len(page.alts) == MAX_ALTS


def test_what_is_too_long_comes_back_as_it_is_and_so_too_long() -> None:
    html = "<p>" + "x" * LONGEST
    assert plain(html) == html


BOMBS = (
    "<",
    "<a ",
    "<a>",
    "<!--",
    "<!",
    "</",
    "</p>",
    '<a "',
    "<a b='",
    '<a ="',
    "='",
    "<a b=1 ",
    "<a/",
    "<p>",
    "<div>",
    "<span class=invisible>",
    "<script>",
    "</script",
    "<style",
    "&",
    "&#",
    "&#x41",
    "<a href=https://a.b/>",
    "<img alt=x>",
    "<pre>",
    "<br>",
    " ",
)


@pytest.mark.parametrize("unit", BOMBS)
@pytest.mark.parametrize("before", ("", "<a ", "<span class=invisible>"))
def test_no_markup_takes_longer_or_goes_deeper_than_its_letters(unit: str, before: str) -> None:
    """No time is measured: what is not linear does not come back from some of these for minutes (`html.parser`)."""
    html = (before + unit * LONGEST)[: LONGEST // 4]
    page = read(html)
    assert len(page.text) <= len(html)
    assert len(page.links) <= MAX_LINKS and len(page.alts) <= MAX_ALTS


def test_a_megabyte_of_angles_is_not_read_at_all() -> None:
    assert plain("<" * 1_000_000) == "<" * 1_000_000


@given(st.text())
def test_a_text_that_was_escaped_is_itself_again(text: str) -> None:
    shown = " ".join(part for part in text.replace("\f", " ").replace("\r", " ").replace("\t", " ").split(" ") if part)
    shown = " ".join(part for part in shown.replace("\n", " ").split(" ") if part)
    assert plain(escape(text)) == shown.strip()


@given(st.lists(st.sampled_from((*BOMBS, "</a>", "</span>", ">", '"', "x", "</pre>", "-->", "https://a.example/x"))))
def test_whatever_comes_is_read(parts: list[str]) -> None:
    page = read("".join(parts))
    assert all(link.startswith("http") for link in page.links)
    assert "\n\n\n" not in page.text or "<pre>" in parts
    assert page.text == page.text.strip()
