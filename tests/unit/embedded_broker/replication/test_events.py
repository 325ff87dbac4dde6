"""Every event is one that the machine takes."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args

import pytest

from tests.helpers.replica_machines import NOW, leading, machine, nobody
from workbench.embedded_broker.replication.effects import Effect
from workbench.embedded_broker.replication.events import Event
from workbench.embedded_broker.replication.isr import IsrProposal
from workbench.wire.error_codes import ErrorCode

_VALUES: dict[str, Any] = {
    "code": ErrorCode.NONE,
    "proposal": IsrProposal((1,), is_expansion=False),
    "waiter": nobody,
    "records": None,
    "replicas": (1, 2),
    "isr": (1, 2),
}


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_the_machine_takes_it_in_every_role(kind: type) -> None:
    event = kind(*(_VALUES.get(field.name, 9) for field in fields(kind)))
    for replica in (machine(3), leading(3)):
        effects = replica.step(event, NOW)
        assert all(isinstance(effect, get_args(Effect)) for effect in effects)
    with pytest.raises(AttributeError):
        event.anything = 1
