"""Changes of brokers and controllers between two images.

Invariant: `changed_brokers` and `changed_controllers` hold the final state of each that a record touched, None for
one that is gone.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.embedded_broker.metadata.image import ClusterImage
from workbench.embedded_broker.metadata.registrations import BrokerRegistration, ControllerRegistration
from workbench.wire.messages import (
    BrokerRegistrationChangeRecord,
    RegisterBrokerRecord,
    RegisterControllerRecord,
    UnregisterBrokerRecord,
)


class ClusterDelta:
    """What happens to the brokers and controllers of `image`."""

    __slots__ = ("changed_brokers", "changed_controllers", "image")

    def __init__(self, image: ClusterImage) -> None:
        self.image = image
        self.changed_brokers: dict[int, BrokerRegistration | None] = {}
        self.changed_controllers: dict[int, ControllerRegistration | None] = {}

    def broker(self, broker_id: int) -> BrokerRegistration | None:
        if broker_id in self.changed_brokers:
            return self.changed_brokers[broker_id]
        return self.image.brokers.get(broker_id)

    def register_broker(self, record: RegisterBrokerRecord) -> None:
        self.changed_brokers[record.broker_id] = BrokerRegistration.from_record(record)

    def unregister_broker(self, record: UnregisterBrokerRecord) -> None:
        self.changed_brokers[record.broker_id] = None

    def register_controller(self, record: RegisterControllerRecord) -> None:
        self.changed_controllers[record.controller_id] = ControllerRegistration.from_record(record)

    def change_broker(self, record: BrokerRegistrationChangeRecord) -> None:
        broker = self._broker_of_epoch(record.broker_id, record.broker_epoch)
        self.changed_brokers[broker.id] = broker.with_change(record)

    def set_fenced(self, broker_id: int, broker_epoch: int, fenced: bool) -> None:
        """The two record types of the earliest logs: FenceBrokerRecord and UnfenceBrokerRecord."""
        broker = self._broker_of_epoch(broker_id, broker_epoch)
        self.changed_brokers[broker.id] = replace(broker, fenced=fenced)

    def _broker_of_epoch(self, broker_id: int, broker_epoch: int) -> BrokerRegistration:
        broker = self.broker(broker_id)
        if broker is None:
            raise ValueError(f"broker {broker_id} is changed but not registered")
        if broker.epoch != broker_epoch:
            raise ValueError(f"broker {broker_id} is changed at epoch {broker_epoch}, its epoch is {broker.epoch}")
        return broker

    def finish_snapshot(self) -> None:
        for broker_id in self.image.brokers:
            self.changed_brokers.setdefault(broker_id, None)
        for controller_id in self.image.controllers:
            self.changed_controllers.setdefault(controller_id, None)

    def apply(self) -> ClusterImage:
        brokers = dict(self.image.brokers)
        for broker_id, broker in self.changed_brokers.items():
            if broker is None:
                brokers.pop(broker_id, None)
            else:
                brokers[broker_id] = broker
        controllers = dict(self.image.controllers)
        for controller_id, controller in self.changed_controllers.items():
            if controller is None:
                controllers.pop(controller_id, None)
            else:
                controllers[controller_id] = controller
        return ClusterImage(brokers, controllers)
