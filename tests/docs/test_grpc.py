"""docs/grpc.md says what the .proto files say now."""

from __future__ import annotations

from pathlib import Path

from support.grpcdocs import page

PAGE = Path(__file__).parents[2] / "docs" / "grpc.md"


def test_the_page_is_that_of_the_files() -> None:
    how = "PYTHONPATH=tests .venv/bin/python -m support.grpcdocs > docs/grpc.md"
    assert PAGE.read_text() == page(), f"write it anew: {how}"


def test_it_has_every_call_and_what_is_said_of_it() -> None:
    written = page()
    for call in (
        "Publish(PublishRequest)",
        "PublishStream(stream PublishStreamRequest) → stream PublishStreamResponse",
    ):
        assert f"**`{call}" in written
    assert "| `post_id` | string | Unique on the platform. |" in written
    assert "| `reach` | optional int64 |" in written
    assert "one of `what`." in written
