"""Sends posts, what happened to them, and appeals to Feuerwache. Needs nothing else of Feuerwache.

from feuerwache.client import Client

with Client("https://feuerwache.example", token) as client:
    client.send({"post_id": "1", "author": {"id": "a"}, "text": "Hallo", "created_at": "2026-11-22T10:00:00Z"})
"""

from feuerwache.client.aio import AsyncClient
from feuerwache.client.answer import Answer, FeuerwacheError, Item, Problem, Refused, Rejected, Unavailable
from feuerwache.client.batch import AsyncBatch, Batch
from feuerwache.client.client import Client

__all__ = [
    "Answer",
    "AsyncBatch",
    "AsyncClient",
    "Batch",
    "Client",
    "FeuerwacheError",
    "Item",
    "Problem",
    "Refused",
    "Rejected",
    "Unavailable",
]
