"""What the fields of the context can be: scores from 0 to 1, hours from 0 to 23, counts from 0, and so on.

What a condition can never be is proved from this, so nothing may be narrower here than on a real post. Whole numbers
count from 0 where nothing else is said; decimals and texts can be anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from feuerwache.common.events.decision import Severity, Standing
from feuerwache.common.events.post import MAX_TEXT, Visibility
from feuerwache.escalation.rules.language.context import SCHEMA
from feuerwache.escalation.rules.language.expression.claim import Claim, Numbers, Texts
from feuerwache.escalation.rules.language.expression.cost import Size
from feuerwache.escalation.rules.language.expression.interval import Interval

SHARE = Numbers(Interval(0.0, 1.0))
COUNT = Numbers(Interval(low=0, whole=True))
#: A decimal that a program writes is a number, however large.
DECIMAL = Numbers(Interval())


def _domain(name: str, default: object) -> Claim | None:
    if name == "labels":
        return SHARE
    if isinstance(default, bool):
        return None
    return COUNT if isinstance(default, int) else DECIMAL if isinstance(default, float) else None


DOMAINS: Mapping[str, Claim] = {
    **{
        f"{name}.{field}": claim
        for name, fields in SCHEMA.items()
        for field, default in fields.items()
        if (claim := _domain(name, default)) is not None
    },
    "post.capitals": SHARE,
    "post.visibility": Texts(among=frozenset(each.value for each in Visibility)),
    "author.trust": SHARE,
    "author.account_age_days": Numbers(Interval(low=-1, whole=True)),
    "author.standing": Texts(among=frozenset(each.value for each in Standing)),
    "community.incident_severity": Texts(among=frozenset({"", *(each.value for each in Severity)})),
    "time.hour": Numbers(Interval(0, 23, whole=True)),
}

_NAME, _NAMES = Size(0, 200), Size(100, 200)

#: How large a text or list of a post can be, as ingest lets it in; what is not listed is a name, or up to 100 of them.
SIZES: Mapping[str, Size] = {
    **{
        f"{name}.{field}": _NAMES if isinstance(default, list) else _NAME
        for name, fields in SCHEMA.items()
        for field, default in fields.items()
        if isinstance(default, str | list)
    },
    "post.text": Size(0, MAX_TEXT),
    "post.links": Size(50, 2_048),
}
