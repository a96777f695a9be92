"""What is known of a platform's adapter: which events it takes, what it cannot have, and where that is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from feuerwache.common.events.decision import Action


class Feature(StrEnum):
    """What a platform may tell, and how it proves that it was it."""

    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"
    REPORT = "report"
    MODERATE = "moderate"
    REPLY = "reply"
    MEDIA = "media"
    REACH = "reach"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Profile:
    """`docs` are the pages of the platform that the adapter was checked against.

    `features`: what it takes, with a limit in words or "" for all of it. `missing`: what cannot be had there, and why;
    both together name every feature. `actions`: what can be done over there, with its limit. `secrets` by name:
    whether it must be there.
    """

    name: str
    title: str
    way: Literal["webhook", "polling", "file"]
    docs: tuple[str, ...]
    features: Mapping[Feature, str]
    missing: Mapping[Feature, str] = field(default_factory=dict)
    actions: Mapping[Action, str] = field(default_factory=dict)
    secrets: Mapping[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        said, unsaid = [*self.features, *self.missing], set(Feature)
        if len(said) != len(set(said)) or set(said) != unsaid:
            raise ValueError(f"the profile of {self.name} must say of every feature, once, whether it can be had")
