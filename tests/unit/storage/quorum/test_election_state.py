from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.storage.quorum.election_state import (
    ElectionState,
    QuorumStateError,
    QuorumStateFile,
    decode_election_state,
    encode_election_state,
)
from workbench.storage.quorum.voters import ReplicaKey
from workbench.system.disk import Disk

KAFKA_VERSION_0 = (
    b'{"clusterId":"","leaderId":1,"leaderEpoch":1,"votedId":-1,"appliedOffset":0,'
    b'"currentVoters":[{"voterId":1}],"data_version":0}'
)
KAFKA_VERSION_1 = (
    b'{"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}'
)


def test_both_versions_are_written_byte_for_byte_as_kafka_does() -> None:
    state = ElectionState(1, 1, None, (1,))
    assert encode_election_state(state, 0) == KAFKA_VERSION_0
    assert encode_election_state(state, 1) == KAFKA_VERSION_1


def test_what_kafka_wrote_is_read() -> None:
    assert decode_election_state(KAFKA_VERSION_0) == ElectionState(1, 1, None, (1,))
    assert decode_election_state(KAFKA_VERSION_1) == ElectionState(1, 1)


@given(
    st.integers(0, 2**31 - 1),
    st.none() | st.integers(0, 9),
    st.none() | st.builds(ReplicaKey.of, st.integers(0, 9), st.binary(min_size=16, max_size=16)),
)
def test_a_state_survives_the_file(epoch: int, leader_id: int | None, voted_key: ReplicaKey | None) -> None:
    state = ElectionState(epoch, leader_id, voted_key)
    assert decode_election_state(encode_election_state(state, 1)) == state


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"data_version":2,"leaderId":1,"leaderEpoch":1,"votedId":-1}', KAFKA_VERSION_1[:40]],
)
def test_damage_is_told_instead_of_taken_for_a_new_node(content: bytes) -> None:
    with pytest.raises(QuorumStateError):
        decode_election_state(content)


def test_voted_for_ignores_the_directory_only_where_none_is_known() -> None:
    known, unknown = ReplicaKey(1, b"d" * 16), ReplicaKey(1)
    assert ElectionState(1, None, unknown).voted_for(known)
    assert ElectionState(1, None, known).voted_for(known)
    assert not ElectionState(1, None, known).voted_for(ReplicaKey(1, b"e" * 16))
    assert not ElectionState(1).voted_for(known)


def test_the_file_is_replaced_and_its_version_follows_kraft_version(tmp_path: Path) -> None:
    file = QuorumStateFile(str(tmp_path), Disk())
    assert file.read() is None
    file.write(ElectionState(1, None, ReplicaKey(2)), kraft_version=0)
    assert file.read() == ElectionState(1, None, ReplicaKey(2))
    file.write(ElectionState(2, 3), kraft_version=1)
    assert file.read() == ElectionState(2, 3)
    assert b'"data_version":1' in (tmp_path / "quorum-state").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["quorum-state"]
