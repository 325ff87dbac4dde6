"""What a new embedded cluster of a size needs, in numbers and words (pure)."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from workbench.cluster.plan import CONTROLLER_PORT_DISTANCE, voter_count
from workbench.ui import counts

translate = QCoreApplication.translate
BROKER_COUNTS = (1, 3, 5)
MEMORY_OF_BROKER_MIB = 40


def wanted_ports(first: int, count: int) -> list[int]:
    """Ports of clients from `first` on, and of controllers behind them."""
    clients = [first + place for place in range(count)]
    return clients + [first + CONTROLLER_PORT_DISTANCE + place for place in range(voter_count(count))]


def about(count: int, folder: str) -> str:
    """What it costs and what it can survive."""
    memory = translate("new_cluster", "About {} MB of memory.").format(count * MEMORY_OF_BROKER_MIB)
    if count == 1:
        survives = translate("new_cluster", "One broker: quick and small; when it stops, the cluster stops.")
    else:
        voting = voter_count(count)
        survives = translate("new_cluster", "{}, {} of them vote: it survives the loss of {}.").format(
            counts.brokers(count), voting, counts.brokers(voting // 2)
        )
    return f"{survives} {memory} {translate('new_cluster', 'Its data lies in {}.').format(folder)}"
