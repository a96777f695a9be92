"""Entries of an author's journal, and an oracle that keeps all of them and counts them one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from feuerwache.common.events.author import AuthorJournalled, JournalEntry
from feuerwache.common.events.base import FEUERWACHE_NAMESPACE
from feuerwache.escalation.rules.author.journal import Journal, Positions

AGAINST = {"remove", "hide", "restrict", "warn"}


def violation(each: JournalEntry) -> bool:
    return bool({"remove", "hide", "restrict"} & set(each.actions)) or {"hold", "warn"} <= set(each.actions)


def event_id(number: int) -> UUID:
    return uuid5(FEUERWACHE_NAMESPACE, f"entry-{number}")


def entry(
    offset: int,
    at: datetime,
    actions: tuple[str, ...] = ("approve",),
    *,
    kind: str = "created",
    post: str | None = None,
    **more: Any,
) -> JournalEntry:
    """An entry at this offset about a post of its own; without actions, nothing was decided."""
    return JournalEntry(
        **{
            "generation": 0,
            "offset": offset,
            "event_id": event_id(offset),
            "decision_id": event_id(-offset - 1) if actions else None,
            "platform": "" if kind == "standing" else "facebook",
            "post_id": "" if kind == "standing" else f"p{offset}" if post is None else post,
            "revision": 0,
            "at": at,
            "kind": kind,
            "actions": actions,
            "automated": kind not in ("moderated", "standing"),
        }
        | more
    )


def through_json(saved: AuthorJournalled) -> AuthorJournalled:
    return AuthorJournalled.model_validate_json(saved.model_dump_json())


def reopened(journal: Journal, positions: Positions) -> Journal:
    """The journal after it was saved and read again."""
    opened = Journal.opened(through_json(journal.saved()), positions)
    assert opened is not None
    return opened


class Oracle:
    """All entries there ever were, in the order in which they were judged."""

    def __init__(self, entries: Iterable[JournalEntry]) -> None:
        self.entries: Sequence[JournalEntry] = list(entries)
        self._posts: dict[str, list[JournalEntry]] = {}
        for each in self.entries:
            if each.kind != "standing":
                self._posts.setdefault(each.post_id, []).append(each)

    def posts(self, at: datetime, span: timedelta) -> int:
        """Posts written in the time before `at`, to the second."""
        return sum(at - span < each.at <= at for each in self.entries if each.kind == "created")

    def in_force(self) -> list[JournalEntry]:
        """The decision about each post that counts, where it is against its author: no report makes it younger."""
        given: list[JournalEntry] = []
        for entries in self._posts.values():
            last: JournalEntry | None = None
            for each in entries:
                if each.decision_id is None:
                    continue
                if last is None or each.kind != "reported" or each.dry_run != last.dry_run:
                    last = each
            if last is not None and AGAINST & set(last.actions) and not last.dry_run:
                given.append(last)
        return given

    def violations(self, at: datetime, span: timedelta) -> int:
        """Violations in the time before `at`, to the second."""
        return sum(at - span < each.at <= at for each in self.in_force() if violation(each))

    def by_days(self, at: datetime) -> dict[str, int]:
        """The windows of several days: the day (UTC) of `at` and so many before it."""
        today = at.date()

        def within(days: int, times: Iterable[datetime]) -> int:
            return sum(timedelta(0) <= today - time.date() <= timedelta(days) for time in times)

        marks = self.in_force()
        upheld = [report for report, right in self._reports() if right is True]
        refused = [report for report, right in self._reports() if right is False]
        reports = [report for report, _ in self._reports()]
        latest = [reported[-1] for reported in self._reported() if reported]
        counted: dict[str, tuple[Iterable[JournalEntry], tuple[int, ...]]] = {
            "posts": ([each for each in self.entries if each.kind == "created"], (7, 30, 365)),
            "violations": ([each for each in marks if violation(each)], (7, 30, 90, 365)),
            "warnings": ([each for each in marks if "warn" in each.actions and each.step != "hint"], (30, 90, 365)),
            "restrictions": ([each for each in marks if "restrict" in each.actions], (30, 90, 365)),
            "reports": (reports, (7, 30, 90, 365)),
            "reports_upheld": (upheld, (30, 90, 365)),
            "reports_refused": (refused, (90,)),
            "reported_posts": (latest, (30,)),
        }
        return {
            f"{name}_{days}d": within(days, [each.at for each in entries])
            for name, (entries, spans) in counted.items()
            for days in spans
        }

    def _reported(self) -> list[list[JournalEntry]]:
        return [[each for each in entries if each.kind == "reported"] for entries in self._posts.values()]

    def _reports(self) -> list[tuple[JournalEntry, bool | None]]:
        """Each report, and whether it was right: the decision in force is against the post, or a human let it stand."""
        told: list[tuple[JournalEntry, bool | None]] = []
        for entries in self._posts.values():
            decided = [each for each in entries if each.decision_id is not None][-1:]
            right: bool | None = None
            if decided and not decided[0].dry_run:
                right = True if AGAINST & set(decided[0].actions) else None if decided[0].automated else False
            told += [(each, right) for each in entries if each.kind == "reported"]
        return told
