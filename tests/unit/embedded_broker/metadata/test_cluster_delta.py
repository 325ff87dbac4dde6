"""Changes of brokers and controllers."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import fence_record, image_of, register_broker_record
from workbench.embedded_broker.metadata.cluster_delta import ClusterDelta
from workbench.wire.messages import RegisterControllerRecord, UnregisterBrokerRecord

BASE = image_of([register_broker_record(1), register_broker_record(2)]).cluster


def test_the_last_word_counts() -> None:
    delta = ClusterDelta(BASE)
    delta.change_broker(fence_record(1, fenced=-1))
    delta.unregister_broker(UnregisterBrokerRecord(broker_id=1, broker_epoch=101))
    delta.register_broker(register_broker_record(1, epoch=500))
    delta.set_fenced(2, 102, False)
    assert delta.changed_brokers.keys() == {1, 2}
    assert delta.broker(1) is delta.changed_brokers[1]
    applied = delta.apply()
    assert applied.brokers[1].epoch == 501
    assert not applied.brokers[2].fenced
    assert BASE.brokers[2].fenced


def test_what_is_not_touched_is_the_images() -> None:
    delta = ClusterDelta(BASE)
    assert delta.broker(2) is BASE.brokers[2]
    assert delta.broker(9) is None
    assert delta.apply() == BASE
    with pytest.raises(ValueError, match="epoch"):
        delta.set_fenced(2, 7, False)


def test_a_finished_snapshot_removes_the_rest() -> None:
    delta = ClusterDelta(image_of([register_broker_record(1), RegisterControllerRecord(controller_id=5)]).cluster)
    delta.register_broker(register_broker_record(2))
    delta.finish_snapshot()
    applied = delta.apply()
    assert set(applied.brokers) == {2}
    assert set(applied.controllers) == set()
