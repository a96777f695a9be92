"""Reads a CEL expression into its tree: the whole grammar of the language definition, by recursive descent.

What the CEL library compiles, this reads, up to the limits below; a test holds one against the other. Optional syntax
(`.?`, `[?`) is left out, as it is there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from feuerwache.escalation.rules.language.expression import literal
from feuerwache.escalation.rules.language.expression.flaw import Flaw, Flawed
from feuerwache.escalation.rules.language.expression.token import Token, Word, tokens
from feuerwache.escalation.rules.language.expression.tree import (
    Binary,
    Call,
    Conditional,
    Has,
    Index,
    Kind,
    ListOf,
    Literal,
    Logical,
    Macro,
    MapOf,
    Member,
    Name,
    Node,
    Struct,
    Unary,
    depth,
)

#: Characters of an expression; the longest rule anybody wrote has a tenth of that.
MAX_LENGTH = 20_000
#: Parentheses, lists and calls within each other (the library stops below 100), and levels of the tree.
MAX_NESTING, MAX_DEPTH = 64, 160

RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package"}
    | {"namespace", "return", "var", "void", "while"}
)
#: Macros on a list, with the numbers of arguments that make them one; with others they would be mere functions.
MACROS = {"all": (2,), "exists": (2,), "exists_one": (2,), "existsOne": (2,), "filter": (2,), "map": (2, 3)}

_LITERALS = {"true": (Kind.BOOL, True), "false": (Kind.BOOL, False), "null": (Kind.NULL, None)}
#: What a token of a number is, and how it is read, with a minus before it or without.
_SAYS: dict[Word, tuple[Kind, Callable[[Token, bool], int | float]]] = {
    Word.INT: (Kind.INT, literal.integer),
    Word.FLOAT: (Kind.DOUBLE, literal.decimal),
    Word.UINT: (Kind.UINT, literal.unsigned),
}
_OR, _AND, _RELATION, _SUM, _PRODUCT = range(1, 6)
#: How closely an operator holds what stands beside it.
_LEVELS = {
    "||": _OR,
    "&&": _AND,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), _RELATION),
    **dict.fromkeys(("+", "-"), _SUM),
    **dict.fromkeys(("*", "/", "%"), _PRODUCT),
}


def parse(source: str) -> Node:
    """The tree of the expression; raises `Flawed` with the first thing that is wrong with how it is written."""
    if len(source) > MAX_LENGTH:
        raise Flawed(Flaw(MAX_LENGTH, f"is longer than {MAX_LENGTH} characters; make several rules of it"))
    parser = _Parser(list(tokens(source)))
    root = parser.expression()
    if parser.here.word is not Word.END:
        parser.unexpected()
    if depth(root) > MAX_DEPTH:
        raise Flawed(Flaw(root.offset, f"is nested more than {MAX_DEPTH} levels deep"))
    return root


class _Parser:
    def __init__(self, words: list[Token]) -> None:
        self._words = words
        self._place = 0
        self._nesting = 0

    @property
    def here(self) -> Token:
        return self._words[self._place]

    @property
    def _end(self) -> int:
        """Where the last token that was taken ends."""
        return self._words[self._place - 1].end

    def expression(self) -> Node:
        if self._nesting > MAX_NESTING:
            raise Flawed(Flaw(self.here.offset, f"is nested more than {MAX_NESTING} levels deep"))
        self._nesting += 1
        start = self.here.offset
        node = self._binary(_OR)
        if self._take("?"):
            then = self._binary(_OR)
            if self._is("?"):
                self._fail("needs parentheses around the inner `… ? … : …`")
            self._expect(":", "after `condition ? value`")
            node = Conditional(start, 0, node, then, self.expression())
            node = Conditional(start, self._end, node.condition, node.then, node.otherwise)
        self._nesting -= 1
        return node

    def unexpected(self) -> NoReturn:
        if self.here.word is Word.END:
            self._fail("something is missing at its end")
        if self.here.text in {"and", "or", "not"}:
            instead = {"and": "&&", "or": "||", "not": "!"}[self.here.text]
            self._fail(f"{self.here.text!r} is no operator; did you mean {instead!r}?")
        self._fail(f"{self.here.text!r} is out of place")

    def _binary(self, level: int) -> Node:
        """What operators of at least this level hold together."""
        start = self.here.offset
        left = self._unary()
        while (found := self._level()) is not None and found >= level:
            operator = self._next()
            right = self._binary(found + 1)
            if found > _AND:
                left = Binary(start, self._end, operator.text, operator.offset, left, right)
                continue
            parts = [left, right]
            while self._take(operator.text):
                parts.append(self._binary(found + 1))
            left = Logical(start, self._end, operator.text, tuple(parts))
        return left

    def _level(self) -> int | None:
        return _LEVELS.get(self.here.text) if self.here.word in (Word.SIGN, Word.NAME) else None

    def _unary(self) -> Node:
        start, operator, count = self.here, self.here.text, 0
        last: Token | None = None
        while start.word is Word.SIGN and operator in {"!", "-"} and self._is(operator):
            last, count = self._next(), count + 1
        if operator == "!" and self._is("-"):
            last = self._next()
            if self.here.word not in (Word.INT, Word.FLOAT):
                self.unexpected()
            node = self._member(last)
        elif operator == "-" and last is not None and self.here.word in (Word.INT, Word.FLOAT):
            node, count = self._member(last), count - 1  # the last minus belongs to the number
        else:
            node = self._member()
        for _ in range(2 - count % 2 if count else 0):  # an even number of them is as good as two
            node = Unary(start.offset, self._end, operator, node)
        return node

    def _member(self, sign: Token | None = None) -> Node:
        start = (sign or self.here).offset
        node = self._primary(sign)
        while True:
            if self._take("."):
                node = self._selected(start, node)
            elif self._take("["):
                index = self.expression()
                self._expect("]", "after the index")
                node = Index(start, self._end, node, index)
            elif self.here.text == "{" and (path := _path(node)) is not None:
                node = self._struct(start, path)
            else:
                return node

    def _selected(self, start: int, operand: Node) -> Node:
        name = self.here
        if name.word is not Word.NAME or name.text in _LITERALS or name.text == "in":
            self._fail("a name is missing after the dot")
        self._next()
        if not self._take("("):
            return Member(start, self._end, operand, name.text, name.offset)
        arguments = self._items(")")
        if len(arguments) in MACROS.get(name.text, ()):
            variable, *rest = arguments
            if not isinstance(variable, Name):
                raise Flawed(Flaw(variable.offset, f"`{name.text}` needs a simple name here: list.{name.text}(x, …)"))
            called = name.text if name.text != "existsOne" else "exists_one"
            return Macro(start, self._end, called, name.offset, operand, variable.name, variable.offset, tuple(rest))
        return Call(start, self._end, name.text, name.offset, operand, arguments)

    def _primary(self, sign: Token | None) -> Node:
        token = self.here
        start = (sign or token).offset
        if token.word is Word.NAME and token.text not in _LITERALS and token.text != "in":
            return self._named(self._next(), "")
        if token.word in _SAYS:
            kind, read = _SAYS[token.word]
            return Literal(start, self._next().end, kind, read(token, sign is not None))
        if token.word is Word.TEXT:
            value = literal.text(self._next())
            return Literal(start, token.end, Kind.BYTES if isinstance(value, bytes) else Kind.STRING, value)
        if token.text in _LITERALS:
            return Literal(start, self._next().end, *_LITERALS[token.text])
        return self._enclosed()

    def _enclosed(self) -> Node:
        """What begins with a sign: a parenthesis, a list, a map, or a name after a dot."""
        start = self.here.offset
        if self._take("("):
            node = self.expression()
            self._expect(")", "to close the parenthesis")
            return node
        if self._take("["):
            items = self._items("]", trailing=True)
            return ListOf(start, self._end, items)
        if self._take("{"):
            return self._map(start)
        if self._take(".") and self.here.word is Word.NAME:
            return self._named(self._next(), ".")
        return self.unexpected()

    def _named(self, token: Token, dot: str) -> Node:
        start = token.offset - len(dot)
        if token.text in RESERVED or token.text in _LITERALS or token.text == "in":
            raise Flawed(Flaw(token.offset, f"is no CEL expression: {token.text!r} is a reserved word"))
        if not self._take("("):
            return Name(start, token.end, dot + token.text)
        arguments = self._items(")")
        if token.text == "has" and not dot and len(arguments) == 1:
            asked = arguments[0]
            if not isinstance(asked, Member):
                raise Flawed(Flaw(asked.offset, "`has` needs a field: has(post.language)"))
            return Has(start, self._end, asked.operand, asked.field, asked.field_at)
        return Call(start, self._end, dot + token.text, token.offset, None, arguments)

    def _items(self, close: str, trailing: bool = False) -> tuple[Node, ...]:
        """Expressions between commas until the sign that closes them; a list may end with a comma."""
        items: list[Node] = []
        if trailing and self._closed_by_comma(close):
            return ()
        while not self._take(close):
            items.append(self.expression())
            if self._take(","):
                if not trailing and self.here.text == close:
                    self.unexpected()
            elif self.here.text != close:
                self._expect(close, "or a comma")
        return tuple(items)

    def _map(self, start: int) -> Node:
        entries: list[tuple[Node, Node]] = []
        closed = self._closed_by_comma("}")
        while not closed and not self._take("}"):
            key = self.expression()
            self._expect(":", "after the key")
            entries.append((key, self.expression()))
            if not self._take(",") and self.here.text != "}":
                self._expect("}", "or a comma")
        return MapOf(start, self._end, tuple(entries))

    def _struct(self, start: int, name: str) -> Node:
        self._next()
        fields: list[tuple[str, Node]] = []
        closed = self._closed_by_comma("}")
        while not closed and not self._take("}"):
            field = self._next()
            if field.word is not Word.NAME:
                self._place -= 1
                self.unexpected()
            self._expect(":", "after the field")
            fields.append((field.text, self.expression()))
            if not self._take(",") and self.here.text != "}":
                self._expect("}", "or a comma")
        return Struct(start, self._end, name, tuple(fields))

    def _closed_by_comma(self, close: str) -> bool:
        """`[,]` and `{,}` are empty: the comma at the end is allowed even there."""
        if self.here.text == "," and self._words[self._place + 1].text == close:
            self._place += 2
            return True
        return False

    def _next(self) -> Token:
        token = self.here
        if token.word is not Word.END:
            self._place += 1
        return token

    def _is(self, sign: str) -> bool:
        return self.here.text == sign and self.here.word is Word.SIGN

    def _take(self, sign: str) -> bool:
        if self._is(sign):
            self._place += 1
            return True
        return False

    def _expect(self, sign: str, why: str) -> None:
        if not self._take(sign):
            found = "it ends" if self.here.word is Word.END else f"found {self.here.text!r}"
            self._fail(f"expected {sign!r} {why}, {found}")

    def _fail(self, reason: str) -> NoReturn:
        raise Flawed(Flaw(self.here.offset, f"is no CEL expression: {reason}"))


def _path(node: Node) -> str | None:
    """`a.b.c` as it is written, where the node is nothing else."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Member) and (before := _path(node.operand)) is not None:
        return f"{before}.{node.field}"
    return None
