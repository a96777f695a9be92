"""Sends one post with feuerwache.client, and then a report about it. All it needs is `feuerwache-client`."""

# ruff: noqa: T201 - a program that says what came of it

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from feuerwache.client import Client, FeuerwacheError


def main(post_id: str, text: str) -> int:
    now = os.environ.get("CREATED_AT") or datetime.now(UTC).isoformat()
    post = {
        "post_id": post_id,
        "author": {"id": "u-17", "handle": "kaffeetante"},
        "text": text,
        "created_at": now,
    }
    report = {
        "kind": "reported",
        "post_id": post_id,
        "report_id": f"report-of-{post_id}",
        "reason": "Beleidigung",
        "reported_at": now,
    }
    try:
        with Client(os.environ["FEUERWACHE_URL"], os.environ["FEUERWACHE_TOKEN"]) as client:
            answers = [client.send(post), client.send(report, kind="events")]
    except FeuerwacheError as error:
        print(error, file=sys.stderr)
        return 1
    for answer in answers:
        for item in answer.items:
            print(item.status, item.post_id, *item.problems)
    return 1 if any(answer.rejected for answer in answers) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
