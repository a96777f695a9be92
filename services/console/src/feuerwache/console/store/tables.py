"""The tables. Documents are the events' own JSON; columns beside them are what is searched or compared.

Times ending in `_ms` are real time in milliseconds, as the broker stamped the record (LogAppendTime).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

#: The next offset to be read of each partition, written in the transaction of what was read up to there.
positions = Table(
    "positions",
    metadata,
    Column("topic", String(200), primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),
)

#: The last known state of each incident. `ended_ms`: when it became resolved, as long as it is.
incidents = Table(
    "incidents",
    metadata,
    Column("incident_id", String(36), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("ended_ms", BigInteger),
    Column("document", Text, nullable=False),
)

#: All lines of the timelines that became longer than an incident carries.
timelines = Table(
    "timelines",
    metadata,
    Column("incident_id", String(36), primary_key=True),
    Column("document", Text, nullable=False),
)

receipts = Table(
    "receipts",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column("incident_id", String(36), nullable=False),
    Column("document", Text, nullable=False),
    Index("receipts_by_incident", "incident_id"),
)

#: Every decision that stands; one that was withdrawn leaves.
decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", String(36), primary_key=True),
    Column("platform", String(200), nullable=False),
    Column("post_id", String(200), nullable=False),
    Column("written_ms", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    Index("decisions_by_post", "platform", "post_id"),
)

#: Appeals that wait for a human or were answered by one. `open` until then.
appeals = Table(
    "appeals",
    metadata,
    Column("decision_id", String(36), primary_key=True),
    Column("platform", String(200), nullable=False),
    Column("post_id", String(200), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("written_ms", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    Index("appeals_by_post", "platform", "post_id"),
)

#: The texts of posts, for showing the examples of an incident. A deleted post keeps its row and nothing else.
posts = Table(
    "posts",
    metadata,
    Column("platform", String(200), primary_key=True),
    Column("post_id", String(200), primary_key=True),
    Column("written_ms", BigInteger, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("document", Text),
    Index("posts_by_age", "written_ms"),
)

#: The posts that wait for a human: one row each, derived from the tables above in the transaction that writes these.
#: `decision_id` is the decision in force, None where only an appeal against an older one is known; `appeal_id` the
#: decision appealed against. `urgency` is an `Urgency`; `since_ms` the time since which it waits.
waiting = Table(
    "waiting",
    metadata,
    Column("platform", String(200), primary_key=True),
    Column("post_id", String(200), primary_key=True),
    Column("community", String(200), nullable=False),
    Column("decision_id", String(36)),
    Column("appeal_id", String(36)),
    Column("held", Boolean, nullable=False),
    Column("reported", Boolean, nullable=False),
    Column("asked", Boolean, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Index("waiting_by_urgency", "urgency", "since_ms"),
    Index("waiting_by_age", "since_ms"),
)

#: What humans said of posts and authors, and authors of decisions: notes and appeals, in their own words (`said`).
#: `post_id` is empty for a word on an author. `at_ms` is event time, `until_ms` the end of a standing.
words = Table(
    "words",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("platform", String(200), nullable=False),
    Column("post_id", String(200), nullable=False),
    Column("community", String(200), nullable=False),
    Column("author_id", String(200), nullable=False),
    Column("decision_id", String(36)),
    Column("verdict", String(40), nullable=False),
    Column("person_id", String(200), nullable=False),
    Column("said", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
    Column("written_ms", BigInteger, nullable=False),
    Index("words_by_post", "platform", "post_id"),
    Index("words_by_author", "community", "author_id"),
    Index("words_by_age", "written_ms"),
)

#: Whose click was first: one per post and decision that was looked at, taken before the word is given.
claims = Table(
    "claims",
    metadata,
    Column("platform", String(200), primary_key=True),
    Column("post_id", String(200), primary_key=True),
    Column("seen", String(60), primary_key=True),
    Column("command_id", String(36), nullable=False),
    Column("person_id", String(200), nullable=False),
    Column("verdict", String(40), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index("claims_by_age", "at_ms"),
)

#: How far derived tables have been filled out of what was there before they came.
versions = Table(
    "versions",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
)
