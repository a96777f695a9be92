"""The connection to SQL: tables made and filled when missing, SQLite set up for one writer beside many readers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from feuerwache.common.errors import TransientError
from feuerwache.console.store import waiting
from feuerwache.console.store.tables import metadata

#: How long a writer waits for another one, in real seconds.
BUSY_SECONDS = 10


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[AsyncEngine]:
    """The engine with all tables in place. Raises `TransientError` when SQL cannot be reached."""
    engine = create_async_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", set_up_sqlite)
    try:
        async with transaction(engine) as connection:
            await connection.run_sync(metadata.create_all)
            await waiting.catch_up(connection)
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Everything inside is written, or nothing. What SQL refuses for now is a `TransientError`."""
    try:
        async with engine.begin() as connection:
            yield connection
    except OperationalError as error:
        raise TransientError(f"SQL: {error.orig!r}") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise TransientError(f"SQL: {error.orig!r}") from error
        raise


def set_up_sqlite(connection: Any, _record: Any) -> None:
    """Readers do not wait for the writer (WAL); a commit survives a crash of the process."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.close()
