"""Everything that the palette can find now: the table of actions, and the current cluster's topics and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from workbench.ui import counts
from workbench.ui.actions import ACTIONS
from workbench.ui.view_models.palette_entries import PaletteEntry

if TYPE_CHECKING:
    from workbench.ui.commands import Commands

translate = QCoreApplication.translate


def palette_entries(commands: Commands) -> list[PaletteEntry]:
    """Actions first, then topics, then groups."""
    entries = []
    actions = translate("palette", "Actions")
    for action in ACTIONS:
        if action.id == "palette.open":
            continue
        refused = action.why_not(commands) if action.why_not is not None else None
        entries.append(
            PaletteEntry(
                "action",
                actions,
                translate("actions", action.title),
                action.icon,
                action.id,
                note=translate("actions", action.menu),
                keys=action.keys,
                reason=refused.reason if refused is not None else "",
                remedy=refused.remedy_label if refused is not None else "",
                remedy_target=refused.remedy_action if refused is not None else "",
                words=action.words,
            )
        )
    cluster = commands.cluster
    if cluster is None:
        return entries
    topics, groups = translate("palette", "Topics"), translate("palette", "Groups")
    for topic in cluster.topics:
        note = f"{counts.partitions(topic.partition_count)}, {counts.messages(topic.message_count)}"
        entries.append(PaletteEntry("topic", topics, topic.name, "topic", "topic", topic.name, note))
    for group in cluster.groups:
        entries.append(PaletteEntry("group", groups, group.group_id, "group", "group", group.group_id, group.state))
    return entries
