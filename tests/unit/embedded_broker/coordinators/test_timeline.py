"""What is committed stays readable; what fails leaves no trace."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.embedded_broker.coordinators.timeline import Timeline, TimelineDict


def test_the_committed_face_lags_behind() -> None:
    timeline = Timeline()
    offsets: TimelineDict[str, int] = TimelineDict(timeline)
    offsets.put("a", 1)
    timeline.next_offset = 1
    offsets.put("a", 2)
    assert (offsets.get("a"), offsets.get_committed("a")) == (2, None)
    timeline.commit(1)
    assert (offsets.get("a"), offsets.get_committed("a")) == (2, 1)
    timeline.commit(2)
    assert offsets.get_committed("a") == 2


def test_a_removal_is_seen_once_it_is_committed() -> None:
    timeline = Timeline()
    offsets: TimelineDict[str, int] = TimelineDict(timeline)
    offsets.put("a", 1)
    timeline.commit(1)
    timeline.next_offset = 1
    assert offsets.remove("a") == 1
    assert "a" not in offsets
    assert dict(offsets.committed_items()) == {"a": 1}
    assert not offsets.is_forgotten
    timeline.commit(2)
    assert dict(offsets.committed_items()) == {}
    assert offsets.is_forgotten


def test_reverting_takes_back_only_what_came_from_the_offset_on() -> None:
    timeline = Timeline()
    offsets: TimelineDict[str, int] = TimelineDict(timeline)
    offsets.put("a", 1)
    timeline.next_offset = 1
    offsets.put("a", 2)
    offsets.put("b", 9)
    timeline.revert(1)
    assert dict(offsets.items()) == {"a": 1}
    assert timeline.next_offset == 1


def test_changes_below_the_high_watermark_are_not_remembered() -> None:
    timeline = Timeline()
    timeline.commit(10)
    offsets: TimelineDict[str, int] = TimelineDict(timeline)
    timeline.next_offset = 9
    offsets.put("a", 1)
    assert offsets.get_committed("a") == 1
    timeline.revert(0)
    assert offsets.get("a") == 1


def test_a_high_watermark_never_falls() -> None:
    timeline = Timeline()
    timeline.commit(5)
    timeline.commit(3)
    assert timeline.committed_offset == 5


_steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from("abc"), st.integers(0, 9)),
        st.tuples(st.just("remove"), st.sampled_from("abc"), st.just(0)),
        st.tuples(st.just("commit"), st.just(""), st.integers(0, 30)),
        st.tuples(st.just("revert"), st.just(""), st.integers(0, 30)),
    ),
    max_size=40,
)


@given(_steps)
def test_both_faces_are_those_of_a_history_of_copies(steps: list[tuple[str, str, int]]) -> None:
    """The model keeps a copy of the dictionary before each offset."""
    timeline = Timeline()
    first: TimelineDict[str, int] = TimelineDict(timeline)
    history: list[dict[str, int]] = [{}]
    for what, key, number in steps:
        if what in ("put", "remove"):
            state = dict(history[-1])
            if what == "put":
                assert first.put(key, number) == state.get(key)
                state[key] = number
            else:
                assert first.remove(key) == state.pop(key, None)
            history.append(state)
            timeline.next_offset += 1
        elif what == "commit":
            timeline.commit(min(number, timeline.next_offset))
        elif number >= timeline.committed_offset and number <= timeline.next_offset:
            timeline.revert(number)
            del history[number + 1 :]
        assert dict(first.items()) == history[-1]
        assert dict(first.committed_items()) == history[timeline.committed_offset]
        assert {k: first.get_committed(k) for k in "abc"} == {
            k: history[timeline.committed_offset].get(k) for k in "abc"
        }
        assert len(first) == len(history[-1])
