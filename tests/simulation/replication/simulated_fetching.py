"""How simulated followers copy from their leaders: what the program's fetchers do with sockets.

One request of a follower is under way to each leader; a follower that begins anew leaves an older one to itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.replication.simulated_broker import SimulatedBroker
from tests.simulation.replication.violation import Violation
from workbench.embedded_broker.replication.leader_following import LeaderFollowing
from workbench.embedded_broker.replication.partition import Partition
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import FetchRequest, FetchResponse, ListOffsetsRequest

if TYPE_CHECKING:
    from tests.simulation.replication.simulated_replication import SimulatedReplication

POLL_MS = 15
LATEST, EARLIEST = -1, -2


class _Link:
    """A follower's connection to one leader."""

    def __init__(self) -> None:
        self.waits = False


class SimulatedFetching:
    """The links of all followers."""

    def __init__(self, cluster: SimulatedReplication) -> None:
        self._cluster = cluster
        self._links: dict[tuple[int, int], _Link] = {}
        self._asked_epochs: dict[tuple[int, int, int], dict[int, int]] = {}

    def begin(self, broker: SimulatedBroker, leader_id: int) -> None:
        link = self._links[broker.node_id, leader_id] = _Link()
        self._cluster.at(0, lambda: self._poll(broker, leader_id, link))

    def _is_current(self, broker: SimulatedBroker, leader_id: int, link: _Link) -> bool:
        return broker.is_alive and self._links.get((broker.node_id, leader_id)) is link

    def _poll(self, broker: SimulatedBroker, leader_id: int, link: _Link) -> None:
        if not self._is_current(broker, leader_id, link) or link.waits:
            return
        following = broker.followings[leader_id]
        lost = following.take_lost()
        if lost:
            link.waits = True
            self._find_start(broker, following, lost, link)
            return
        if not len(following):
            return
        if broker.epoch < 0 or not following.is_awake(self._cluster.now_s):
            self._cluster.at(POLL_MS, lambda: self._poll(broker, leader_id, link))
            return
        link.waits = True
        request = FetchRequest.decode(following.request().encode(18), 18)[0]

        def answer() -> None:
            leader = self._cluster.running.get(leader_id)
            if leader is None or not leader.is_open:
                failed()
                return
            response = leader.answer_fetch(request)
            self._check_epochs(broker.node_id, leader, request, response)
            self._cluster.send(leader_id, broker.node_id, lambda: received(response), failed)

        def received(response: FetchResponse) -> None:
            if self._is_current(broker, leader_id, link):
                link.waits = False
                following.received(response, self._cluster.now_s)
                grew = any(data.records for topic in response.responses for data in topic.partitions)
                self._cluster.at(0 if grew else self._cluster.random.randint(1, POLL_MS), again)

        def failed() -> None:
            if self._is_current(broker, leader_id, link):
                link.waits = False
                following.reset_session()
                self._cluster.at(POLL_MS, again)

        def again() -> None:
            self._poll(broker, leader_id, link)

        self._cluster.send(broker.node_id, leader_id, answer, failed)

    def _check_epochs(
        self, follower: int, leader: SimulatedBroker, request: FetchRequest, response: FetchResponse
    ) -> None:
        """Who asks in another leader epoch than that of whom it asks, or in a life that is known to be over, gets no
        data (KIP-320, KIP-903)."""
        is_of_the_past = request.replica_state.replica_epoch < leader.image.cluster.broker_epoch(follower)
        # A request of a session that was given up may arrive after the first one of the session that follows.
        session_id = request.session_id if request.session_epoch else response.session_id
        asked = self._asked_epochs.setdefault((follower, leader.node_id, session_id), {})
        for topic in request.topics:
            for wanted in topic.partitions:
                asked[wanted.partition] = wanted.current_leader_epoch
        for answered in response.responses:
            for data in answered.partitions:
                partition = leader.partition(data.partition_index)
                epoch = asked.get(data.partition_index)
                if data.error_code == ErrorCode.NONE and is_of_the_past:
                    raise Violation(f"{data.partition_index}: a former life of {follower} got data")
                if data.error_code == ErrorCode.NONE and partition is not None and partition.leader_epoch != epoch:
                    raise Violation(
                        f"{data.partition_index}: {follower} asked in epoch {epoch} and got data from "
                        f"{leader.node_id}, which is in {partition.leader_epoch}"
                    )

    def _find_start(
        self, broker: SimulatedBroker, following: LeaderFollowing, lost: list[Partition], link: _Link
    ) -> None:
        leader_id = following.leader_id
        partition, rest = lost[0], lost[1:]
        leader_epoch = partition.leader_epoch
        found: dict[int, int | None] = {}

        def ask(timestamp: int) -> None:
            request = ListOffsetsRequest(
                replica_id=broker.node_id,
                topics=[
                    ListOffsetsRequest.ListOffsetsTopic(
                        name=partition.topic,
                        partitions=[
                            ListOffsetsRequest.ListOffsetsPartition(
                                partition_index=partition.index,
                                current_leader_epoch=leader_epoch,
                                timestamp=timestamp,
                            )
                        ],
                    )
                ],
            )

            def answer() -> None:
                leader = self._cluster.running.get(leader_id)
                offset = None if leader is None or not leader.is_open else leader.answer_list_offsets(request)
                self._cluster.send(leader_id, broker.node_id, lambda: took(offset), lambda: took(None))

            def took(offset: int | None) -> None:
                found[timestamp] = offset
                if timestamp == LATEST:
                    ask(EARLIEST)
                else:
                    done()

            self._cluster.send(broker.node_id, leader_id, answer, lambda: took(None))

        def done() -> None:
            if not self._is_current(broker, leader_id, link):
                return
            earliest, latest = found[EARLIEST], found[LATEST]
            if earliest is None or latest is None:
                following.offsets_unknown(partition, self._cluster.now_s)
            else:
                following.offsets_found(partition, leader_epoch, earliest, latest, self._cluster.now_s)
            if rest:
                self._find_start(broker, following, rest, link)
            else:
                link.waits = False
                self._poll(broker, leader_id, link)

        ask(LATEST)
