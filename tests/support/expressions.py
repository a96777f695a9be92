"""Conditions and contexts, drawn by hypothesis: expressions over the names of the schema as people could write them."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from feuerwache.escalation.rules.context import SCHEMA, Context

_TEXTS = ("", "a", "ab", "Rückruf", "aurora 😀", "public", "de", "https://x.example")
_PATTERNS = ("a+b?", "^R.ck", "x|y", "(a|b)$", "[0-9]+")
_KINDS: dict[type, str] = {bool: "bool", int: "int", float: "double", str: "string", list: "list"}
FIELDS: dict[str, tuple[str, ...]] = {
    kind: tuple(
        f"{name}.{field}" for name, fields in SCHEMA.items() for field, default in fields.items() if type(default) is of
    )
    for of, kind in _KINDS.items()
}
#: Words that may be written around a value without changing it.
_AROUND = ("{}", "{}", "{}", "({})", "( {} )", "{} // as it is\n", "\n{}")


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def texts() -> st.SearchStrategy[str]:
    """Strings, as a literal of CEL in one of its ways of writing."""
    plain = st.sampled_from(_TEXTS).map(quoted)
    ways = st.sampled_from((r"'\u00e4\x41\101\?\n'", r'r"a\n"', '"it\'s"', "'''a'b'''", r'"""x\"y"""', r"'\U0001F600'"))
    return plain | ways


@cache
def expressions(kind: str = "bool", depth: int = 3, bound: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    """Well-typed expressions of this kind; `bound` are names of strings that macros around them bind."""
    leaf = _leaf(kind, bound)
    if depth == 0:
        return leaf
    return st.one_of(leaf, _composed(kind, depth - 1, bound)).flatmap(
        lambda source: st.sampled_from(_AROUND).map(lambda around: around.format(source))
    )


def loose_expressions(depth: int = 3) -> st.SearchStrategy[str]:
    """Expressions of which many have no right types: wrong operands, unknown names."""
    part = st.sampled_from(tuple(_KINDS.values())).flatmap(lambda kind: expressions(kind, depth - 1)) | st.sampled_from(
        ("nobody", "post.nothing", "null", "[1, 'a']", "{'a': 1}", "post", "b'x'", "1.5e3")
    )
    operator = st.sampled_from(
        ("+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||", "? true :")
    )
    pair = st.tuples(part, operator, part).map(lambda each: f"({each[0]}\n) {each[1]} ({each[2]}\n)")
    return pair | st.tuples(st.sampled_from(("!", "-")), part).map(lambda each: f"{each[0]}({each[1]}\n)")


def contexts() -> st.SearchStrategy[Context]:
    """A post as it may come: every field within what it can really be."""
    return st.fixed_dictionaries(
        {
            name: st.fixed_dictionaries({f: _field(name, f, d) for f, d in fields.items()})
            for name, fields in SCHEMA.items()
        }
    )


_FIELDS: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("time", "hour"): st.integers(0, 23),
    ("author", "account_age_days"): st.integers(-1, 12),
    ("post", "visibility"): st.sampled_from(("public", "members", "private")),
}
_BY_TYPE: dict[type, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(0, 12),
    float: st.sampled_from((0.0, 0.25, 0.5, 0.75, 1.0)) | st.floats(0, 1),
    list: st.lists(st.sampled_from(_TEXTS), max_size=3),
    str: st.sampled_from(_TEXTS),
}


def _field(name: str, field: str, default: Any) -> st.SearchStrategy[Any]:
    return _FIELDS.get((name, field), _BY_TYPE[type(default)])


def _leaf(kind: str, bound: tuple[str, ...]) -> st.SearchStrategy[str]:
    field = st.sampled_from(FIELDS[kind])
    match kind:
        case "bool":
            return field | st.sampled_from(("true", "false"))
        case "int":
            return field | st.integers(-3, 24).map(str) | st.sampled_from(("0x10", "9223372036854775807"))
        case "double":
            return field | st.sampled_from(("0.0", "0.25", "0.5", ".75", "1e0", "1.5", "-0.5"))
        case "string":
            return st.sampled_from(bound) | field | texts() if bound else field | texts()
    return field | st.sampled_from(("[]", "['a', 'ab']", "['public',]"))


def _composed(kind: str, depth: int, bound: tuple[str, ...]) -> st.SearchStrategy[str]:
    def of(wanted: str) -> st.SearchStrategy[str]:
        return expressions(wanted, depth, bound)

    def form(pattern: str, *kinds: str) -> st.SearchStrategy[str]:
        return st.tuples(*(of(each) for each in kinds)).map(lambda parts: pattern.format(*(f"{p}\n" for p in parts)))

    choice = form("(({0})? ({1}) : ({2}))", "bool", kind, kind)
    match kind:
        case "bool":
            sign = st.sampled_from(("==", "!=", "<", "<=", ">", ">="))
            compared = st.tuples(sign, st.sampled_from(("int", "double", "string", "mixed"))).flatmap(
                lambda each: form(
                    f"(({{0}}) {each[0]} ({{1}}))", *(("int", "double") if each[1] == "mixed" else (each[1],) * 2)
                )
            )
            inner = expressions("bool", depth, (*bound, "w"))
            macro = st.tuples(of("list"), st.sampled_from(("exists", "all", "exists_one")), inner).map(
                lambda each: f"({each[0]}\n).{each[1]}(w, {each[2]}\n)"
            )
            joined = st.tuples(st.sampled_from(("&&", "||")), st.lists(of("bool"), min_size=2, max_size=3)).map(
                lambda each: f"\n{each[0]} ".join(f"({part}\n)" for part in each[1])
            )
            return st.one_of(
                compared,
                compared,
                joined,
                joined,
                form("!({0})", "bool"),
                form("(({0}) in {1})", "string", "list"),
                form("({0}).contains({1})", "string", "string"),
                form("({0}).startsWith({1})", "string", "string"),
                st.tuples(of("string"), st.sampled_from(_PATTERNS)).map(
                    lambda each: f"({each[0]}\n).matches({quoted(each[1])})"
                ),
                form("(({0}) == ({1}))", "bool", "bool"),
                macro,
                choice,
                st.sampled_from(("has(post.text)", "has(author.trust)", "has(post.nothing)")),
            )
        case "int":
            sums = st.sampled_from("+-*/%").flatmap(lambda sign: form(f"(({{0}}) {sign} ({{1}}))", "int", "int"))
            return st.one_of(
                sums,
                form("-({0})", "int"),
                form("size({0})", "string"),
                form("({0}).size()", "list"),
                form("int({0})", "double"),
                choice,
            )
        case "double":
            sums = st.sampled_from("+-*/").flatmap(lambda sign: form(f"(({{0}}) {sign} ({{1}}))", "double", "double"))
            return st.one_of(sums, form("-({0})", "double"), form("double({0})", "int"), choice)
        case "string":
            return st.one_of(
                form("(({0}) + ({1}))", "string", "string"),
                form("string({0})", "int"),
                form("({0})[0]", "list"),
                choice,
            )
    inner = expressions("bool", depth, (*bound, "w"))
    return st.one_of(
        form("({0}) + ({1})", "list", "list"),
        st.tuples(of("list"), inner).map(lambda each: f"({each[0]}\n).filter(w, {each[1]}\n)"),
        st.tuples(of("list"), expressions("string", depth, (*bound, "w"))).map(
            lambda each: f"({each[0]}\n).map(w, {each[1]}\n)"
        ),
        choice,
    )
