"""The whole of `feuerwache rules replay`: what is asked for, checked before any work; the work; what came of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.kafka.topics import POSTS_CLASSIFIED
from feuerwache.escalation.rules.house import HouseRules
from feuerwache.escalation.rules.judging.judging import Options
from feuerwache.escalation.rules.replay import file
from feuerwache.escalation.rules.replay.candidate import load_candidate
from feuerwache.escalation.rules.replay.change import Change
from feuerwache.escalation.rules.replay.crew import processes_for, run, shares
from feuerwache.escalation.rules.replay.finding import Circumstances, told
from feuerwache.escalation.rules.replay.share import Share
from feuerwache.escalation.rules.replay.span import Span
from feuerwache.escalation.rules.replay.tape import NothingPassed, Reel, find
from feuerwache.escalation.rules.replay.work import Order
from feuerwache.escalation.rules.settings import RulesSettings


class UnknownCommunity(FeuerwacheError):  # noqa: N818 - it names what was given
    """No configuration has it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to know. `against` None: what was really decided, else the rules of `config`.

    `path` is a file of exported posts, in the place of Kafka. `span` None: the whole file.
    """

    candidate: Path
    config: Path
    against: Path | None = None
    span: Span | None = None
    path: Path | None = None
    communities: tuple[str, ...] = ()
    texts: bool = False
    processes: int | None = None


def replay(wish: Wish, settings: RulesSettings, console: Console) -> Change:
    """With a bar on this console. Raises `ConfigError`, `UnknownCommunity`, `NothingPassed`, `BadFile`, and
    `TransientError` where Kafka is away.
    """
    began = time.monotonic()
    after = load_candidate(wish.candidate, wish.config)
    before = load_candidate(wish.against, wish.config) if wish.against is not None else None
    _known(wish.communities, after, before)
    order = Order(
        candidate=wish.candidate,
        config=wish.config,
        against=wish.against,
        options=_options(settings),
        texts=wish.texts,
        recorded=False,
        only=frozenset(wish.communities) or None,
        settings=settings,
        generation=settings.rules_generation,
        requota=_requota(wish.config, after, before),
    )
    if wish.path is not None:
        orders, posts = _of_file(wish, order, after, wish.path)
    else:
        assert wish.span is not None
        quotas = any(rule.quota for rules in (after, before) if rules is not None for rule in rules.rules)
        reel = asyncio.run(find(settings, wish.span, quotas=quotas))
        orders, posts = _of_reel(wish, order, after, reel), reel.of(POSTS_CLASSIFIED.name)
    rejudged = orders[0].against is not None
    if rejudged and before is None:
        before = load_candidate(wish.config, wish.config)
    share = _with_bar(orders, posts, console)
    if not (share.tally.posts or share.tally.refused or share.tally.aside or share.warmed):
        raise NothingPassed("nothing of what was asked for is in the span")
    begin, end, warm = _times(wish, orders[0], share.last)
    under = Circumstances(
        since=begin,
        until=end,
        warm_from=warm,
        timezone=next((house.community.timezone for house in after.houses.values()), "UTC"),
        source=wish.path.name if wish.path is not None else "Kafka",
        candidate=str(wish.candidate),
        against=str(orders[0].against or ""),
        recorded=orders[0].recorded,
        rejudged=rejudged,
        communities=wish.communities,
        after=after,
        before=before,
        journals=orders[0].reel.journals if orders[0].reel is not None else 0,
        processes=len(orders),
        seconds=time.monotonic() - began,
    )
    return told(share, under)


def _options(settings: RulesSettings) -> Options:
    """As the service judges, with its key: what journals say of people is in its hashes."""
    return Options(
        report_threshold=settings.rules_report_threshold,
        label_threshold=settings.rules_label_threshold,
        pulse_key=settings.pulse_secret.get_secret_value().encode()[:64],
    )


def _requota(config: Path, *sides: HouseRules | None) -> frozenset[str]:
    """The rules whose quota is not the one in force; without a configuration in force, what was recorded stands."""
    if not (config / "communities.yaml").exists():
        return frozenset()
    present = {rule.id: rule.quota for rule in load_candidate(config, config).rules}
    rules = (rule for side in sides if side is not None for rule in side.rules)
    return frozenset(rule.id for rule in rules if rule.id in present and rule.quota != present[rule.id])


def _known(wanted: Iterable[str], after: HouseRules, before: HouseRules | None) -> None:
    there = after.houses.keys() | (before.houses.keys() if before is not None else set())
    for name in wanted:
        if name not in there:
            close = get_close_matches(name, sorted(there), n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(sorted(there))}"
            raise UnknownCommunity(f"no community {name!r} in communities.yaml{hint}")


def _of_reel(wish: Wish, order: Order, rules: HouseRules, reel: Reel) -> list[Order]:
    order = replace(order, reel=reel, recorded=reel.recorded, partitions=tuple(reel.partitions))
    if not reel.recorded and order.against is None:
        order = replace(order, against=wish.config)
    events = reel.of(POSTS_CLASSIFIED.name)
    if reel.recorded:
        weights = {each: _length(reel, each) for each in reel.partitions}
        count = processes_for(events, sum(weight > 0 for weight in weights.values()), wish.processes)
        return [replace(order, partitions=tuple(sorted(part))) for part in shares(weights, count)]
    alike = Counter(dict.fromkeys(order.only or rules.houses, 1))
    return _by_brand(order, rules, alike, processes_for(events, len(_brands(rules, alike)), wish.processes))


def _length(reel: Reel, partition: int) -> int:
    key = (POSTS_CLASSIFIED.name, partition)
    return reel.ends[key] - reel.starts[key]


def _of_file(wish: Wish, order: Order, rules: HouseRules, path: Path) -> tuple[list[Order], int]:
    """The orders, and how many lines there are."""
    counts, decided = file.communities(path)
    span = wish.span
    order = replace(
        order,
        path=path,
        recorded=decided,
        against=order.against if decided or order.against is not None else wish.config,
        since=span.since if span is not None else None,
        until=span.until if span is not None else None,
        warm_from=span.since - span.warm_up if span is not None and span.warm_up is not None else None,
    )
    alike = Counter({name: count for name, count in counts.items() if order.only is None or name in order.only})
    if not alike:
        raise NothingPassed(f"{path} holds no post of {', '.join(sorted(order.only or ()))}")
    count = processes_for(sum(alike.values()), len(_brands(rules, alike)), wish.processes)
    return _by_brand(order, rules, alike, count), sum(counts.values())


def _brands(rules: HouseRules, counts: Mapping[str, int]) -> dict[str, list[str]]:
    """Brand → its communities; what the configuration does not know stands for itself."""
    brands: dict[str, list[str]] = {}
    for name in counts:
        house = rules.houses.get(name)
        brands.setdefault(house.community.brand if house is not None else f"\x1f{name}", []).append(name)
    return brands


def _by_brand(order: Order, rules: HouseRules, counts: Mapping[str, int], count: int) -> list[Order]:
    if count == 1:
        return [order]
    brands = _brands(rules, counts)
    weights = {brand: sum(counts[name] for name in names) for brand, names in brands.items()}
    return [
        replace(order, only=frozenset(name for brand in part for name in brands[brand]))
        for part in shares(weights, count)
    ]


def _with_bar(orders: list[Order], posts: int, console: Console) -> Share:
    """Where each process reads everything and passes over what is not its own, the bar counts all of that."""
    whole = posts if orders[0].reel is not None and orders[0].recorded else posts * len(orders)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]:>8,.0f} posts/s"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Judging anew", total=whole, rate=0.0)
        began = time.monotonic()

        def seen(count: int) -> None:
            passed = time.monotonic() - began
            progress.update(task, completed=count, rate=count * posts / whole / passed if passed else 0.0)

        return run(orders, seen)


def _times(wish: Wish, order: Order, last: datetime | None) -> tuple[datetime, datetime, datetime]:
    """The span as it was, in UTC, and where judging began."""
    if order.reel is not None and wish.span is not None:
        begins = datetime.fromtimestamp(order.reel.begins / 1000, UTC)
        return wish.span.since, wish.span.until or datetime.now(UTC), begins
    assert wish.path is not None
    first, end = file.first(wish.path), last or datetime.now(UTC)
    if wish.span is None:
        return first, end, first
    return max(first, wish.span.since), wish.span.until or end, max(first, order.warm_from or first)
