"""What a decision yields, and how errors look in answers."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Generic, TypeVar

from workbench.embedded_broker.config_definitions.definition import ConfigError
from workbench.embedded_broker.errors import BrokerError
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode

T = TypeVar("T")

MAX_RECORDS_PER_USER_OPERATION = 10_000


@dataclass(frozen=True, slots=True)
class ControllerResult(Generic[T]):
    """`records` go to the log as one atomic batch; `response` is answered once they are committed."""

    records: list[Any]
    response: T

    def without_records(self) -> ControllerResult[T]:
        return ControllerResult([], self.response)


@dataclass(frozen=True, slots=True)
class ApiError:
    """An error code with the text that clients show; `message` is None where Kafka gives none."""

    code: ErrorCode = ErrorCode.NONE
    message: str | None = None

    @property
    def is_failure(self) -> bool:
        return self.code != ErrorCode.NONE


NO_ERROR = ApiError()


@dataclass(slots=True)
class Records:
    """Grows while a request is decided; refuses more than one batch can hold."""

    records: list[Any] = field(default_factory=list)

    def add(self, *records: Any) -> None:
        self.records.extend(records)
        if len(self.records) > MAX_RECORDS_PER_USER_OPERATION:
            raise BrokerError(ErrorCode.POLICY_VIOLATION, "Unable to perform excessively large batch operation.")


def api_error(error: Exception) -> ApiError:
    """How an exception of a decision is told to a client. Anything that is not an expected error is a bug: raised."""
    if isinstance(error, BrokerError):
        return ApiError(error.code, error.message)
    if isinstance(error, ConfigError):
        return ApiError(ErrorCode.INVALID_CONFIG, str(error))
    raise error
