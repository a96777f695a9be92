"""Two people at each other's throats: hostile answers of the last day, by who wrote them and to whom. No names.

Part of the community's memory: approximate, in event time, the same answer twice counts once.
"""

from __future__ import annotations

from itertools import islice

DAY = 86400
#: Answers between two people, and people of one author, that are looked at; more raise a number that is high already.
MAX_ANSWERS, MAX_PEOPLE = 50, 50


class Feuds:
    """Who answered whom with hostility. People and posts are pseudonyms, times seconds since 1970."""

    __slots__ = ("_answers",)

    def __init__(self) -> None:
        self._answers: dict[str, dict[str, dict[str, int]]] = {}  # author → answered → post → at

    def add(self, author: str, answered: str, post: str, at: int) -> None:
        self._answers.setdefault(author, {}).setdefault(answered, {})[post] = at

    def forget(self, author: str, answered: str, post: str) -> None:
        people = self._answers.get(author, {})
        posts = people.get(answered, {})
        posts.pop(post, None)
        if not posts:
            people.pop(answered, None)
        if not people:
            self._answers.pop(author, None)

    def between(self, author: str, other: str, post: str, at: int) -> int:
        """Hostile answers between two people within the day before `at`, `post` not included; 0 if only one is so."""
        forth = self._count(author, other, post, at)
        if not forth:
            return 0
        back = self._count(other, author, post, at)
        return forth + back if back else 0

    def people(self, author: str, post: str, at: int) -> int:
        """With how many people the author exchanged hostile answers, both ways, within the day before `at`."""
        answered = self._answers.get(author)
        if not answered:
            return 0
        return sum(self.between(author, other, post, at) > 0 for other in islice(reversed(answered), MAX_PEOPLE))

    def _count(self, author: str, other: str, post: str, at: int) -> int:
        posts = self._answers.get(author, {}).get(other)
        if not posts:
            return 0
        newest = islice(reversed(posts.items()), MAX_ANSWERS)
        return sum(each != post and 0 <= at - written < DAY for each, written in newest)
