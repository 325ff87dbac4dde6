"""What is wrong, in words: found when it is so, silent when it is not, gravest first."""

from __future__ import annotations

from tests.helpers.fake_session import FakeSession, partition, topic
from workbench.ui.view_models.problems import BrokerTrouble, Severity, find_problems, healthy_checks

THREE = FakeSession(brokers=3)


def test_a_healthy_cluster_has_no_problem() -> None:
    topics = [topic("a", partition(0, 1, (1, 2, 3)))]
    assert find_problems(THREE.description, topics, THREE.quorum) == ()
    checks = {check.title: check.found for check in healthy_checks(THREE.description, topics, THREE.quorum)}
    assert checks["Every replica is in sync"] == "3 of 3"
    assert checks["Quorum votes"] == "3 of 3"


def test_a_partition_without_leader_is_an_error_with_the_way_back() -> None:
    topics = [topic("pay", partition(0, None, (2,), ()))]
    trouble = BrokerTrouble(2, "killed")
    found = find_problems(THREE.description, topics, None, [trouble])
    leaderless = next(problem for problem in found if problem.key == "leader-pay")
    assert leaderless.severity is Severity.ERROR
    assert leaderless.title == "pay-0 has no leader"
    assert leaderless.code == "NOT_LEADER_OR_FOLLOWER"
    assert [(remedy.action, remedy.argument) for remedy in leaderless.remedies] == [("broker.start", "2")]


def test_lost_replicas_are_a_warning_that_counts_those_at_the_limit() -> None:
    topics = [topic("a", partition(0, 1, (1, 2, 3), (1, 2)), partition(1, 1, (1, 2, 3), (1, 2, 3)))]
    found = find_problems(THREE.description, topics, None, min_insync={"a": 2})
    assert [problem.key for problem in found] == ["under-replicated"]
    assert found[0].severity is Severity.WARNING
    assert found[0].code == "NOT_ENOUGH_REPLICAS"
    relaxed = find_problems(THREE.description, topics, None, min_insync={"a": 1})
    assert relaxed[0].code == ""


def test_an_unreachable_cluster_says_only_that() -> None:
    topics = [topic("a", partition(0, None))]
    found = find_problems(THREE.description, topics, THREE.quorum, unreachable="Nobody answers.")
    assert [problem.key for problem in found] == ["unreachable"]
    assert found[0].remedies[0].action == "cluster.reconnect"


def test_what_was_stopped_on_purpose_is_no_error() -> None:
    stopped = find_problems(None, (), None, [BrokerTrouble(1, "stopped", on_purpose=True)])
    killed = find_problems(None, (), None, [BrokerTrouble(1, "killed")])
    assert stopped[0].severity is Severity.WARNING
    assert killed[0].severity is Severity.ERROR


def test_a_failure_tells_sentence_and_remedy() -> None:
    found = find_problems(None, (), None, [BrokerTrouble(1, "failed", "Port 9092 is taken.", "Use port 9093.")])
    assert "Port 9092 is taken. Use port 9093." in found[0].text


def test_a_quorum_near_its_end_warns_and_one_without_voters_does_not_repeat_the_brokers() -> None:
    one_down = find_problems(THREE.description, (), THREE.quorum, [BrokerTrouble(3, "killed")])
    quorum = next(problem for problem in one_down if problem.key == "quorum")
    assert quorum.title == "Quorum has 2 of 3 voters"
    assert "One more loss" in quorum.text
    all_down = find_problems(None, (), FakeSession().quorum, [BrokerTrouble(1, "killed")])
    assert [problem.key for problem in all_down] == ["broker-1"]


def test_leaders_away_and_single_replicas() -> None:
    topics = [topic("a", partition(0, 2, (1, 2, 3))), topic("b", partition(0, 1, (1,)))]
    found = {problem.key: problem for problem in find_problems(THREE.description, topics, None)}
    assert found["away"].severity is Severity.WARNING
    assert found["single"].severity is Severity.ADVICE
    one_broker = FakeSession().description
    assert find_problems(one_broker, [topic("b")], None) == ()


def test_the_gravest_comes_first() -> None:
    topics = [topic("a", partition(0, 2, (1, 2, 3))), topic("b", partition(0, None, (3,), ()))]
    order = [problem.severity for problem in find_problems(THREE.description, topics, None)]
    assert order == sorted(order, key=list(Severity).index)
    assert order[0] is Severity.ERROR


def test_a_lost_majority_is_an_error_with_the_broker_to_start() -> None:
    found = find_problems(THREE.description, (), THREE.quorum, [BrokerTrouble(2, "killed"), BrokerTrouble(3, "killed")])
    lost = next(problem for problem in found if problem.key == "quorum")
    assert lost.severity is Severity.ERROR and "lost its majority" in lost.title
    assert [(remedy.action, remedy.argument) for remedy in lost.remedies] == [
        ("broker.start", "2"),
        ("quorum.open", ""),
    ]


