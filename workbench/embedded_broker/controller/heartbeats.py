"""The sessions of brokers with the active controller (KIP-631).

Invariants: an entry exists for every registered broker; a broker in controlled shutdown holds the offset that every
other active broker must reach before it may leave; nothing here is in the log.
"""

from __future__ import annotations

from enum import Enum, auto

from workbench.system.quick_dataclass import dataclass

_NEVER = 1 << 63


class BrokerControlState(Enum):
    """What the controller wants of a broker."""

    FENCED = auto()
    UNFENCED = auto()
    CONTROLLED_SHUTDOWN = auto()
    SHUTDOWN_NOW = auto()

    @property
    def fenced(self) -> bool:
        return self in (BrokerControlState.FENCED, BrokerControlState.SHUTDOWN_NOW)


@dataclass(slots=True)
class BrokerSession:
    """Offsets are of the metadata log, -1 while unknown; `contact_ms` is None if no session counts."""

    metadata_offset: int = -1
    controlled_shutdown_offset: int = -1
    contact_ms: int | None = None
    contact_epoch: int = -1

    @property
    def shutting_down(self) -> bool:
        return self.controlled_shutdown_offset >= 0


class BrokerHeartbeats:
    """Sessions by broker id."""

    def __init__(self, session_timeout_ms: int) -> None:
        self.session_timeout_ms = session_timeout_ms
        self._sessions: dict[int, BrokerSession] = {}

    def register(self, broker_id: int) -> None:
        self._sessions.setdefault(broker_id, BrokerSession())

    def remove(self, broker_id: int) -> None:
        self._sessions.pop(broker_id, None)

    def forget_unless_contacted(self, broker_id: int) -> None:
        """A new process of a broker starts with unknown offsets; when it was last heard of stays."""
        session = self._sessions.get(broker_id)
        if session is not None:
            self._sessions[broker_id] = BrokerSession(
                contact_ms=session.contact_ms, contact_epoch=session.contact_epoch
            )

    def session(self, broker_id: int) -> BrokerSession:
        """The session of a registered broker. Raises KeyError for any other."""
        return self._sessions[broker_id]

    def contact(self, broker_id: int, broker_epoch: int, now_ms: int) -> None:
        """A heartbeat arrived, whatever it will be answered."""
        session = self._sessions.get(broker_id)
        if session is not None:
            session.contact_ms = now_ms
            session.contact_epoch = broker_epoch

    def has_valid_session(self, broker_id: int, broker_epoch: int, now_ms: int) -> bool:
        session = self._sessions.get(broker_id)
        return (
            session is not None
            and session.contact_ms is not None
            and session.contact_epoch == broker_epoch
            and now_ms - session.contact_ms < self.session_timeout_ms
        )

    def touch(self, broker_id: int, *, fenced: bool, metadata_offset: int) -> None:
        """After a heartbeat was decided: where the broker stands now."""
        session = self._sessions[broker_id]
        session.metadata_offset = metadata_offset
        if fenced:
            session.controlled_shutdown_offset = -1

    def begin_controlled_shutdown(self, broker_id: int, offset: int) -> None:
        """Others must reach `offset`, where the broker's leaderships were moved; the first one told counts."""
        session = self._sessions[broker_id]
        if session.controlled_shutdown_offset < 0:
            session.controlled_shutdown_offset = offset

    def lowest_active_offset(self, active_brokers: frozenset[int]) -> int:
        """The metadata offset that every one of `active_brokers` has reached."""
        return min(
            (
                session.metadata_offset
                for broker_id, session in self._sessions.items()
                if broker_id in active_brokers and not session.shutting_down
            ),
            default=_NEVER,
        )

    def expired(self, now_ms: int) -> list[tuple[int, int]]:
        """(broker id, epoch) of sessions that timed out, the oldest first; each is told once."""
        found = [
            (session.contact_ms, broker_id)
            for broker_id, session in self._sessions.items()
            if session.contact_ms is not None and now_ms - session.contact_ms >= self.session_timeout_ms
        ]
        result: list[tuple[int, int]] = []
        for _, broker_id in sorted(found):
            session = self._sessions[broker_id]
            session.contact_ms = None
            result.append((broker_id, session.contact_epoch))
        return result

    def next_expiry_ms(self) -> int | None:
        """When the next session times out if nothing is heard; None without sessions."""
        contacts = [s.contact_ms for s in self._sessions.values() if s.contact_ms is not None]
        return min(contacts) + self.session_timeout_ms if contacts else None

    def next_state(
        self,
        broker_id: int,
        *,
        fenced: bool,
        want_fence: bool,
        want_shut_down: bool,
        metadata_offset: int,
        register_record_offset: int,
        has_leaderships: bool,
        active_brokers: frozenset[int],
    ) -> tuple[BrokerControlState, BrokerControlState]:
        """(state now, state that a heartbeat's wishes lead to)."""
        session = self._sessions[broker_id]
        if session.shutting_down:
            now = BrokerControlState.CONTROLLED_SHUTDOWN
            if has_leaderships:
                return now, now
            if session.controlled_shutdown_offset <= self.lowest_active_offset(active_brokers):
                return now, BrokerControlState.SHUTDOWN_NOW
            return now, now
        if fenced:
            now = BrokerControlState.FENCED
            if want_shut_down:
                return now, BrokerControlState.SHUTDOWN_NOW
            if not want_fence and metadata_offset >= register_record_offset:
                return now, BrokerControlState.UNFENCED
            return now, now
        now = BrokerControlState.UNFENCED
        if want_fence:
            return now, BrokerControlState.SHUTDOWN_NOW if want_shut_down else BrokerControlState.FENCED
        if want_shut_down:
            return now, (BrokerControlState.CONTROLLED_SHUTDOWN if has_leaderships else BrokerControlState.SHUTDOWN_NOW)
        return now, now
