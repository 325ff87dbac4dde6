"""The levels of this program's own loggers, as Kafka shows and changes its: DescribeConfigs and
IncrementalAlterConfigs on BROKER_LOGGER (KIP-412). Not kept over a restart.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from workbench.embedded_broker.controller.configs import ConfigOperation
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import IncrementalAlterConfigsRequest

ROOT = "root"
_LEVELS = {
    "FATAL": logging.CRITICAL,
    "ERROR": logging.ERROR,
    "WARN": logging.WARNING,
    "INFO": logging.INFO,
    "DEBUG": logging.DEBUG,
    "TRACE": 5,
}


def loggers() -> dict[str, str]:
    """Level by logger name; `root` is the one above all."""
    result = {ROOT: _level_name(logging.getLogger())}
    for name, logger in sorted(logging.root.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and name.startswith("workbench"):
            result[name] = _level_name(logger)
    return result


def _level_name(logger: logging.Logger) -> str:
    level = logger.getEffectiveLevel()
    return next((name for name, number in _LEVELS.items() if level >= number), "TRACE")


def check_node_id(name: str, node_id: int) -> None:
    """Raises INVALID_REQUEST for any resource but this node."""
    if not re.fullmatch(r"[+-]?[0-9]+", name):
        raise BrokerError(ErrorCode.INVALID_REQUEST, f"Node id must be an integer, but it is: {name}")
    if int(name) != node_id:
        raise BrokerError(
            ErrorCode.INVALID_REQUEST, f"Unexpected node id. Expected {node_id}, but received {int(name)}"
        )


def alter_loggers(
    node_id: int, resource: IncrementalAlterConfigsRequest.AlterConfigsResource, *, validate_only: bool
) -> None:
    """Sets or unsets levels, all or none. Raises BrokerError."""
    check_node_id(resource.resource_name, node_id)
    _validate(resource.configs)
    if validate_only:
        return
    for config in resource.configs:
        logger = logging.getLogger(None if config.name == ROOT else config.name)
        if config.config_operation == ConfigOperation.SET:
            assert config.value is not None
            logger.setLevel(_LEVELS[config.value])
        else:
            logger.setLevel(logging.NOTSET)


def _validate(configs: Sequence[IncrementalAlterConfigsRequest.AlterableConfig]) -> None:
    known = loggers()
    for config in configs:
        operation = config.config_operation
        if operation in (ConfigOperation.APPEND, ConfigOperation.SUBTRACT):
            raise BrokerError(
                ErrorCode.INVALID_REQUEST,
                f"{ConfigOperation(operation).name} operation is not allowed for the BROKER_LOGGER resource",
            )
        if operation not in (ConfigOperation.SET, ConfigOperation.DELETE):
            raise BrokerError(
                ErrorCode.INVALID_REQUEST,
                f"Unknown operation type {operation} is not allowed for the BROKER_LOGGER resource",
            )
        if config.name not in known:
            raise BrokerError(ErrorCode.INVALID_CONFIG, f"Logger {config.name} does not exist!")
        if operation == ConfigOperation.SET and config.value not in _LEVELS:
            raise BrokerError(
                ErrorCode.INVALID_CONFIG,
                f"Cannot set the log level of {config.name} to {config.value} as it is not a supported log level. "
                f"Valid log levels are {', '.join(sorted(_LEVELS))}",
            )
        if operation == ConfigOperation.DELETE and config.name == ROOT:
            raise BrokerError(ErrorCode.INVALID_REQUEST, f"Removing the log level of the {ROOT} logger is not allowed")
