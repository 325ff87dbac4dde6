"""What a pane is given and what the frame asks of it.

Invariants: `shown` and `left` alternate; a pane that is not shown asks the cluster nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget

from workbench.system.quick_dataclass import dataclass
from workbench.ui.bridge import Bridge
from workbench.ui.documents import KINDS, DocumentKey
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.plan import Plan
from workbench.ui.view_models.workbench_model import WorkbenchModel


@dataclass(frozen=True, slots=True)
class PaneContext:
    """`cluster` is None for documents of the workbench itself.

    `run_action` runs an action of the table by id with an argument; `show_plan` shows a plan and applies it if the
    user says so; `open_document` brings a document to the front.
    """

    model: WorkbenchModel
    bridge: Bridge
    cluster: ClusterModel | None
    run_action: Callable[[str, str], None]
    show_plan: Callable[[ClusterModel, Plan], None]
    open_document: Callable[[DocumentKey], None]

    def the_cluster(self) -> ClusterModel:
        """The cluster; only for panes of a cluster."""
        assert self.cluster is not None
        return self.cluster


@dataclass(frozen=True, slots=True)
class Inspected:
    """What the inspector shows: a head and a widget (owned by the pane), made by the pane."""

    title: str
    icon: str
    tone: str
    note: str
    widget: QWidget = field(compare=False)


class Pane(QWidget):
    """One document. `inspector_changed` when `inspected` gives something else, `title_changed` for the tab."""

    title_changed = Signal()
    inspector_changed = Signal()

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__()
        self.context, self.key = context, key
        self.is_shown = False
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    @property
    def title(self) -> str:
        """What the tab says."""
        kind = KINDS[self.key.kind]
        return QCoreApplication.translate("documents", kind.title) if kind.title else self.key.subject

    @property
    def icon(self) -> str:
        """The tab's icon."""
        return KINDS[self.key.kind].icon

    def shown(self) -> None:
        """It came to the front."""
        self.is_shown = True

    def left(self) -> None:
        """Another document is in front, or this one is closed."""
        self.is_shown = False

    def inspected(self) -> Inspected | None:
        """What the inspector shows beside it, None for nothing."""
        return None

    def focus_filter(self) -> None:
        """Puts the cursor into the pane's filter, if it has one (Ctrl+F)."""
