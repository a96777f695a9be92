"""What is theirs and not ours: aiokafka sometimes leaves a connection open when a group's consumer is stopped while it
makes one, which these tests do all the time (integrations that come and go, processes that are restarted).

Python tells of it whenever it happens to collect the garbage, in whichever test runs then. So it is collected here,
after each test, and this one complaint is not an error. Everything else still is.
"""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

#: The connection, and what it is made of: reader, transport, socket.
LEFT_OPEN = ("Unclosed AIOKafkaConnection", "loop is closed", "unclosed transport", "unclosed <socket")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for left in LEFT_OPEN:
                item.add_marker(pytest.mark.filterwarnings(f"ignore:{left}:ResourceWarning"))


@pytest.fixture(autouse=True)
def _nothing_left_for_the_next_test() -> Iterator[None]:
    yield
    with warnings.catch_warnings():
        for left in LEFT_OPEN:
            warnings.filterwarnings("ignore", left, ResourceWarning)
        gc.collect()
