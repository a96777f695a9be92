"""HTML as a reader sees it: text with line breaks, the links in it, what is said of its pictures. Pure.

A scanner, no tree: it goes through the input once, keeps no stack that could grow, and is linear in whatever it gets
(`html.parser` is not: 200 kB of `<a ` keep it busy for minutes). Tags, comments and attributes end where the HTML
standard ends them (https://html.spec.whatwg.org/multipage/parsing.html#tokenization). What is no HTML stays as text.
No style is looked at: what a page hides by it is text here.

Mastodon cuts long addresses by `<span class="invisible">`: inside a link they are put together again, so that the
whole address stands in the text. Anywhere else an invisible span shows nothing to anybody, and its letters would only
break up the words around it: they are left out. Mentions and hashtags keep their text and are no links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from feuerwache.common.events.post import MAX_TEXT
from feuerwache.ingest.text import MAX_LINK, MAX_LINKS

#: Longer markup comes back as it is: the examination refuses it as too long, which is what is wrong with it.
LONGEST = 4 * MAX_TEXT
#: Attributes of one tag beyond this are not looked at.
LONGEST_TAG = 10_000
MAX_ALTS = 20

#: What may begin a tag, a comment or a declaration; any other "<" is a letter.
_MARK = re.compile(r"<(?=[a-zA-Z!?/])")
#: Possessive, and a quote that is never closed is a letter: each tag is read once, whether it ends or not.
_TAG = re.compile(
    r"<(/?)([a-zA-Z][^\s/>]*+)"
    r"((?:[^\"'>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+|[\"'])*+)>"
)
_ATTRIBUTE = re.compile(r"([^\s=/>\"']++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>\"']++)))?+")
_SPACES = re.compile(r"[ \t\n\r\f]+")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_PARAGRAPH = frozenset(
    {"p", "blockquote", "pre", "ul", "ol", "dl", "table", "figure", "hr", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_LINE = frozenset({"div", "li", "tr", "dt", "dd", "section", "article", "aside", "figcaption", "details", "summary"})
_RAW = {name: re.compile(f"</{name}(?=[\\s/>])", re.IGNORECASE) for name in ("script", "style")}
#: Links to people and topics of the platform itself.
_OWN = frozenset({"mention", "hashtag", "mention-group", "hashtag-cooked"})


@dataclass(frozen=True, slots=True)
class Plain:
    """`links` are http(s) addresses, in order, each once. `alts` describe pictures, emoji not among them."""

    text: str
    links: tuple[str, ...] = ()
    alts: tuple[str, ...] = ()


def plain(html: str) -> str:
    """The text alone."""
    return read(html).text


def read(html: str) -> Plain:
    """What a reader sees of it. Never raises."""
    if len(html) > LONGEST:
        return Plain(html)
    page = _Page()
    for token in _tokens(html):
        if isinstance(token, str):
            page.say(unescape(token))
        elif token[1]:
            page.close(token[2].lower())
        else:
            page.open(token[2].lower(), token[3])
    page.leave_link()
    return Plain("".join(page.written).strip(), tuple(page.links), tuple(page.alts))


def _tokens(html: str) -> Iterator[str | re.Match[str]]:
    at = 0
    while (mark := _MARK.search(html, at)) is not None:
        begin = mark.start()
        if begin > at:
            yield html[at:begin]
        if html.startswith("<!--", begin):
            end = html.find("-->", begin + 4)
            at = end + 3
        elif (tag := _TAG.match(html, begin)) is not None:
            yield tag
            end = at = tag.end()
            raw = None if tag[1] else _RAW.get(tag[2].lower())
            if raw is not None:
                closing = raw.search(html, at)
                end = at = closing.start() if closing is not None else -1
        else:
            # A declaration, "</" before no name, or a tag that never ends: nothing of it is shown.
            end = html.find(">", begin) if not html[begin + 1].isalpha() else -1
            at = end + 1
        if end < 0:
            return
    if at < len(html):
        yield html[at:]


def _attributes(said: str) -> dict[str, str]:
    """Names in lower case; of two with one name the first counts, as in a browser."""
    found: dict[str, str] = {}
    if said and len(said) <= LONGEST_TAG:
        for match in _ATTRIBUTE.finditer(said):
            found.setdefault(match[1].lower(), unescape(match[2] or match[3] or match[4] or ""))
    return found


@dataclass(slots=True)
class _Page:
    """What is written so far. `breaks` and `space` come before whatever is written next, never at the end."""

    written: list[str] = field(default_factory=list)
    links: dict[str, None] = field(default_factory=dict)
    alts: list[str] = field(default_factory=list)
    breaks: int = 0
    space: bool = False
    preformatted: int = 0
    #: How many spans deep we are in one that is not shown.
    unseen: int = 0
    #: Inside a link: all of its text, and what of it is shown.
    whole: list[str] | None = None
    shown: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        if self.whole is not None:
            self.whole.append(text)
            if not self.unseen:
                self.shown.append(text)
        elif not self.unseen:
            self._write(text)

    def open(self, name: str, said: str) -> None:
        if name == "br":
            self._break(self.breaks + 1)
        elif name == "pre":
            self._break(2)
            self.preformatted += 1
        elif name in _PARAGRAPH:
            self._break(2)
        elif name in _LINE:
            self._break(1)
        elif name in ("td", "th"):
            self.say(" ")
        elif name == "span":
            if self.unseen or "invisible" in _classes(_attributes(said)):
                self.unseen += 1
        elif name == "a":
            self.leave_link()
            self._link(_attributes(said))
        elif name == "img":
            self._picture(_attributes(said))

    def close(self, name: str) -> None:
        if name == "a":
            self.leave_link()
        elif name == "span":
            self.unseen = max(0, self.unseen - 1)
        elif name == "pre":
            self.preformatted = max(0, self.preformatted - 1)
            self._break(2)
        elif name in _PARAGRAPH:
            self._break(2)
        elif name in _LINE:
            self._break(1)

    def leave_link(self) -> None:
        if self.whole is None:
            return
        whole, shown = "".join(self.whole), "".join(self.shown)
        self.whole, self.shown = None, []
        self._write(whole if _ADDRESS.fullmatch(whole.strip()) else shown)

    def _link(self, attributes: dict[str, str]) -> None:
        self.whole = []
        address = attributes.get("href", "").strip()
        if (
            _ADDRESS.fullmatch(address)
            and len(address) <= MAX_LINK
            and address.isprintable()
            and not _OWN & _classes(attributes)
            and len(self.links) < MAX_LINKS
        ):
            self.links.setdefault(address)

    def _picture(self, attributes: dict[str, str]) -> None:
        said = " ".join(attributes.get("alt", "").split())
        if "emoji" in _classes(attributes):
            self.say(said)
        elif said and len(self.alts) < MAX_ALTS:
            self.alts.append(said)

    def _break(self, lines: int) -> None:
        if self.whole is not None:
            self.say(" ")
        else:
            self.breaks = max(self.breaks, min(lines, 2))

    def _write(self, text: str) -> None:
        if self.preformatted:
            body, before, after = text, False, False
        else:
            body = _SPACES.sub(" ", text)
            before, after = body.startswith(" "), body.endswith(" ")
            body = body.strip(" ")
        if not body:
            self.space = self.space or before
            return
        if self.breaks and self.written:
            self.written.append("\n" * self.breaks)
        elif (self.space or before) and self.written:
            self.written.append(" ")
        self.written.append(body)
        self.breaks, self.space = 0, after


def _classes(attributes: dict[str, str]) -> set[str]:
    return set(attributes.get("class", "").lower().split())