def test_below_min_isr_acks_all_is_refused_now() -> None:
    topics = [topic("a", partition(0, 1, (1, 2, 3), (1,)))]
    (found,) = find_problems(THREE.description, topics, None, min_insync={"a": 2})
    assert found.severity is Severity.ERROR
    assert "below min.insync.replicas" in found.text and found.code == "NOT_ENOUGH_REPLICAS"


def test_leaders_away_can_be_elected_only_once_their_home_is_in_sync() -> None:
    may = find_problems(THREE.description, [topic("a", partition(0, 1, (2, 1)))], None)
    assert [remedy.action for problem in may for remedy in problem.remedies] == ["leaders.elect"]
    topics = [topic("a", partition(0, 1, (2, 1), (1,)))]
    away = next(problem for problem in find_problems(THREE.description, topics, None) if problem.key == "away")
    assert away.remedies == () and "After broker 2 is back and in sync" in away.text


def test_a_paused_broker_is_not_started_but_let_go_on() -> None:
    (paused,) = find_problems(None, (), None, [BrokerTrouble(2, "paused")])
    assert paused.remedies[0].action == "broker.pause" and "no answer" in paused.text


def test_a_killed_broker_tells_that_acks_all_waits_until_it_is_fenced() -> None:
    topics = [topic("a", partition(0, 1, (1, 2, 3)), partition(1, 2, (2, 3, 1), (2, 1)))]
    (killed, *_rest) = find_problems(THREE.description, topics, None, [BrokerTrouble(3, "killed")])
    assert killed.key == "broker-3"
    assert "1 partition counts it as in sync: acks=all waits there" in killed.text
    fenced = [topic("a", partition(0, 1, (1, 2, 3), (1, 2)))]
    (killed, *_rest) = find_problems(THREE.description, fenced, None, [BrokerTrouble(3, "killed")])
    assert "acks=all" not in killed.text


def test_lost_replicas_tell_that_acks_all_goes_on_and_when_the_last_one_is_left() -> None:
    (two_left,) = find_problems(THREE.description, [topic("a", partition(0, 1, (1, 2, 3), (1, 2)))], None)
    assert two_left.text == "In a. acks=all goes on with the replicas that are left."
    (one_left,) = find_problems(THREE.description, [topic("a", partition(0, 1, (1, 2, 3), (1,)))], None)
    assert "has one replica left: if that is lost, nobody can read or write it." in one_left.text
    assert one_left.code == ""  # there is nobody left who could refuse


def test_many_topics_are_named_in_part() -> None:
    topics = [topic(name, partition(0, 1, (1, 2, 3), (1, 2))) for name in "abcdef"]
    (found,) = find_problems(THREE.description, topics, None)
    assert found.text.startswith("In a, b, c, d and 2 more. ")


def test_a_partition_without_leader_names_who_alone_may_lead_it() -> None:
    topics = [topic("a", partition(0, None, (1, 2, 3), (3,)))]
    found = find_problems(THREE.description, topics, None, [BrokerTrouble(3, "killed"), BrokerTrouble(1, "killed")])
    leaderless = next(problem for problem in found if problem.key == "leader-a")
    assert leaderless.text.startswith("Only broker 3 has all that was acknowledged")
    assert [remedy.argument for remedy in leaderless.remedies] == ["3"]  # the other would not bring it back


def test_of_a_cluster_that_was_stopped_only_that_is_told() -> None:
    topics = [topic("a", partition(0, 1, (1, 2, 3), (1, 2)))]
    stopped = [BrokerTrouble(node, "stopped", on_purpose=True) for node in (1, 2, 3)]
    (found,) = find_problems(THREE.description, topics, THREE.quorum, stopped)
    assert (found.title, found.severity) == ("The cluster is stopped", Severity.WARNING)
    assert [remedy.action for remedy in found.remedies] == ["cluster.start"]


def test_when_every_broker_was_killed_what_was_seen_last_is_no_problem_of_its_own() -> None:
    topics = [topic("a", partition(0, 1, (1, 2, 3), (1, 2)))]
    found = find_problems(THREE.description, topics, THREE.quorum, [BrokerTrouble(n, "killed") for n in (1, 2, 3)])
    assert [problem.key for problem in found] == ["broker-1", "broker-2", "broker-3"]
    assert not any("acks=all" in problem.text for problem in found)


def test_without_a_majority_nobody_is_fenced_and_acks_all_does_not_go_on() -> None:
    topics = [topic("a", partition(0, 1, (1, 2, 3), (1, 2)))]
    found = find_problems(
        THREE.description, topics, THREE.quorum, [BrokerTrouble(2, "killed"), BrokerTrouble(3, "killed")]
    )
    texts = {problem.key: problem.text for problem in found}
    assert "until it is fenced" not in texts["broker-2"]
    assert "acks=all" not in texts["under-replicated"]
    assert "acks=all and commits of offsets wait" in texts["quorum"]
