from __future__ import annotations

from random import Random

from workbench.embedded_broker.quorum.connections import NEVER_MS, Connections
from workbench.embedded_broker.quorum.effects import Node

NODES = [Node(-2, "a", 1), Node(-3, "b", 2)]


def connections(nodes: list[Node] = NODES) -> Connections:
    return Connections(nodes, retry_backoff_ms=20, request_timeout_ms=2_000, random=Random(1))


def test_one_request_at_a_time_to_each_node() -> None:
    made = connections()
    assert made.is_ready(1, 0)
    request_id = made.sent(1, 0)
    assert not made.is_ready(1, 10) and made.is_ready(2, 10)
    assert made.wait_ms(1, 10) == 1_990
    made.answered(request_id, success=True, now_ms=20)
    assert made.is_ready(1, 20)


def test_a_failure_makes_it_wait_for_the_backoff() -> None:
    made = connections()
    made.answered(made.sent(1, 0), success=False, now_ms=100)
    assert made.is_backing_off(1, 119) and not made.is_ready(1, 119) and made.wait_ms(1, 110) == 10
    assert made.is_ready(1, 120) and not made.is_backing_off(1, 120)


def test_an_answer_after_the_timeout_or_a_reset_means_nothing() -> None:
    made = connections()
    late = made.sent(1, 0)
    assert made.has_timed_out(1, 2_000)
    assert made.is_ready(1, 2_000)
    assert made.expected_from(late) is None
    reset = made.sent(1, 2_000)
    assert made.expected_from(reset) == 1
    made.reset_all()
    assert made.expected_from(reset) is None
    made.answered(reset, success=False, now_ms=2_001)
    assert made.is_ready(1, 2_001)


def test_bootstrap_servers_are_asked_only_while_nothing_is_under_way_anywhere() -> None:
    made = connections()
    assert made.ready_bootstrap_node(0) in NODES
    made.sent(7, 0)
    assert made.ready_bootstrap_node(10) is None
    assert made.wait_for_bootstrap_ms(10) == 1_990
    assert made.ready_bootstrap_node(2_000) in NODES


def test_a_bootstrap_server_that_backs_off_is_passed_over() -> None:
    made = connections()
    made.answered(made.sent(-2, 0), success=False, now_ms=0)
    assert {made.ready_bootstrap_node(5) for _ in range(20)} == {NODES[1]}
    made.answered(made.sent(-3, 5), success=False, now_ms=5)
    assert made.ready_bootstrap_node(6) is None
    assert made.wait_for_bootstrap_ms(6) == 14


def test_all_bootstrap_servers_have_their_turn() -> None:
    made = connections()
    assert {made.ready_bootstrap_node(0) for _ in range(50)} == set(NODES)


def test_without_bootstrap_servers_nothing_is_waited_for() -> None:
    made = connections([])
    assert made.ready_bootstrap_node(0) is None
    assert made.wait_for_bootstrap_ms(0) == NEVER_MS
