"""What holds for the vocabulary of the quorum as a whole (contract, messages, events, effects, batches, config)."""

from __future__ import annotations

import dataclasses
import importlib
from typing import get_args

import pytest

from workbench.embedded_broker.quorum import batches, effects, events
from workbench.embedded_broker.quorum.contract import MetadataQuorum
from workbench.embedded_broker.quorum.driver import QuorumDriver

VOCABULARY = [
    value
    for module in map(
        importlib.import_module,
        (
            "workbench.embedded_broker.quorum.batches",
            "workbench.embedded_broker.quorum.config",
            "workbench.embedded_broker.quorum.contract",
            "workbench.embedded_broker.quorum.effects",
            "workbench.embedded_broker.quorum.events",
            "workbench.embedded_broker.quorum.messages",
        ),
    )
    for value in vars(module).values()
    if dataclasses.is_dataclass(value) and isinstance(value, type) and value.__module__ == module.__name__
]


@pytest.mark.parametrize("made", VOCABULARY, ids=lambda made: made.__name__)
def test_words_are_frozen_slotted_and_explained(made: type) -> None:
    assert made.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(made)
    assert made.__doc__ and not made.__doc__.startswith(made.__name__ + "(")


def test_every_event_effect_and_request_is_in_its_union() -> None:
    for module, unions in (
        (events, (events.Event,)),
        (effects, (effects.Persist, effects.Send, effects.Apply)),
    ):
        named = {member for union in unions for member in get_args(union)}
        declared = {made for made in VOCABULARY if made.__module__ == module.__name__} - {effects.Effects, effects.Node}
        assert declared == named


def test_the_next_offset_of_a_batch_is_behind_its_records() -> None:
    assert batches.NewBatch(4, 1, 0, (b"a", b"b")).next_offset == 6
    assert batches.ReceivedBatch(4, 5, 1).next_offset == 6


def test_the_driver_has_what_its_users_were_promised() -> None:
    promised = {name for name in vars(MetadataQuorum) if not name.startswith("_")}
    assert promised and all(hasattr(QuorumDriver, name) for name in promised)
