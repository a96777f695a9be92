"""The fence against every order in which a broker can deliver and repeat."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.faust.fence import Admission, Fence

SOURCES = st.integers(min_value=0, max_value=2)


@st.composite
def deliveries(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Numbered records of three sources, each in order, with rewinds: some stretch delivered once more."""
    delivered: list[tuple[int, int]] = []
    next_number = {0: 1, 1: 1, 2: 1}
    for _ in range(draw(st.integers(min_value=0, max_value=40))):
        if draw(st.booleans()) and delivered:
            start = draw(st.integers(min_value=0, max_value=len(delivered) - 1))
            delivered += delivered[start:]
        else:
            source = draw(SOURCES)
            delivered.append((source, next_number[source]))
            next_number[source] += 1
    return delivered[:400]


@settings(deadline=None)
@given(deliveries())
def test_each_record_is_admitted_once_however_often_it_is_delivered(delivered: list[tuple[int, int]]) -> None:
    fence = Fence()
    admitted = [each for each in delivered if fence.admit(*each) is Admission.NEW]
    assert sorted(admitted) == sorted(set(delivered))


@settings(deadline=None)
@given(deliveries(), st.integers(min_value=0, max_value=400))
def test_a_fence_built_again_from_its_row_goes_on_where_it_stood(delivered: list[tuple[int, int]], cut: int) -> None:
    whole, first = Fence(), Fence()
    expected = [whole.admit(*each) for each in delivered]
    before = [first.admit(*each) for each in delivered[:cut]]
    second = Fence(first.applied)
    assert before + [second.admit(*each) for each in delivered[cut:]] == expected


def test_a_gap_is_known_before_the_number_is_taken_in() -> None:
    fence = Fence({1: 4})
    assert fence.missing(1, 5) == 0
    assert fence.missing(1, 8) == 3
    assert fence.missing(1, 2) == 0
    assert fence.missing(9, 100) == 0, "the first number of a source says nothing about what came before"
    fence.admit(1, 8)
    assert fence.missing(1, 9) == 0
