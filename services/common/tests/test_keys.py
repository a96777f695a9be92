"""Keys and partitions are part of the contract: a changed one would tear authors apart."""

from __future__ import annotations

from feuerwache.common.kafka.keys import author_key, override_key, partition_of, post_key, shard_of


def test_partitions_stay_where_they_are() -> None:
    """Golden values: CRC-32 as zlib, Java's java.util.zip.CRC32 and Go's hash/crc32.IEEE compute it."""
    assert partition_of(b"123456789", 2**32) == 0xCBF43926
    assert partition_of(author_key("morgenrot-facebook", "u-17"), 12) == 3
    assert shard_of("morgenrot-facebook", 8) == 6
    assert shard_of("morgenrot-forum", 8) == 2


def test_parts_of_a_key_cannot_run_into_each_other() -> None:
    assert author_key("ab", "c") != author_key("a", "bc")
    assert post_key("ab", "c") != post_key("a", "bc")


def test_authors_spread_over_all_partitions() -> None:
    hits = {partition_of(author_key("morgenrot-forum", str(number)), 12) for number in range(500)}
    assert hits == set(range(12))


def test_two_overrides_of_one_schedule_survive_compaction_side_by_side() -> None:
    assert override_key("morgenrot", "illness-1") != override_key("morgenrot", "swap-2")
