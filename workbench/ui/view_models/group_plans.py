"""Plans for groups: delete (KIP-229)."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from workbench.client.session import ClusterSession
from workbench.ui import units
from workbench.ui.view_models.plan import Plan, shell_command, shell_word


def delete_group(session: ClusterSession, bootstrap: str, group_id: str, committed: int | None) -> Plan:
    """Deletes a group with its committed offsets; `committed` is how many partitions have one."""
    translate = QCoreApplication.translate
    return Plan(
        title=translate("group_plans", "Delete group {}").format(group_id),
        summary=translate("group_plans", "The group goes with its committed offsets; no message is touched."),
        difference=(f"- {group_id}",),
        touches=((translate("group_plans", "Committed offsets lost"), units.number(committed)),),
        shell=shell_command("kafka-consumer-groups.sh", bootstrap, f"--delete --group {shell_word(group_id)}"),
        python=(
            "from kafka import KafkaAdminClient\n\n"
            f'admin = KafkaAdminClient(bootstrap_servers="{bootstrap}")\n'
            f'admin.delete_groups(["{group_id}"])'
        ),
        apply=lambda: session.delete_group(group_id),
        apply_label=translate("group_plans", "Delete group"),
        done=translate("group_plans", "Group {} is deleted").format(group_id),
        destructive=True,
        warning=translate("group_plans", "Its consumers start again where auto.offset.reset says when they come back."),
        undo=translate("group_plans", "Cannot be undone here: note the offsets first if you need them."),
    )
