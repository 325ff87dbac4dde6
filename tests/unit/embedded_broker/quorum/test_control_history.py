from __future__ import annotations

import pytest

from workbench.embedded_broker.quorum.control_history import ControlHistory, ValueHistory
from workbench.records.control import KRaftVersion, SnapshotFooter
from workbench.storage.quorum.voters import ReplicaKey, VoterNode, VoterSet
from workbench.storage.quorum.voters_record import voters_record


def voters(*ids: int) -> VoterSet:
    return VoterSet.of(VoterNode(ReplicaKey(node_id, bytes([node_id]) * 16), ()) for node_id in ids)


def test_the_value_at_an_offset_is_the_last_one_set_before_or_there() -> None:
    history: ValueHistory[str] = ValueHistory()
    history.add(2, "a")
    history.add(5, "b")
    assert [history.at_or_before(offset) for offset in (1, 2, 4, 5, 9)] == [None, "a", "a", "b", "b"]
    assert history.last == (5, "b")


def test_offsets_ascend_and_the_same_offset_replaces() -> None:
    history: ValueHistory[str] = ValueHistory()
    history.add(2, "a")
    history.add(2, "b")
    assert history.last == (2, "b") and history.at_or_before(2) == "b"
    with pytest.raises(ValueError, match="below 2"):
        history.add(1, "c")


def test_forgetting_the_past_keeps_what_is_still_in_force() -> None:
    history: ValueHistory[str] = ValueHistory()
    for offset, value in ((1, "a"), (3, "b"), (7, "c")):
        history.add(offset, value)
    history.forget_before(5)
    assert [history.at_or_before(offset) for offset in (2, 5, 7)] == [None, "b", "c"]


def test_static_voters_hold_until_the_log_names_others_and_again_after_a_truncation() -> None:
    control = ControlHistory(voters(1, 2))
    assert control.voters.ids == (1, 2) and control.voters_offset is None and control.kraft_version == 0
    control.record(4, KRaftVersion(1))
    control.record(5, voters_record(voters(1, 2, 3)))
    control.record(6, SnapshotFooter())
    assert control.voters.ids == (1, 2, 3) and control.voters_offset == 5 and control.kraft_version == 1
    assert control.voters_at(4) is None and control.kraft_version_at(3) == 0
    control.truncate_from(5)
    assert control.voters.ids == (1, 2) and control.kraft_version == 1
    control.truncate_from(4)
    assert control.kraft_version == 0


def test_a_snapshot_replaces_everything() -> None:
    control = ControlHistory(VoterSet())
    control.record(9, voters_record(voters(1)))
    control.load_snapshot(4, 1, voters(2))
    assert control.voters.ids == (2,) and control.voters_offset == 4 and control.kraft_version_at(4) == 1
    control.load_snapshot(6, None, None)
    assert not control.voters and control.kraft_version == 0
