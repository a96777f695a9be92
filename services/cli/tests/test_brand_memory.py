"""A simulation knows of an author what the brand's other communities know, where they share it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from feuerwache.cli.simulate.recording import read
from feuerwache.cli.simulate.simulation import simulate
from feuerwache.cli.simulate.station import load_station
from feuerwache.cli.simulate.weekend import Circumstances
from feuerwache.escalation.crisis.csvfile import read_counts
from support.evening import BEGIN, FACEBOOK, FORUM, post, weeks, write
from support.shipped import copied, edit

TEXT = "Hier viel billiger als im Laden, nur heute, schaut alle vorbei: https://shop.example/angebot"


@pytest.mark.parametrize(("memory", "reviews"), (("brand", 1), ("community", 0)))
def test_the_same_text_next_door_is_seen_where_the_brand_shares_its_memory(
    tmp_path: Path, memory: str, reviews: int
) -> None:
    config = copied(tmp_path)
    one_platform = "platform: facebook\n    communities: [morgenrot-facebook, morgenrot-forum]"
    edit(config / "integrations.yaml", "platform: facebook\n    communities: [morgenrot-facebook]", one_platform)
    for _ in (FACEBOOK, FORUM):
        edit(config / "communities.yaml", "author_memory: brand", f"author_memory: {memory} ")
    past = [
        post(number, BEGIN - timedelta(days=number), f"Guten Morgen, Tag {number}.", community) | {"historic": True}
        for number, community in ((121, FACEBOOK), (81, FORUM))  # a newcomer's link would be held already
    ]
    items = [
        *[each | {"platform": "facebook"} for each in past],
        post(1, BEGIN, TEXT, FACEBOOK) | {"platform": "facebook"},
        post(41, BEGIN + timedelta(minutes=5), TEXT, FORUM) | {"platform": "facebook"},
    ]
    (tmp_path / "weeks.csv").write_text(weeks(), "utf-8")
    file = write(tmp_path / "evening.jsonl", items)
    station = load_station(config)
    circumstances = Circumstances(counts=read_counts(tmp_path / "weeks.csv"))
    reports = [
        simulate("evening", read(file, station.integrations), station, circumstances, processes=processes)
        for processes in (1, 2)
    ]
    assert reports[0].model_dump_json() == reports[1].model_dump_json()
    assert reports[0].decisions.get("review", 0) == reviews
