"""An example post: its text, why it is shown, what it was taken for and what was decided about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feuerwache.common.events.alarm import Highlight, Role
from feuerwache.common.events.classification import Classification, Label
from feuerwache.common.events.post import PostCreated, PostEdited, PostRef
from feuerwache.common.wording.sentence import role
from feuerwache.common.wording.tongue import TONGUES
from feuerwache.console.page.reader import Reader
from feuerwache.console.page.timeline import iso
from feuerwache.console.page.wording import Words
from feuerwache.console.store.reading import ExamplePost

#: A label is shown from this score on, the three strongest of them.
SHOWN_FROM = 0.5
SHOWN_LABELS = 3
#: So many characters of an example are shown.
MAX_TEXT = 700


@dataclass(frozen=True, slots=True)
class ExampleView:
    """`text` None: see `gap`. `url` only if it is a web address and names may be seen. `roles`: why it is shown.

    `marks` are what is to be known about the decision: that nobody acts on it, that its author has appealed.
    """

    text: str | None
    gap: str
    language: str | None
    author: str
    at: str
    at_iso: str
    labels: tuple[str, ...]
    action: str | None
    marks: tuple[str, ...]
    url: str | None
    roles: tuple[str, ...]


def examples(posts: Sequence[ExamplePost], highlights: Sequence[Highlight], reader: Reader) -> tuple[ExampleView, ...]:
    """Each post once with all that it is shown for; those with a role first, in the order of the roles."""
    ranks = list(Role)

    def rank(one: ExamplePost) -> int:
        return min((ranks.index(mark.role) for mark in highlights if same(mark.ref, one.ref)), default=len(ranks))

    return tuple(example(one, highlights, reader) for one in sorted(posts, key=rank))


def same(one: PostRef, other: PostRef) -> bool:
    return (one.platform, one.post_id) == (other.platform, other.post_id)


def example(one: ExamplePost, highlights: Sequence[Highlight], reader: Reader) -> ExampleView:
    words = reader.words
    marks = [mark for mark in highlights if same(mark.ref, one.ref)]
    roles = tuple(dict.fromkeys(role(mark, TONGUES[reader.language]) for mark in marks))
    action = words.action[one.decision.action] if one.decision is not None else None
    dry_run = one.decision is not None and one.decision.dry_run
    noted = ((dry_run, "dry_run"), (one.appealed, "appealed"))
    told = tuple(words.ui[name] for holds, name in noted if holds)
    received = one.post.received if one.post is not None else None
    if one.post is None or not isinstance(received, PostCreated | PostEdited):
        gap = words.ui["example_deleted" if one.deleted else "example_missing"]
        return ExampleView(None, gap, None, "", "", "", (), action, told, None, roles)
    post, classification = received.post, one.post.classification
    named = reader.sees_names(received.ref.community)
    web = named and post.url is not None and post.url.startswith(("https://", "http://"))
    return ExampleView(
        text=beginning(reader.text(received)),
        gap="",
        language=classification.language if classification and classification.language != "und" else None,
        author=words.ui["by"].format(author=reader.author(received)),
        at=reader.time(post.created_at),
        at_iso=iso(post.created_at),
        labels=strongest(classification, words),
        action=action,
        marks=told,
        url=post.url if web else None,  # the post's own page names its author
        roles=roles,
    )


def beginning(text: str) -> str:
    """As much of a post as helps to judge; the rest stands on its platform."""
    if len(text) <= MAX_TEXT:
        return text
    return text[:MAX_TEXT].rsplit(maxsplit=1)[0] + " …"


def strongest(classification: Classification | None, words: Words) -> tuple[str, ...]:
    if classification is None:
        return ()
    ranked = sorted(classification.labels.items(), key=lambda label: -label[1])
    known: Mapping[str, Label] = {label.value: label for label in Label}
    return tuple(words.label[known[name]] for name, score in ranked if score >= SHOWN_FROM and name in known)[
        :SHOWN_LABELS
    ]
