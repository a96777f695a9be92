"""Structured logs: one JSON object per line on stderr, with time, level, service and named values.

What a log line never holds: the text of a post, names or addresses of people, secrets. Kafka's client logs record
values at its debug level, so libraries are never let below warning, whatever level is asked for.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Literal

import structlog
from structlog.types import Processor

LOUD_LIBRARIES = ("aiokafka", "faust", "mode", "aiohttp", "asyncio", "grpc", "apprise", "httpx", "httpcore")


def configure(service: str, level: str = "info", form: Literal["json", "console"] = "json") -> None:
    """Sends structlog and the standard library's logging the same way. Called once, by the process shell."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if form == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for library in LOUD_LIBRARIES:
        logging.getLogger(library).setLevel(max(logging.WARNING, root.level))
    structlog.contextvars.bind_contextvars(service=service, pid=os.getpid())


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module: `log = logger(__name__)`."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound
