"""Where a follower's log is cut: whatever two logs went through, steps of this end where they last agreed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.embedded_broker.replication.log_agreement import NewStart, agreed_end, start_outside_leader

UNDEFINED = (-1, -1)


class Log:
    """A log as the leader epoch of each record; the cache is made from it."""

    def __init__(self, epochs: list[int]) -> None:
        self.epochs = epochs

    @property
    def end(self) -> int:
        return len(self.epochs)

    def end_offset_for(self, epoch: int, log_end_offset: int) -> tuple[int, int]:
        starts: dict[int, int] = {}
        for offset, each in enumerate(self.epochs):
            starts.setdefault(each, offset)
        known = list(starts.items())
        if not known or epoch > known[-1][0]:
            return UNDEFINED
        if epoch == known[-1][0]:
            return epoch, log_end_offset
        later = next(start for each, start in known if each > epoch)
        below = [each for each, _ in known if each <= epoch]
        return (below[-1] if below else epoch), later


def test_known_epoch_ends_at_the_smaller_end() -> None:
    assert agreed_end(Log([0, 0, 0, 1, 1]), 5, 0, 2) == 2
    assert agreed_end(Log([0, 0, 0, 1, 1]), 5, 0, 4) == 3
    assert agreed_end(Log([0, 0, 0, 1, 1]), 5, 1, 4) == 4


def test_an_epoch_that_we_lack_leads_to_the_end_of_the_one_before() -> None:
    assert agreed_end(Log([0, 0, 3, 3]), 4, 2, 9) == 2


def test_an_epoch_above_all_of_ours_leaves_what_the_leader_has() -> None:
    assert agreed_end(Log([0, 0]), 2, 5, 1) == 1
    assert agreed_end(Log([0, 0]), 2, 5, 9) == 2


def test_an_epoch_below_all_of_ours_leaves_nothing_of_ours() -> None:
    assert agreed_end(Log([4, 4]), 2, 3, 1) == 0


@given(st.data())
def test_asking_again_until_nothing_diverges_finds_the_last_offset_in_common(data: st.DataObject) -> None:
    """Two logs share a prefix; each then grew in epochs that the other never saw, as leaders give them out."""
    shared = sorted(data.draw(st.lists(st.integers(0, 3), max_size=8)))
    base = (shared[-1] if shared else 0) + 1
    owners = data.draw(st.lists(st.booleans(), max_size=6))
    tails: dict[bool, list[int]] = {True: [], False: []}
    for number, is_leaders in enumerate(owners):
        tails[is_leaders] += [base + number] * data.draw(st.integers(1, 3))
    # Records that a leader wrote in the last shared epoch, and nobody copied.
    extra = data.draw(st.integers(0, 3)) if shared else 0
    follower = Log(shared + shared[-1:] * extra + tails[False])
    leader = Log(shared + tails[True])
    for _ in range(30):
        if not follower.epochs:
            break
        epoch, end = leader.end_offset_for(follower.epochs[-1], leader.end)
        if epoch < 0 or (epoch == follower.epochs[-1] and end >= follower.end):
            break
        cut = agreed_end(follower, follower.end, epoch, end)
        assert cut <= follower.end
        assert cut >= len(shared) or follower.end <= len(shared), "what both have is never cut"
        if cut == follower.end:
            break
        follower = Log(follower.epochs[:cut])
    if leader.epochs and (not follower.epochs or leader.end_offset_for(follower.epochs[-1], leader.end)[0] >= 0):
        assert follower.epochs == leader.epochs[: follower.end]


def test_a_shorter_leader_cuts_and_a_later_one_begins_anew() -> None:
    assert start_outside_leader(10, 0, 7) == NewStart(7, gives_up_all=False)
    assert start_outside_leader(10, 12, 20) == NewStart(12, gives_up_all=True)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_a_log_within_the_leaders_is_left_alone(own_end: int, start: int, length: int) -> None:
    found = start_outside_leader(own_end, start, start + length)
    assert (found is None) == (start <= own_end <= start + length)
