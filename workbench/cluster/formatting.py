"""Formats a node's directories as Kafka's `kafka-storage format` does, from its `server.properties`.

Source: org.apache.kafka.metadata.storage.Formatter, kafka.tools.StorageTool (KIP-631, KIP-853).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.broker_contract.node_properties import NodeProperties, node_properties
from workbench.storage.log.errors import CorruptFileError
from workbench.storage.quorum.format import FormatError, FormatRequest, FormattedDirectory, format_log_dirs
from workbench.storage.quorum.voters import Endpoint, VoterSet, VoterSyntaxError, parse_initial_controllers
from workbench.system.clock import Clock
from workbench.system.disk import Disk
from workbench.system.known_error import KnownError

STATIC_AND_DYNAMIC = (
    "controller.quorum.voters makes the quorum static, so neither --standalone nor --initial-controllers fits."
)
STATIC_REMEDY = "Leave the option out, or set controller.quorum.bootstrap.servers instead of controller.quorum.voters."


@dataclass(frozen=True, slots=True)
class NodeFormat:
    """How to format one node: `initial_controllers` as `id@host:port:directory-id,...`, at most one of the three."""

    cluster_id: str
    standalone: bool = False
    initial_controllers: str | None = None
    no_initial_controllers: bool = False
    ignore_formatted: bool = False


def format_node(
    properties: Mapping[str, str], how: NodeFormat, disk: Disk | None = None, clock: Clock | None = None
) -> tuple[FormattedDirectory, ...]:
    """Formats what is not formatted yet and says what it was; KnownError where that cannot be done as asked.

    Blocks on the disk.
    """
    node = node_properties(properties)
    _check(node, how)
    request = FormatRequest(
        cluster_id=how.cluster_id,
        node_id=node.node_id,
        log_dirs=node.directories,
        metadata_log_dir=node.metadata_log_dir,
        standalone_endpoint=_standalone_endpoint(node) if how.standalone else None,
        initial_voters=_initial_voters(node, how.initial_controllers),
        ignore_formatted=how.ignore_formatted,
    )
    try:
        return format_log_dirs(request, disk or Disk(), (clock or Clock()).now_ms)
    except FormatError as error:
        raise KnownError(_sentence(str(error)), _format_remedy(str(error))) from error
    except CorruptFileError as error:
        raise KnownError(
            _sentence(str(error)), "Choose another directory, or restore meta.properties from a copy."
        ) from error
    except OSError as error:
        where = error.filename or node.log_dirs[0]
        raise KnownError(
            f"The directory {where} cannot be formatted: {error.strerror or error}.",
            "Check its permissions and its space.",
        ) from error


def _check(node: NodeProperties, how: NodeFormat) -> None:
    if node.static_voters and (how.standalone or how.initial_controllers):
        raise KnownError(STATIC_AND_DYNAMIC, STATIC_REMEDY)
    if how.standalone and not node.is_controller:
        raise KnownError("--standalone is for a controller, and this node is none.", "Leave the option out.")
    named = how.standalone or how.initial_controllers or how.no_initial_controllers
    if node.is_controller and not node.static_voters and not named:
        raise KnownError(
            "This controller's quorum is dynamic, so its first voters have to be told.",
            "Add --standalone for one, --initial-controllers for several, or --no-initial-controllers to join.",
        )


def _standalone_endpoint(node: NodeProperties) -> Endpoint:
    assert node.controller_address is not None
    host, port = node.controller_address
    return Endpoint.of(node.controller_listener, host, port)


def _initial_voters(node: NodeProperties, text: str | None) -> VoterSet | None:
    if not text:
        return None
    try:
        return parse_initial_controllers(text.split(","), node.controller_listener)
    except VoterSyntaxError as error:
        raise KnownError(
            f"--initial-controllers: {error}.", "Write it like 1@localhost:9193:JEXY6aqzQY-32P5TStzaFg,2@..."
        ) from error


def _format_remedy(message: str) -> str:
    return "Add --ignore-formatted to leave it as it is." if "already formatted" in message else ""


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:] + ("" if message.endswith(".") else ".")
