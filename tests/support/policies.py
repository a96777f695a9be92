"""Policies as they stand in a file, in force in the house of the tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from feuerwache.common.events.base import Event
from feuerwache.common.events.page import LayerTarget, PageRequested
from feuerwache.escalation.policy.house import House
from feuerwache.escalation.policy.policies import Policies, Policy
from support.incidents import house

BERLIN = ZoneInfo("Europe/Berlin")


def governed(policy: dict[str, Any] | Policy) -> House:
    """The house of the tests, under this policy."""
    if not isinstance(policy, Policy):
        policy = Policy.model_validate({"id": "brand", **policy})
    return replace(house(), policies=Policies(policies=(policy,)))


def step(layer: str, wait: int, **more: Any) -> dict[str, Any]:
    return {"reach": [{"layer": f"morgenrot/{layer}"}], "wait": f"{wait}m", **more}


def names(page: Event[PageRequested]) -> str:
    (target,) = page.data.targets
    return target.layer if isinstance(target, LayerTarget) else getattr(target, "person_id", "?")
