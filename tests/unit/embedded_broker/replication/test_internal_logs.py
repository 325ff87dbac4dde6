"""Internal topics as coordinators use them."""

from __future__ import annotations

import pytest

from tests.helpers.partition_logs import batch
from tests.helpers.replica_broker import ReplicaBroker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.replication.events import BrokersChanged
from workbench.embedded_broker.replication.internal_logs import InternalLogs
from workbench.records import BatchView
from workbench.wire.error_codes import ErrorCode

TOPIC = "__consumer_offsets"


def logs(*registrations: tuple[int, ...]) -> tuple[ReplicaBroker, InternalLogs]:
    broker = ReplicaBroker()
    broker.create(TOPIC, *registrations, configs={"min.insync.replicas": "2", "max.message.bytes": "200"})
    return broker, InternalLogs(broker.replicas, broker.now_ms)


def test_what_is_appended_is_read_back_and_its_commit_is_heard() -> None:
    broker, internal = logs((1, 2))
    heard: list[int] = []
    cancel = internal.on_high_watermark(TOPIC, 0, heard.append)
    assert internal.append(TOPIC, 0, batch(b"a", b"b")) == 2
    assert internal.log_end_offset(TOPIC, 0) == 2 and internal.high_watermark(TOPIC, 0) == 0 and heard == []
    replica = broker.replicas.partitions[TOPIC, 0]
    assert replica.leadership is not None
    replica.leadership.followers[2].record_fetch(2, 0, 2, broker.time_ms, 102)
    replica.step(BrokersChanged(), broker.time_ms)
    assert heard == [2] and internal.high_watermark(TOPIC, 0) == 2
    view = BatchView(bytes(internal.read(TOPIC, 0, 0, 1_000)[0]))
    assert [record.value for record in view.records()] == [b"a", b"b"]
    assert internal.log_start_offset(TOPIC, 0) == 0 and internal.max_batch_bytes(TOPIC, 0) == 200
    cancel()
    cancel()


def test_whoever_does_not_lead_gets_an_error() -> None:
    _, internal = logs((2, 1))
    for ask in (internal.log_end_offset, internal.high_watermark, internal.log_start_offset, internal.max_batch_bytes):
        with pytest.raises(BrokerError) as refused:
            ask(TOPIC, 0)
        assert refused.value.code is ErrorCode.NOT_LEADER_OR_FOLLOWER
    with pytest.raises(BrokerError) as refused:
        internal.append(TOPIC, 7, batch(b"a"))
    assert refused.value.code is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


def test_what_cannot_be_written_is_a_broker_error() -> None:
    broker, internal = logs((1, 2))
    with pytest.raises(BrokerError) as refused:
        internal.append(TOPIC, 0, batch(b"x" * 500))
    assert refused.value.code is ErrorCode.MESSAGE_TOO_LARGE
    broker.change(TOPIC, isr=(1,), partition_epoch=1)
    with pytest.raises(BrokerError) as refused:
        internal.append(TOPIC, 0, batch(b"x"))
    assert refused.value.code is ErrorCode.NOT_ENOUGH_REPLICAS


def test_a_failing_disk_is_a_storage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    broker, internal = logs((1,))

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(5, "broken")

    log_class = type(broker.replicas.partitions[TOPIC, 0].log)
    monkeypatch.setattr(log_class, "append_as_leader", fail)
    monkeypatch.setattr(log_class, "read", fail)
    for ask in (lambda: internal.append(TOPIC, 0, batch(b"a")), lambda: internal.read(TOPIC, 0, 0, 1)):
        with pytest.raises(BrokerError) as refused:
            ask()
        assert refused.value.code is ErrorCode.KAFKA_STORAGE_ERROR
    assert len(broker.failed_directories) == 2
