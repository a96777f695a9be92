"""What passes the check of names and types cannot fail for them at run time; what does not is told with its place."""

from __future__ import annotations

from contextlib import suppress

import cel
import pytest
from hypothesis import assume, given

from feuerwache.common.events.decision import Action
from feuerwache.escalation.rules.engine.engine import Engine
from feuerwache.escalation.rules.language.condition import Condition
from feuerwache.escalation.rules.language.context import SCHEMA, Context, defaults
from feuerwache.escalation.rules.language.expression.parser import parse
from feuerwache.escalation.rules.language.expression.typed import flaws
from feuerwache.escalation.rules.language.inspection import inspect
from feuerwache.escalation.rules.sets.compiled import CompiledRule, RuleSet
from feuerwache.escalation.rules.sets.rule import Rule
from support.expressions import CALMLY, contexts, expressions, loose_expressions

#: What no type can foresee: zero, an index, 64 bits.
AT_RUN_TIME = (ArithmeticError, IndexError)


@CALMLY
@given(loose_expressions() | expressions(), contexts())
def test_what_passes_gives_true_or_false(source: str, context: Context) -> None:
    assume(not flaws(parse(source), SCHEMA) and "/ (" not in source)  # 0.0 / 0.0 has no order
    with suppress(*AT_RUN_TIME):
        assert isinstance(cel.compile(source).execute(cel.Context(context)), bool)


@CALMLY
@given(expressions())
def test_well_typed_expressions_pass(source: str) -> None:
    found = [flaw for flaw in flaws(parse(source), SCHEMA) if "post.nothing" not in flaw.reason]
    assert [flaw for flaw in found if flaw.reason != "divides by zero"] == []


@pytest.mark.parametrize(
    ("source", "offset", "reason"),
    [
        (
            "true && author.warnings_9d > 0",
            8,
            "unknown field 'author.warnings_9d'; did you mean 'author.warnings_90d'?",
        ),
        ("autor.posts_1h > 3", 0, "unknown name 'autor'; did you mean 'author'?"),
        ("post.trust > 0.5", 0, "unknown field 'post.trust'; did you mean 'author.trust'?"),
        ("near_duplicates > 3", 0, "unknown name 'near_duplicates'; did you mean 'matched.near_duplicates'?"),
        ("labels", 0, "'labels' is no value but a group of fields; name one: labels.insult"),
        ("post['text'] == ''", 0, "fields of 'post' are written with a dot"),
        ("labels.insult", 0, "gives a double, not true or false; compare it: … >= 0.7"),
        (
            "labels.insult && post.is_reply",
            0,
            "true or false is needed beside '&&', not a double; compare it: … >= 0.7",
        ),
        ("!post.length", 1, "true or false is needed after '!', not an int; compare it: … >= 1"),
        ("post.language == 5", 14, "a string never equals an int"),
        (
            "post.length > '5'",
            12,
            "'>' is between two numbers or two texts, not int and string; leave out the quotes: 5",
        ),
        ("post.length + 1.5 > 3.0", 12, "whole numbers and decimals do not mix in '+'; convert one: double(…) or 2.0"),
        ("post.length / 0 > 1", 12, "divides by zero"),
        ("'x' in post.text", 4, "'in' is for lists; for a text write .contains('…')"),
        ("5 in post.links", 2, "an int is never in a list of string"),
        ("post.links.contains('x')", 11, "'contains' is for texts; for a list write `x in list`"),
        ("contains(post.text, 'x')", 0, "'contains' is called on a text: post.text.contains('…')"),
        ("post.text.contain('x')", 10, "unknown function 'contain'; did you mean 'contains'?"),
        ("len(post.text) > 5", 0, "unknown function 'len'; did you mean 'size'?"),
        ("max(1, 2) > 1", 0, "unknown function 'max'; did you mean 'map'?"),
        (
            "post.text.exists(x, x == 'a')",
            10,
            "'exists' needs a list, not a string; for a text there is .contains('…')",
        ),
        ("post.links.exists(post, true)", 18, "'post' is taken already; choose another name"),
        ("post.links.exists(x, x.size())", 21, "true or false is needed of 'exists', not an int"),
        ("post.links.exists(x)", 11, "'exists' is written list.exists(x, …)"),
        ("post.links.all(x, y == x)", 18, "unknown name 'y'"),
        ("post.language in ['de', 5]", 24, "a list holds values of one type, not string and int"),
        ("post.is_reply ? 1 : 'a'", 20, "both values of '?' must be of one type, not int and string"),
        ("post.text.size == 3", 10, "a string has no field 'size'; did you mean .size()?"),
        ("post.length == 1u", 15, "no field is unsigned; write 1"),
        ("post.language == null", 17, "no field is ever null"),
        ("{'a': 1}.a == 1", 0, "no field is a map; did you mean a list: […]?"),
        ("post.is_reply || post.reach / post.words > 5", 28, "ask before: … > 0 && …"),
        ("post.links[0] == 'x'", 11, "index out of bounds"),
        ("post.text.matches(post.language)", 18, "a pattern is written as a text"),
        ("post.text.matches('a(b')", 20, "is no regular expression: unclosed group"),
        (r"post.text.matches('\\bä[z-a]')", 24, "is no regular expression: invalid character class range"),
        ("post.text.matches(r'a(?=b)')", 21, "look-around, including look-ahead and look-behind, is not supported"),
        ("post.text.matches('(a{1000}){1000}')", 19, "is a pattern that is too large; repeat less"),
    ],
)
def test_a_flaw_is_told_with_its_place_and_what_to_do(source: str, offset: int, reason: str) -> None:
    (flaw,) = inspect(source)
    assert flaw.reason.startswith(reason) or reason in flaw.reason
    assert flaw.offset == offset


def test_every_flaw_of_an_expression_is_told() -> None:
    found = flaws(parse("autor.trust > 1 && post.txt == '' && post.text.foo()"), SCHEMA)
    assert [flaw.offset for flaw in found] == [0, 19, 47]


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(a|aa)+$", "(a*)*b", "(.*)*x"])
def test_a_regex_bomb_is_harmless(pattern: str) -> None:
    """With a backtracking engine this test would not come to an end, in the library or as rules are judged."""
    source, text = f"post.text.matches('{pattern}')", "a" * 40_000 + "!"
    assert inspect(source) == []
    assert cel.compile(source).execute(cel.Context({"post": {"text": text}})) is False
    written = Rule.model_validate({"id": "a", "title": {"de": "x", "en": "x"}, "when": source, "then": ["hold"]})
    rule = CompiledRule(written, Condition(source), spot=None)  # type: ignore[arg-type]  # not looked at
    post = defaults()
    post["post"]["text"] = text
    assert Engine(RuleSet("bombs", (rule,))).judge(post).action is Action.APPROVE
