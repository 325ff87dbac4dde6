from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.storage.quorum.voters import (
    Endpoint,
    ReplicaKey,
    VoterNode,
    VoterSet,
    VoterSyntaxError,
    address_of,
    endpoints_of,
    parse_initial_controllers,
)
from workbench.wire.uuids import ZERO_UUID, uuid_from_text

DIRECTORY = b"d" * 16
OTHER = b"e" * 16


def node(node_id: int, directory: bytes | None = DIRECTORY, port: int = 9093) -> VoterNode:
    return VoterNode(ReplicaKey(node_id, directory), (Endpoint.of("CONTROLLER", "localhost", port),), 0, 1)


def test_zero_uuid_means_directory_not_known() -> None:
    assert ReplicaKey.of(1, ZERO_UUID) == ReplicaKey(1)
    assert ReplicaKey(1).wire_directory_id == ZERO_UUID
    assert ReplicaKey.of(1, DIRECTORY).wire_directory_id == DIRECTORY


def test_a_voter_without_directory_matches_any_directory_of_its_node() -> None:
    assert node(1, None).matches(ReplicaKey(1, OTHER))
    assert not node(1).matches(ReplicaKey(1, OTHER))
    assert not node(1, None).matches(ReplicaKey(2, OTHER))


def test_voters_are_kept_in_ascending_id_whatever_the_order_given() -> None:
    assert VoterSet.of([node(3), node(1), node(2)]).ids == (1, 2, 3)


def test_adding_a_known_id_is_refused_even_with_another_directory() -> None:
    voters = VoterSet.of([node(1)])
    assert voters.add(node(1, OTHER)) is None
    added = voters.add(node(2))
    assert added is not None and added.ids == (1, 2)
    assert voters.ids == (1,)


def test_removing_wants_the_exact_key_and_never_the_last_voter() -> None:
    voters = VoterSet.of([node(1), node(2)])
    assert voters.remove(ReplicaKey(2, OTHER)) is None
    removed = voters.remove(ReplicaKey(2, DIRECTORY))
    assert removed is not None and removed.ids == (1,)
    assert removed.remove(ReplicaKey(1, DIRECTORY)) is None


def test_updating_compares_directories_unless_told_otherwise() -> None:
    voters = VoterSet.of([node(1)])
    assert voters.update(node(1, OTHER)) is None
    moved = voters.update(node(1, port=1234))
    assert moved is not None and moved.endpoints(1)[0].port == 1234
    ignoring = voters.update_ignoring_directory(node(1, OTHER))
    assert ignoring is not None and ignoring.keys == (ReplicaKey(1, OTHER),)
    assert voters.update_ignoring_directory(node(9)) is None


def test_needs_update_only_where_something_differs() -> None:
    voters = VoterSet.of([node(1, None)])
    assert voters.needs_update(node(1))
    assert not VoterSet.of([node(1)]).needs_update(node(1))
    assert not VoterSet.of([node(1)]).needs_update(node(2))


def test_endpoints_compare_equal_in_any_order_and_listeners_in_any_case() -> None:
    first, second = Endpoint.of("controller", "h", 1), Endpoint.of("OTHER", "h", 2)
    assert endpoints_of([first, second]) == endpoints_of([second, first])
    assert address_of((first,), "Controller") == ("h", 1)
    assert address_of((first,), "missing") is None


def test_supports_asks_every_voter() -> None:
    both = VoterSet.of([node(1), node(2)])
    old = VoterSet.of([node(1), VoterNode(ReplicaKey(2), (), 0, 0)])
    assert both.supports(1) and not old.supports(1) and old.supports(0)


def test_initial_controllers_carry_directory_ids() -> None:
    voters = parse_initial_controllers(["1@localhost:9093:O7hDNgxUTI6dpjFe5vR6jA"], "CONTROLLER")
    assert voters.keys == (ReplicaKey(1, uuid_from_text("O7hDNgxUTI6dpjFe5vR6jA")),)
    assert voters.nodes[0].max_kraft_version == 1


@pytest.mark.parametrize("text", ["1@localhost:9093", "1@localhost:9093:short", "@h:1:O7hDNgxUTI6dpjFe5vR6jA"])
def test_bad_initial_controllers_are_refused(text: str) -> None:
    with pytest.raises(VoterSyntaxError):
        parse_initial_controllers([text], "CONTROLLER")


@given(st.sets(st.integers(1, 9), min_size=1), st.integers(1, 9))
def test_adding_and_removing_undo_each_other(ids: set[int], changed: int) -> None:
    voters = VoterSet.of(node(node_id) for node_id in ids)
    added = voters.add(node(changed))
    if added is None:
        assert changed in ids
    else:
        assert added.remove(ReplicaKey(changed, DIRECTORY)) == voters
