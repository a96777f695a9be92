"""`make bench`: runs everything on one fresh Kafka and Redis and writes the table to `.feuerwache/bench/table.md`."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from bench import alarms, latency, memory, pages, replays, rules, throughput
from bench.latency import Latency
from bench.memory import Resident
from bench.pages import PageLatency
from bench.stack import stack
from bench.throughput import Row
from feuerwache.local.places import STATE, checkout

RATES = (200, 1_000)
PAGES_A_MINUTE, PAGES_SECONDS = 1_000, 60.0
PULSES, ALARMS, PAGES = 5_000, 2_000, 500


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--posts", type=int, default=30_000, help="records per throughput measurement")
    parser.add_argument("--seconds", type=float, default=20.0, help="seconds per latency measurement")
    parser.add_argument("--only", choices=("pages", "replay", "rules"), help="this part alone")
    parser.add_argument("--processes", type=int, help="of the replay; default: as many as cores")
    parser.add_argument("--backlog", type=int, default=60_000, help="posts that lie there when the rules start")
    parser.add_argument("--authors", type=int, default=1_000_000, help="authors whose journals Redis holds")
    arguments = parser.parse_args()
    console = Console()
    if arguments.only == "replay":
        console.print(Markdown(asyncio.run(replay_alone(console, arguments.posts, arguments.processes))))
        return
    if arguments.only == "rules":
        console.print(
            Markdown(asyncio.run(rules_alone(console, arguments.posts, arguments.backlog, arguments.authors)))
        )
        return
    if arguments.only:
        console.print(Markdown(asyncio.run(pages_alone(console))))
        return
    table = asyncio.run(measure(console, arguments.posts, arguments.seconds))
    target = checkout(Path(__file__).parent) / STATE / "bench" / "table.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(table, "utf-8")
    console.print(Markdown(table))
    console.print(f"Written to {target}")


async def measure(console: Console, records: int, seconds: float) -> str:
    """The whole table as Markdown."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="feuerwache-bench-") as home:
        async with stack(Path(home)) as servers:
            for part in (throughput.raw_relay, throughput.classifier, throughput.rules, throughput.ingest):
                console.print(f"measuring {part.__name__.replace('_', ' ')} …")
                rows.append(told(console, await part(servers, records)))
            for late, count in ((alarms.crisis, PULSES), (alarms.incidents, ALARMS), (alarms.notifier, PAGES)):
                console.print(f"measuring {late.__name__} …")
                rows.append(told(console, await late(servers, count)))
            console.print("measuring the whole chain …")
            rows.append(told(console, await throughput.chain(servers, records, before=2 * records)))
    latencies = []
    with tempfile.TemporaryDirectory(prefix="feuerwache-bench-") as home:
        async with stack(Path(home)) as servers:
            for rate in RATES:
                console.print(f"measuring latency at {rate} posts/s …")
                latencies.append(await latency.accept_to_decision(servers, rate, seconds))
            console.print(f"measuring {PAGES_A_MINUTE} pages a minute …")
            paged = await pages.on_its_way(servers, PAGES_A_MINUTE, PAGES_SECONDS)
            console.print("measuring memory …")
            residents = await memory.every_process(servers)
    return render(rows, latencies, paged, residents)


async def pages_alone(console: Console) -> str:
    """`--only pages`: the one table of pages."""
    with tempfile.TemporaryDirectory(prefix="feuerwache-bench-") as home:
        async with stack(Path(home)) as servers:
            console.print(f"measuring {PAGES_A_MINUTE} pages a minute …")
            return "\n".join(page_table(await pages.on_its_way(servers, PAGES_A_MINUTE, PAGES_SECONDS)))


async def replay_alone(console: Console, count: int, processes: int | None) -> str:
    """`--only replay`: a rule change tried on that many posts that were decided before."""
    with tempfile.TemporaryDirectory(prefix="feuerwache-bench-") as home:
        async with stack(Path(home)) as servers:
            replayed = await replays.judged_anew(servers, console, count, processes)
    change = replayed.change
    return "\n".join(
        [
            "| replay | posts | changed | processes | seconds | posts/s | processor s | resident MB |",
            "|---|--:|--:|--:|--:|--:|--:|--:|",
            f"| rules replay | {change.posts:,} | {change.changed:,} | {change.processes} | {change.seconds:.1f} "
            f"| {change.per_second:,.0f} | {replayed.cpu:.1f} | {replayed.megabytes:.0f} |",
            "",
        ]
    )


async def rules_alone(console: Console, records: int, backlog: int, authors: int) -> str:
    """`--only rules`: the raw relay, and beside it what the rules stage can do."""
    with tempfile.TemporaryDirectory(prefix="feuerwache-bench-") as home:
        async with stack(Path(home)) as servers:
            console.print("measuring raw relay …")
            relay = told(console, await throughput.raw_relay(servers, records))
            console.print("measuring the rules stage …")
            return await rules.table(servers, relay.per_second, records, backlog, authors)


def told(console: Console, row: Row) -> Row:
    """Says a result as soon as there is one: the whole table takes minutes."""
    console.print(f"  {row.per_second:,.0f} records/s")
    return row


def page_table(paged: PageLatency) -> list[str]:
    return [
        "| pages a minute | arrived | p50 ms | p95 ms | p99 ms | over a second | resident MB |",
        "|--:|--:|--:|--:|--:|--:|--:|",
        f"| {paged.per_minute:,} | {paged.pages:,} | {paged.p50:.0f} | {paged.p95:.0f} | {paged.p99:.0f} "
        f"| {paged.late} | {paged.resident:.0f} |",
        "",
    ]


def render(rows: Sequence[Row], latencies: Sequence[Latency], paged: PageLatency, residents: Sequence[Resident]) -> str:
    """Four Markdown tables; ratios are against the raw relay, the first row."""
    relay = rows[0].per_second
    lines = [
        f"Measured on {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}; one broker, Redis, load and services share them.",
        "",
        "| part | records | records/s | of the relay | resident MB |",
        "|---|--:|--:|--:|--:|",
        *(
            f"| {row.name} | {row.records:,} | {row.per_second:,.0f} | {row.per_second / relay:.2f} "
            f"| {f'{row.resident:.0f}' if row.resident else ''} |"
            for row in rows
        ),
        "",
        "| posts/s over HTTP | decided | refused | p50 ms | p95 ms | p99 ms |",
        "|--:|--:|--:|--:|--:|--:|",
        *(
            f"| {one.per_second:,} | {one.decided:,} | {one.refused} | {one.p50:.0f} | {one.p95:.0f} | {one.p99:.0f} |"
            for one in latencies
        ),
        "",
        *page_table(paged),
        "| process, idle after start | resident MB |",
        "|---|--:|",
        *(f"| {one.name} | {one.megabytes:.0f} |" for one in residents),
        f"| together | {sum(one.megabytes for one in residents):.0f} |",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
