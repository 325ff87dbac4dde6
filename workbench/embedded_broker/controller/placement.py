"""Where new replicas go: striped over racks, unfenced brokers first (KIP-631's StripedReplicaPlacer).

Invariants: no broker twice in a partition; the first replica is on an unfenced broker; partitions walk round-robin
over racks and, within a rack, over its brokers, starting at random; after as many partitions as there are unfenced
brokers the order is shuffled, so that followers do not always stand behind the same leaders.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from workbench.embedded_broker.errors import BrokerError
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode


@dataclass(frozen=True, slots=True)
class UsableBroker:
    """A broker that may get replicas."""

    id: int
    rack: str | None
    fenced: bool


class _BrokerList:
    """Brokers of one rack in one state; within an epoch each is given once, each epoch starts one further."""

    def __init__(self, brokers: list[int], rng: random.Random) -> None:
        self._brokers = sorted(brokers)
        self._offset = rng.randrange(len(brokers)) if brokers else 0
        self._index = 0
        self._epoch = 0

    def shuffle(self, rng: random.Random) -> None:
        rng.shuffle(self._brokers)

    def next(self, epoch: int) -> int | None:
        if not self._brokers:
            return None
        if self._epoch != epoch:
            self._epoch = epoch
            self._index = 0
            self._offset = (self._offset + 1) % len(self._brokers)
        if self._index >= len(self._brokers):
            return None
        broker = self._brokers[(self._index + self._offset) % len(self._brokers)]
        self._index += 1
        return broker


class _Rack:
    def __init__(self, brokers: list[UsableBroker], rng: random.Random) -> None:
        self._fenced = _BrokerList([b.id for b in brokers if b.fenced], rng)
        self._unfenced = _BrokerList([b.id for b in brokers if not b.fenced], rng)

    def shuffle(self, rng: random.Random) -> None:
        self._fenced.shuffle(rng)
        self._unfenced.shuffle(rng)

    def next_unfenced(self, epoch: int) -> int | None:
        return self._unfenced.next(epoch)

    def next(self, epoch: int) -> int | None:
        broker = self._unfenced.next(epoch)
        return self._fenced.next(epoch) if broker is None else broker


class StripedReplicaPlacer:
    """Places the partitions of one topic."""

    def __init__(self, brokers: Iterable[UsableBroker], rng: random.Random) -> None:
        self._rng = rng
        by_rack: dict[str | None, list[UsableBroker]] = {}
        for broker in brokers:
            by_rack.setdefault(broker.rack, []).append(broker)
        # Brokers without a rack come first, as in Kafka.
        self._racks = [
            _Rack(by_rack[name], rng) for name in sorted(by_rack, key=lambda name: (name is not None, name or ""))
        ]
        self._total = sum(map(len, by_rack.values()))
        self._unfenced = sum(not b.fenced for brokers in by_rack.values() for b in brokers)
        self._epoch = 0
        self._offset = rng.randrange(len(self._racks)) if self._racks else 0

    def place(self, partitions: int, replication_factor: int) -> list[list[int]]:
        """Replicas for each of `partitions`, the preferred leader first. Raises INVALID_REPLICATION_FACTOR."""
        if replication_factor <= 0:
            raise BrokerError(
                ErrorCode.INVALID_REPLICATION_FACTOR,
                f"Invalid replication factor {replication_factor}: the replication factor must be positive.",
            )
        if self._unfenced == 0:
            raise BrokerError(
                ErrorCode.INVALID_REPLICATION_FACTOR,
                "All brokers are currently fenced, or have all their log directories cordoned.",
            )
        if replication_factor > self._total:
            raise BrokerError(
                ErrorCode.INVALID_REPLICATION_FACTOR,
                f"The target replication factor of {replication_factor} cannot be reached because only {self._total} "
                "broker(s) are registered or some brokers have all their log directories cordoned.",
            )
        return [self._place_one(replication_factor) for _ in range(partitions)]

    def _place_one(self, replication_factor: int) -> list[int]:
        if self._epoch == self._unfenced and self._unfenced > 1:
            self._rng.shuffle(self._racks)
            for rack in self._racks:
                rack.shuffle(self._rng)
            self._epoch = 0
        racks = self._racks
        self._offset %= len(racks)
        first_rack = self._offset
        leader = racks[first_rack].next_unfenced(self._epoch)
        while leader is None:
            first_rack = (first_rack + 1) % len(racks)
            leader = racks[first_rack].next_unfenced(self._epoch)
        replicas = [leader]
        index = self._offset
        leader_rack: int | None = first_rack
        while len(replicas) < replication_factor:
            if index == leader_rack:
                # The leader's rack has given one already; from the second round on it counts like the others.
                leader_rack = None
            else:
                broker = racks[index].next(self._epoch)
                if broker is not None:
                    replicas.append(broker)
            index = (index + 1) % len(racks)
        self._epoch += 1
        self._offset += 1
        return replicas
