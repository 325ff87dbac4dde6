"""What an append answers."""

from workbench.storage.log import AppendOrigin, AppendResult


def test_a_result_has_what_a_response_needs() -> None:
    result = AppendResult(5, 9, -1, 2)
    assert (result.first_offset, result.last_offset, result.log_append_time_ms, result.log_start_offset) == (
        5,
        9,
        -1,
        2,
    )
    assert not (result.duplicate or result.rolled or result.leader_epoch_changed)


def test_origins() -> None:
    assert {origin.name for origin in AppendOrigin} == {"REPLICATION", "COORDINATOR", "CLIENT", "RAFT_LEADER"}
