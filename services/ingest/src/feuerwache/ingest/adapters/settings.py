"""What every adapter may be told in `config/integrations.yaml`; each one adds its own fields.

`places` says which part of the platform belongs to which community: a page, a category, a group, a channel. Where an
integration has one community and `places` is empty, everything belongs to it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Any

from pydantic import AfterValidator, field_validator

from feuerwache.common.config.source import ConfigModel
from feuerwache.common.events.decision import Action


def address(value: str) -> str:
    """A web address without query and last slash, to which paths are added."""
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
        raise ValueError("give the platform's address, as in https://forum.example")
    return value.rstrip("/")


#: Where a platform is that is not in one place alone.
Address = Annotated[str, AfterValidator(address)]


class AdapterSettings(ConfigModel):
    """`places`: the platform's name of a place (YAML may give a number) → community."""

    places: dict[str, str] = {}

    @field_validator("places", mode="before")
    @classmethod
    def places_are_text(cls, value: Any) -> Any:
        """A page's or a group's id is a number to YAML."""
        return {str(place): community for place, community in value.items()} if isinstance(value, dict) else value

    def community(self, *places: str) -> str | None:
        """Of the first place that is named; None where nothing is named: then the integration's only one is meant."""
        return next((self.places[place] for place in places if place in self.places), None)

    def clash(self, acts: Collection[Action]) -> str | None:
        """Why these settings and what is done on the platform (`outbound.acts`) do not go together, in words."""
        del acts  # most platforms tell what was hidden from what was deleted
        return None

    def knows(self, *places: str) -> bool:
        """Whether something from there is wanted: any place, where none are named."""
        return not self.places or any(place in self.places for place in places)
