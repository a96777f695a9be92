"""`config/departments.yaml`: whom posts are passed on to, and how long each has to answer."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from feuerwache.common.config.duration import Duration
from feuerwache.common.config.source import ConfigModel, load

FILE = "departments.yaml"


class Titles(ConfigModel):
    """What a department is called, in the languages of the house."""

    de: Annotated[str, Field(min_length=1, max_length=200)]
    en: Annotated[str, Field(min_length=1, max_length=200)]


class Department(ConfigModel):
    """One department. `answers_within` is counted in office hours of the post's community where `office_hours` says so.

    `contact` is for people: how the department is reached. Nothing is sent there.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Titles
    answers_within: Duration
    office_hours: bool = False
    contact: Annotated[str, Field(max_length=500)] = ""


class Departments(ConfigModel):
    departments: tuple[Department, ...] = ()

    @model_validator(mode="after")
    def ids_are_unique(self) -> Departments:
        seen: set[str] = set()
        for department in self.departments:
            if department.id in seen:
                raise ValueError(f"department {department.id!r} stands there twice")
            seen.add(department.id)
        return self

    @cached_property
    def by_id(self) -> dict[str, Department]:
        return {department.id: department for department in self.departments}


def load_departments(config_dir: Path) -> Departments:
    """No file means no departments. Raises `ConfigError`."""
    path = config_dir / FILE
    return load(path, Departments) if path.exists() else Departments()
