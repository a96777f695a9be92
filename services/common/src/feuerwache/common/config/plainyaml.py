"""What the YAML parser complains of, in words for somebody who writes rules and not parsers. Pure."""

from __future__ import annotations

import re

_QUOTE = "a text that holds `: `, or begins with one of @ ` % { [ \" ' ! & *, stands in quotes or below `>-`"

#: What the parser says, and what is most likely the matter.
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(said), meant)
    for said, meant in (
        (r"mapping values are not allowed here", f"a second `: ` on this line, or a line indented too far; {_QUOTE}"),
        (
            r"expected <block end>, but found '<block mapping start>'",
            "this line is not indented like the lines it belongs to",
        ),
        (r"expected <block end>, but found '<scalar>'", f"something follows a text that has ended; {_QUOTE}"),
        (r"expected <block end>", "this line is not indented like the lines before it; a list's items begin with `- `"),
        (r"found unexpected end of stream", "a quote is opened and never closed"),
        (
            r"expected the node content, but found '<stream end>'",
            "the file ends within a list or mapping: a ] or } is missing",
        ),
        (
            r"expected ',' or '([\]}])'",
            "a list or mapping in brackets is not closed: a comma or \\1 is missing before this",
        ),
        (r"found unknown escape character '(.)'", "\\\\\\1 means nothing within \"…\"; write it within '…'"),
        (r"found character '(?:\\t|\t)'", "a tab; YAML is indented with blanks alone"),
        (r"found character '(.)' that cannot start any token", f"nothing begins with \\1 here; {_QUOTE}"),
        (r"found undefined alias '?([^']*)'?", f"*\\1 refers to nothing; {_QUOTE}"),
        (r'found duplicate key "([^"]*)".*', "`\\1` stands there twice"),
        (r"could not find expected ':'", "a `:` after a name is missing, or the text above is not indented far enough"),
        (r"but found another document", "a second document begins here (`---`); one file holds one"),
    )
)


def in_plain_words(problem: str) -> str:
    """The parser's words, and what they mean where that is known."""
    for said, meant in _WORDS:
        if found := said.search(problem.replace("\n", " ")):
            return f"is no YAML: {found.expand(meant)}"
    return f"is no YAML: {problem}"
