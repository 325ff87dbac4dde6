"""What is wrong with a cluster, in words, with the remedy (pure); and, when nothing is, what was checked.

A problem names the action that remedies it by its id in the table of actions; the view shows it as a button.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from workbench.client.model import ClusterDescription, PartitionInfo, QuorumDescription, TopicInfo
from workbench.system.counting import counted
from workbench.system.quick_dataclass import dataclass
from workbench.ui import counts
from workbench.ui.view_models.reassignment import leaders_away

SHOWN_NAMES = 4


class Severity(StrEnum):
    """How grave a problem is: ERROR breaks something now, WARNING will, ADVICE is a thought."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button: the id of an action, its argument, the words on it."""

    action: str
    argument: str
    label: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `code` is what clients get meanwhile, in Kafka's words."""

    severity: Severity
    title: str
    text: str
    code: str = ""
    remedies: tuple[Remedy, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at and found well."""

    title: str
    found: str


@dataclass(frozen=True, slots=True)
class BrokerTrouble:
    """An embedded broker that does not run: what happened to it, and by whose will."""

    node_id: int
    state: str
    sentence: str = ""
    remedy: str = ""
    on_purpose: bool = False


def find_problems(
    description: ClusterDescription | None,
    topics: Sequence[TopicInfo],
    quorum: QuorumDescription | None,
    brokers: Sequence[BrokerTrouble] = (),
    unreachable: str = "",
    min_insync: Mapping[str, int] | None = None,
    embedded: bool = False,
) -> tuple[Problem, ...]:
    """Problems, gravest first; `unreachable` is why the last call failed, `min_insync` is by topic."""
    down = {broker.node_id for broker in brokers}
    known = {broker.node_id for broker in description.brokers} if description is not None else set()
    if brokers and known <= down:
        # Nobody is left to know anything: what was seen last is not so any more.
        return _all_down(brokers)
    can_decide = has_majority(quorum, down)
    found = [_broker_down(broker, topics if can_decide else ()) for broker in brokers]
    if unreachable and not brokers:
        found.append(_unreachable(unreachable, embedded))
    if not unreachable:
        found += _leaderless(topics, down)
        found += _lost_replicas(topics, down, min_insync or {}, can_decide=can_decide)
        found += _quorum_votes(quorum, down)
        found += _away_from_home(topics)
        if description is not None and len(description.brokers) > 1:
            found += _single_replicas(topics)
    order = list(Severity)
    return tuple(sorted(found, key=lambda problem: order.index(problem.severity)))


def healthy_checks(
    description: ClusterDescription | None, topics: Sequence[TopicInfo], quorum: QuorumDescription | None
) -> tuple[Check, ...]:
    """What was looked at, with figures."""
    translate = QCoreApplication.translate
    partitions = [partition for topic in topics for partition in topic.partitions]
    total = len(partitions)
    replicas = sum(len(partition.replicas) for partition in partitions)
    in_sync = sum(len(partition.isr) for partition in partitions)
    led = sum(1 for partition in partitions if partition.leader is not None)
    home = sum(1 for partition in partitions if partition.replicas and partition.leader == partition.replicas[0])
    checks = [
        Check(translate("problems", "Every partition has a leader"), _of(led, total)),
        Check(translate("problems", "Every replica is in sync"), _of(in_sync, replicas)),
        Check(translate("problems", "Leaders are at home"), _of(home, total)),
    ]
    if description is not None:
        count = len(description.brokers)
        checks.insert(0, Check(translate("problems", "Brokers answer"), _of(count, count)))
    if quorum is not None:
        voters = quorum.voters
        checks.append(Check(translate("problems", "Quorum votes"), _of(len(voters), len(voters))))
        behind = max((quorum.high_watermark - voter.log_end_offset for voter in voters), default=0)
        checks.append(Check(translate("problems", "Metadata lag"), counts.records(max(0, behind))))
    return tuple(checks)


def _of(part: int, whole: int) -> str:
    return QCoreApplication.translate("problems", "{} of {}").format(part, whole)


def has_majority(quorum: QuorumDescription | None, down: Container[int]) -> bool:
    """Whether enough voters run to decide anything, as far as is known."""
    if quorum is None or not quorum.voters:
        return True
    return sum(voter.node_id not in down for voter in quorum.voters) > len(quorum.voters) // 2


def _all_down(brokers: Sequence[BrokerTrouble]) -> tuple[Problem, ...]:
    translate = QCoreApplication.translate
    if len(brokers) > 1 and all(broker.on_purpose for broker in brokers):
        start = Remedy("cluster.start", "", translate("problems", "Start the cluster"))
        text = translate("problems", "No broker runs; what they hold is kept on disk.")
        return (
            Problem(
                Severity.WARNING,
                translate("problems", "The cluster is stopped"),
                text,
                remedies=(start,),
                key="stopped",
            ),
        )
    found = [_broker_down(broker, ()) for broker in brokers]
    return tuple(sorted(found, key=lambda problem: list(Severity).index(problem.severity)))


def _broker_down(broker: BrokerTrouble, topics: Sequence[TopicInfo]) -> Problem:
    translate = QCoreApplication.translate
    start = Remedy("broker.start", str(broker.node_id), translate("problems", "Start broker {}").format(broker.node_id))
    logs = Remedy("dock.logs", str(broker.node_id), translate("problems", "Show last log lines"))
    text = broker.sentence or translate("problems", "Clients cannot reach it; its log is kept on disk.")
    if broker.state == "paused":
        words = translate("problems", "Let broker {} go on").format(broker.node_id)
        start = Remedy("broker.pause", str(broker.node_id), words)
        text = translate("problems", "Its connections stay open and get no answer.")
    if broker.remedy:
        text = f"{text} {broker.remedy}"
    waiting = _waiting_for(broker.node_id, topics)
    if waiting:
        text += " " + counted(
            waiting,
            translate("problems", "{} partition counts it as in sync: acks=all waits there until it is fenced,"),
            translate("problems", "{} partitions count it as in sync: acks=all waits there until it is fenced,"),
        )
        text += " " + translate("problems", "after broker.session.timeout.ms without heartbeat.")
    return Problem(
        Severity.WARNING if broker.on_purpose else Severity.ERROR,
        translate("problems", "Broker {} is {}").format(broker.node_id, broker.state),
        text,
        remedies=(start, logs),
        key=f"broker-{broker.node_id}",
    )


def _waiting_for(node_id: int, topics: Sequence[TopicInfo]) -> int:
    """Partitions whose writes are not acknowledged because this broker is still in their in-sync set."""
    return sum(
        1
        for topic in topics
        for partition in topic.partitions
        if partition.leader is not None and node_id in partition.isr
    )


def _unreachable(reason: str, embedded: bool) -> Problem:
    translate = QCoreApplication.translate
    return Problem(
        Severity.ERROR,
        translate("problems", "The cluster does not answer"),
        reason,
        remedies=() if embedded else (Remedy("cluster.reconnect", "", translate("problems", "Try again now")),),
        key="unreachable",
    )


def _leaderless(topics: Sequence[TopicInfo], down: set[int]) -> list[Problem]:
    translate = QCoreApplication.translate
    problems = []
    for topic in topics:
        lost = [partition for partition in topic.partitions if partition.leader is None]
        if not lost:
            continue
        title = (
            translate("problems", "{}-{} has no leader").format(topic.name, lost[0].partition)
            if len(lost) == 1
            else translate("problems", "{} partitions of {} have no leader").format(len(lost), topic.name)
        )
        replicas = {node for partition in lost for node in partition.replicas}
        in_sync = {node for partition in lost for node in partition.isr}
        holders = sorted(in_sync or replicas)
        if in_sync and in_sync < replicas:
            # Whoever was out of sync may lack what was acknowledged, so it does not lead (unless asked, uncleanly).
            text = translate("problems", "Only broker {} has all that was acknowledged; the other replicas lag.")
        else:
            text = translate("problems", "The replicas are on broker {}.")
            if len(holders) == 1:
                text = translate("problems", "The only replica is on broker {}.")
        text = text.format(", ".join(map(str, holders))) + " "
        text += counted(
            len(lost),
            translate("problems", "Nobody can read or write it: clients get"),
            translate("problems", "Nobody can read or write them: clients get"),
        )
        remedies = tuple(
            Remedy("broker.start", str(node), translate("problems", "Start broker {}").format(node))
            for node in holders
            if node in down
        )
        problems.append(
            Problem(Severity.ERROR, title, text, "NOT_LEADER_OR_FOLLOWER", remedies, f"leader-{topic.name}")
        )
    return problems


def _lost_replicas(
    topics: Sequence[TopicInfo], down: set[int], min_insync: Mapping[str, int], *, can_decide: bool
) -> list[Problem]:
    translate = QCoreApplication.translate
    short: list[tuple[TopicInfo, PartitionInfo]] = [
        (topic, partition)
        for topic in topics
        for partition in topic.partitions
        if partition.leader is not None and partition.under_replicated
    ]
    if not short:
        return []
    below = [pair for pair in short if len(pair[1].isr) < min_insync.get(pair[0].name, 1)]
    at_limit = [pair for pair in short if len(pair[1].isr) == min_insync.get(pair[0].name, 1) > 1]
    last = [pair for pair in short if len(pair[1].isr) == 1]
    names = sorted({topic.name for topic, _partition in short})
    shown = ", ".join(names[:SHOWN_NAMES])
    rest = len(names) - SHOWN_NAMES
    if rest > 0:
        text = translate("problems", "In {} and {} more.").format(shown, rest)
    else:
        text = translate("problems", "In {}.").format(shown)
    code = ""
    if below:
        text += " " + counted(
            len(below),
            translate("problems", "{} of them is below min.insync.replicas: reading works, acks=all is refused with"),
            translate("problems", "{} of them are below min.insync.replicas: reading works, acks=all is refused with"),
        )
        code = "NOT_ENOUGH_REPLICAS"
    elif not can_decide:
        pass  # what that means for a client is told with the quorum
    elif at_limit:
        text += " " + counted(
            len(at_limit),
            translate(
                "problems",
                "acks=all goes on. {} of them is at min.insync.replicas: if one more replica is lost, it is refused "
                "with",
            ),
            translate(
                "problems",
                "acks=all goes on. {} of them are at min.insync.replicas: if one more replica is lost, it is refused "
                "with",
            ),
        )
        code = "NOT_ENOUGH_REPLICAS"
    elif last:
        text += " " + counted(
            len(last),
            translate(
                "problems",
                "acks=all goes on. {} of them has one replica left: if that is lost, nobody can read or write it.",
            ),
            translate(
                "problems",
                "acks=all goes on. {} of them have one replica left: if that is lost, nobody can read or write them.",
            ),
        )
    else:
        text += " " + translate("problems", "acks=all goes on with the replicas that are left.")
    missing = sorted({node for _topic, partition in short for node in set(partition.replicas) - set(partition.isr)})
    remedies = tuple(
        Remedy("broker.start", str(node), translate("problems", "Start broker {}").format(node))
        for node in missing
        if node in down
    )
    title = counted(
        len(short),
        translate("problems", "{} partition has lost a replica"),
        translate("problems", "{} partitions have lost a replica"),
    )
    return [Problem(Severity.ERROR if below else Severity.WARNING, title, text, code, remedies, "under-replicated")]


def _quorum_votes(quorum: QuorumDescription | None, down: set[int]) -> list[Problem]:
    translate = QCoreApplication.translate
    if quorum is None:
        return []
    voters = [voter.node_id for voter in quorum.voters]
    alive = [node for node in voters if node not in down]
    if len(alive) == len(voters) or not alive:
        return []  # without any voter the brokers that are down have been told already
    missing = tuple(node for node in voters if node in down)
    start = tuple(
        Remedy("broker.start", str(node), translate("problems", "Start broker {}").format(node)) for node in missing
    )
    opened = Remedy("quorum.open", "", translate("problems", "Open Quorum"))
    if len(alive) <= len(voters) // 2:
        return [
            Problem(
                Severity.ERROR,
                translate("problems", "The quorum has lost its majority"),
                translate(
                    "problems",
                    "{} of {} run. What has a leader can be read. No leader can be elected, no replica leaves an "
                    "ISR: acks=all and commits of offsets wait where one is down; topics and configurations cannot "
                    "change.",
                ).format(len(alive), counts.voters(len(voters))),
                remedies=(*start[:1], opened),
                key="quorum",
            )
        ]
    title = translate("problems", "Quorum has {} of {}").format(len(alive), counts.voters(len(voters)))
    text = translate("problems", "Broker {} leads it in epoch {}.").format(quorum.leader_id, quorum.leader_epoch)
    if len(alive) - 1 <= len(voters) // 2:
        text = (
            translate("problems", "One more loss, and topics, leaders and configurations can no longer change.")
            + " "
            + text
        )
    return [Problem(Severity.WARNING, title, text, remedies=(opened,), key="quorum")]


def _away_from_home(topics: Sequence[TopicInfo]) -> list[Problem]:
    translate = QCoreApplication.translate
    away = leaders_away(topics)
    if not away:
        return []
    homes = sorted({part.home for part in away})
    waiting = sorted({part.home for part in away if not part.can_return})
    text = translate("problems", "Their home is broker {}.").format(", ".join(map(str, homes)))
    remedies: tuple[Remedy, ...] = ()
    if waiting:
        text += " " + translate("problems", "After broker {} is back and in sync, move them home.").format(
            ", ".join(map(str, waiting))
        )
    else:
        text += " " + translate("problems", "Kafka moves them back by itself within five minutes, or you do now.")
        remedies = (Remedy("leaders.elect", "", translate("problems", "Elect preferred leaders")),)
    title = counted(
        len(away),
        translate("problems", "{} leader is away from home"),
        translate("problems", "{} leaders are away from home"),
    )
    return [Problem(Severity.WARNING, title, text, remedies=remedies, key="away")]


def _single_replicas(topics: Sequence[TopicInfo]) -> list[Problem]:
    translate = QCoreApplication.translate
    single = [topic for topic in topics if not topic.internal and topic.replication_factor == 1]
    if not single:
        return []
    names = ", ".join(topic.name for topic in single[:4]) + (" …" if len(single) > 4 else "")
    title = (
        translate("problems", "{} has a single replica").format(single[0].name)
        if len(single) == 1
        else translate("problems", "{} topics have a single replica").format(len(single))
    )
    return [
        Problem(
            Severity.ADVICE,
            title,
            translate("problems", "{}: if the broker that holds it stops, nobody can read or write.").format(names),
            key="single",
        )
    ]
