"""The groups of one partition of `__consumer_offsets`, of whatever protocol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from workbench.embedded_broker.coordinators.group.classic_group import ClassicGroup
from workbench.embedded_broker.coordinators.group.foreign_group import ForeignGroup
from workbench.embedded_broker.coordinators.timeline import Timeline, TimelineDict
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode

Group: TypeAlias = ClassicGroup | ForeignGroup


class GroupRegistry:
    """Groups by id; which exist is on the timeline, what is in them is not."""

    def __init__(self, timeline: Timeline) -> None:
        self._groups: TimelineDict[str, Group] = TimelineDict(timeline)

    def find(self, group_id: str) -> Group | None:
        return self._groups.get(group_id)

    def find_committed(self, group_id: str) -> Group | None:
        return self._groups.get_committed(group_id)

    def get(self, group_id: str) -> Group:
        """Raises GROUP_ID_NOT_FOUND."""
        group = self._groups.get(group_id)
        if group is None:
            raise group_not_found(group_id)
        return group

    def find_classic(self, group_id: str) -> ClassicGroup | None:
        """None as well for a group of another protocol."""
        group = self._groups.get(group_id)
        return group if isinstance(group, ClassicGroup) else None

    def get_or_create_classic(self, group_id: str, now_ms: int) -> ClassicGroup:
        """Raises GROUP_ID_NOT_FOUND for a group of another protocol."""
        group = self._groups.get(group_id)
        if group is None:
            group = ClassicGroup(group_id, now_ms=now_ms)
            self._groups.put(group_id, group)
        if not isinstance(group, ClassicGroup):
            raise BrokerError(ErrorCode.GROUP_ID_NOT_FOUND, f"Group {group_id} is not a classic group.")
        return group

    def put(self, group_id: str, group: Group) -> None:
        self._groups.put(group_id, group)

    def remove(self, group_id: str) -> None:
        self._groups.remove(group_id)

    def ids(self) -> list[str]:
        return list(self._groups)

    def all(self) -> list[Group]:
        return [group for _, group in self._groups.items()]

    def committed(self) -> Iterator[Group]:
        return (group for _, group in self._groups.committed_items())

    def __contains__(self, group_id: str) -> bool:
        return group_id in self._groups


def group_not_found(group_id: str) -> BrokerError:
    return BrokerError(ErrorCode.GROUP_ID_NOT_FOUND, f"Group {group_id} not found.")
