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
