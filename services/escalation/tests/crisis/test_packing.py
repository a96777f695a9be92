"""Hot rows: what goes in comes out, older rows are read, and what is no row is told."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from feuerwache.escalation.crisis import thread_on_fire
from feuerwache.escalation.crisis.packing import packed, unpacked
from feuerwache.escalation.crisis.shown import Post
from feuerwache.escalation.crisis.state import UNREADABLE, State
from feuerwache.escalation.crisis.tracks import Track, Tracks

AT = 29_911_380

#: As the first version wrote it, before it was compressed by zlib: a thread, two posts, nothing else.
FIRST_VERSION = {
    "f": [[3, 17]],
    "s": [4.0, {"rückruf": 2.0}],
    "h": [4, 0, 1, 2, 0, 0, 0],
    "d": [4.0, {"facebook": [AT, AT + 2, 4.0, 0.0]}],
    "w": [AT + 2, [0] * 59 + [4], [0] * 59 + [1], [0] * 60, [[(AT + 2) // 5, 9, "a1", "0", "1", "0", {"hide": 1}]]],
    "o": {"l": AT // 15 - 1, "q": [[AT // 15, 4, 1, 1, 0]]},
    "x": [[[AT + 1, "facebook", "p1", 0.9, 40, ["rückruf"]]], [[AT, "facebook", "p0", 0.5, 2, []]]],
    "t": [["facebook/1", AT, 2, [[AT // 10, 3, 1], [AT // 10 + 2, 5, 4]], ["ff"], 6]],
}


def test_a_row_of_the_first_version_is_read_and_written_anew() -> None:
    state = State.from_row(zlib.compress(to_json(FIRST_VERSION)))
    assert state.threads.by_name["facebook/1"] == Track(AT, AT + 2, {AT // 10: [3, 1], AT // 10 + 2: [5, 4]}, [255], 6)
    assert state.shown.posts == [Post(AT + 1, "facebook", "p1", 0.9, 40, ("rückruf",))]
    assert state.shown.firsts == [Post(AT, "facebook", "p0", 0.5, 2, ())]
    again = State.from_row(state.to_row())
    assert (again.threads, again.shown, again.window) == (state.threads, state.shown, state.window)
    assert again.to_row() == state.to_row()


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=30),
        st.dictionaries(
            st.integers(AT // 10 - 9, AT // 10), st.tuples(st.integers(1, 99), st.integers(0, 99)), min_size=1
        ),
        max_size=5,
    )
)
def test_what_is_followed_comes_back_as_it_was(threads: dict[str, dict[int, tuple[int, int]]]) -> None:
    """Also where nothing came for a slice or more."""
    tracks = thread_on_fire.threads()
    for name, slices in threads.items():
        counts = {index: list(each) for index, each in sorted(slices.items())}
        tracks.by_name[name] = Track(min(slices) * 10 - 35, max(slices) * 10 + 9, counts, [5], 1)
    read = thread_on_fire.threads()
    read.load(unpacked(packed(tracks.to_row())))
    assert read.by_name == tracks.by_name


def test_nothing_followed_is_nothing_stored() -> None:
    assert Tracks(10, 6, 2, (), 4).to_row() == []


@pytest.mark.parametrize("cut", [0, 1, 2, 40, -1])
def test_a_row_that_was_cut_off_is_told(cut: int) -> None:
    row = State.from_row(zlib.compress(to_json(FIRST_VERSION))).to_row()
    with pytest.raises(UNREADABLE):
        State.from_row(row[:cut])
