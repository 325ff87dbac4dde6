from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.records.control import decode_control, encode_control
from workbench.storage.quorum.voters import Endpoint, ReplicaKey, VoterNode, VoterSet, endpoints_of
from workbench.storage.quorum.voters_record import voter_set_of, voters_record

endpoints = st.lists(
    st.builds(
        Endpoint.of, st.sampled_from(["CONTROLLER", "INTERNAL", "X"]), st.text(max_size=20), st.integers(0, 65535)
    ),
    max_size=3,
    unique_by=lambda endpoint: endpoint.listener,
).map(endpoints_of)
nodes = st.builds(
    VoterNode,
    st.builds(ReplicaKey.of, st.integers(0, 2**31 - 1), st.binary(min_size=16, max_size=16)),
    endpoints,
    st.integers(0, 1),
    st.integers(0, 1),
)


@given(st.lists(nodes, max_size=4, unique_by=lambda node: node.key.id).map(VoterSet.of))
def test_a_voter_set_survives_the_log(voters: VoterSet) -> None:
    key, value = encode_control(voters_record(voters))
    record = decode_control(key, value)
    assert voter_set_of(record) == voters  # type: ignore[arg-type]
