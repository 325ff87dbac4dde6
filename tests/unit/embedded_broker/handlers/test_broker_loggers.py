"""Levels of loggers as Kafka names and changes them."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.handlers.broker_loggers import alter_loggers, check_node_id, loggers
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import IncrementalAlterConfigsRequest

SET, DELETE, APPEND = 0, 1, 2
NAME = "workbench.tests.some_logger"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    logger = logging.getLogger(NAME)
    root_level = logging.getLogger().level
    yield
    logger.setLevel(logging.NOTSET)
    logging.getLogger().setLevel(root_level)


def alter(*changes: tuple[str, int, str | None], node: str = "1", validate_only: bool = False) -> None:
    config = IncrementalAlterConfigsRequest.AlterableConfig
    resource = IncrementalAlterConfigsRequest.AlterConfigsResource(
        resource_type=8,
        resource_name=node,
        configs=[config(name=name, config_operation=operation, value=value) for name, operation, value in changes],
    )
    alter_loggers(1, resource, validate_only=validate_only)


@pytest.mark.parametrize("level", ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"])
def test_every_level_is_set_and_told_by_kafkas_name(level: str) -> None:
    alter((NAME, SET, level))
    assert loggers()[NAME] == level


def test_a_level_that_was_unset_is_inherited_again() -> None:
    alter(("root", SET, "ERROR"), (NAME, SET, "DEBUG"))
    alter((NAME, DELETE, None))
    assert loggers()[NAME] == loggers()["root"] == "ERROR"


def test_only_this_programs_loggers_are_shown() -> None:
    logging.getLogger("asyncio")
    assert all(name == "root" or name.startswith("workbench") for name in loggers())


def test_validation_changes_nothing() -> None:
    before = loggers()
    alter((NAME, SET, "TRACE"), validate_only=True)
    assert loggers() == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((NAME, APPEND, "INFO"), ErrorCode.INVALID_REQUEST),
        ((NAME, 9, "INFO"), ErrorCode.INVALID_REQUEST),
        (("no.such.logger", SET, "INFO"), ErrorCode.INVALID_CONFIG),
        ((NAME, SET, "LOUD"), ErrorCode.INVALID_CONFIG),
        ((NAME, SET, None), ErrorCode.INVALID_CONFIG),
        (("root", DELETE, None), ErrorCode.INVALID_REQUEST),
    ],
)
def test_a_bad_change_refuses_all_of_them(change: tuple[str, int, str | None], code: ErrorCode) -> None:
    before = loggers()
    with pytest.raises(BrokerError) as refused:
        alter((NAME, SET, "TRACE"), change)
    assert refused.value.code is code and loggers() == before


@pytest.mark.parametrize("name", ["2", "", "one", "1.0"])
def test_only_this_node_answers(name: str) -> None:
    check_node_id("+1", 1)
    with pytest.raises(BrokerError) as refused:
        alter((NAME, SET, "INFO"), node=name)
    assert refused.value.code is ErrorCode.INVALID_REQUEST
