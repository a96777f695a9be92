"""The three ways in which work can fail, and what the runner does about each.

FeuerwacheError
├── TransientError   the world is not ready (broker, Redis, provider): wait with jitter and try again
├── InvalidRecord    this record will never be right: dead letter with the reason, then go on
└── FatalError       going on would do harm: leave the process with `exit_code`, nothing committed
"""

from __future__ import annotations


class FeuerwacheError(Exception):
    """Base of everything this project raises on purpose."""


class TransientError(FeuerwacheError):
    """Try again later; the cause is outside of the record."""


class InvalidRecord(FeuerwacheError):  # noqa: N818 - named for what it is about; it is an error by its base class
    """The record can never be handled. The message says why, and holds no text of a post."""


class FatalError(FeuerwacheError):
    """The process must end. The message says what an operator should do."""

    def __init__(self, message: str, exit_code: int = 70) -> None:
        super().__init__(message)
        self.exit_code = exit_code
