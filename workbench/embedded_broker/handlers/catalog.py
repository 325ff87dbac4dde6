"""Imports every handler module, which fills the table in `requests.py`.

Named one by one, so that a frozen program contains them.
"""

from __future__ import annotations

from workbench.embedded_broker.handlers import (  # noqa: F401
    api_versions,
    delete_groups,
    delete_records,
    describe_groups,
    describe_log_dirs,
    fetch,
    find_coordinator,
    heartbeat,
    init_producer_id,
    join_group,
    leave_group,
    list_groups,
    list_offsets,
    offset_commit,
    offset_delete,
    offset_fetch,
    offset_for_leader_epoch,
    produce,
    sasl,
    sync_group,
)
