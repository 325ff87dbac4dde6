"""The tree of clusters at the left: status, name, what each holds with counts; topics and groups by name."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QFrame, QSizePolicy, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from workbench.ui.bridge import Throttle
from workbench.ui.documents import DocumentKey
from workbench.ui.item_models.tree_model import NODE_ROLE, TreeModel, TreeNode
from workbench.ui.theme import theme
from workbench.ui.view_models.navigator_nodes import cluster_nodes, expanded_at_first
from workbench.ui.view_models.workbench_model import WorkbenchModel
from workbench.ui.widgets.buttons import IconButton
from workbench.ui.widgets.labels import label
from workbench.ui.widgets.layouts import column, panel, row

ROW_PX = 24
_TEXT_AT = (44, 53, 44)
_ICON_AT = (26, 32, 0)
_ARROW_AT = (8, 14, 0)


class _NodeDelegate(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(10, theme().px(ROW_PX))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        node = index.data(NODE_ROLE)
        if not isinstance(node, TreeNode):
            return
        current = theme()
        rect = QRect(option.rect)
        rect.setLeft(0)
        state = option.state
        view = option.widget
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen:
            focused = isinstance(view, QTreeView) and view.hasFocus()
            painter.fillRect(rect, current.color("sel" if focused else "selin"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, current.color("hover"))
        depth = _depth(index)
        ratio = painter.device().devicePixelRatioF()
        if node.stripe is not None:
            painter.fillRect(QRect(0, rect.top() + 2, current.px(3), rect.height() - 4), current.series(node.stripe))
        middle = rect.center().y() + 1
        dim = "t2" if chosen else "t3"
        if index.model().rowCount(index) and depth < 2:
            open_now = isinstance(view, QTreeView) and view.isExpanded(index)
            arrow = current.pixmap("down" if open_now else "right", dim, 11, ratio)
            painter.drawPixmap(current.px(_ARROW_AT[depth]), middle - current.px(6), arrow)
        if node.icon:
            size = 14 if depth == 0 else 16
            tone = dim if node.icon_tone == "t3" else node.icon_tone
            picture = current.pixmap(node.icon, tone, size, ratio)
            painter.drawPixmap(current.px(_ICON_AT[min(depth, 1)]), middle - current.px(size / 2), picture)
        right = rect.right() - current.px(10)
        if node.count:
            painter.setFont(current.text(11))
            painter.setPen(current.color(dim))
            width = QFontMetrics(painter.font()).horizontalAdvance(node.count)
            place = QRect(right - width, rect.top(), width, rect.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, node.count)
            right -= width + current.px(6)
        for mark, tone in ((node.mark, node.mark_tone), ("locked" if node.locked else "", dim)):
            if mark:
                right -= current.px(14)
                painter.drawPixmap(right, middle - current.px(7), current.pixmap(mark, tone, 14, ratio))
                right -= current.px(6)
        font = current.text(13, QFont.Weight.DemiBold if node.strong else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(current.color("t3" if node.dim else "t1" if node.strong or chosen else "t2"))
        left = current.px(_TEXT_AT[min(depth, 2)])
        words = QFontMetrics(font).elidedText(node.text, Qt.TextElideMode.ElideRight, right - left - current.px(4))
        place = QRect(left, rect.top(), max(0, right - left), rect.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()


class _Tree(QTreeView):
    """A tree whose arrows are painted by the delegate."""

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(False)
        self.setItemDelegate(_NodeDelegate(self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click left of the icon folds and unfolds."""
        index = self.indexAt(event.position().toPoint())
        depth = _depth(index)
        if index.isValid() and depth < 2 and event.position().x() < theme().px(_ICON_AT[depth] - 2):
            self.setExpanded(index, not self.isExpanded(index))
            event.accept()
            return
        super().mousePressEvent(event)


class Navigator(QWidget):
    """The left dock. `open_wanted` carries a DocumentKey, `menu_wanted` a key and a place on the screen."""

    open_wanted = Signal(object)
    menu_wanted = Signal(object, QPoint)

    def __init__(self, model: WorkbenchModel, on_add: object) -> None:
        super().__init__()
        self.setObjectName("navigator")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._model = model
        self._known: set[str] = set()
        self.tree_model = TreeModel()
        self.tree = _Tree()
        self.tree.setAccessibleName(self.tr("Clusters"))
        self.tree.setModel(self.tree_model)
        add = IconButton("add", self.tr("Connect to a cluster"), on_click=on_add if callable(on_add) else None)
        self._nothing = label(
            self.tr("None yet. Start one here or connect to one; it will stand in this list."), "help", wrap=True
        )
        self._nothing.setContentsMargins(12, 0, 12, 0)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        head = panel(row(label(self.tr("Clusters"), "label"), None, add, margins=(12, 4, 6, 0)), height=32)
        box = column(head, self._nothing, gap=0)
        box.addWidget(self.tree, 1)
        self._place: DocumentKey | None = None
        self.setLayout(box)
        self._nothing.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.MinimumExpanding)
        self.setMinimumWidth(theme().px(200))
        self.tree.clicked.connect(self._clicked)
        self.tree.activated.connect(self._clicked)
        self.tree.customContextMenuRequested.connect(self._menu)
        self._refresh = Throttle(200, self.refresh, self)
        model.clusters_changed.connect(self._follow)
        model.preferences.changed.connect(self._refresh.ask)
        theme().changed.connect(self.tree.viewport().update)
        self._followed: set[str] = set()
        self._follow()

    def refresh(self) -> None:
        """Brings the tree up to date."""
        show_internal = self._model.preferences.is_on("show_internal")
        nodes = cluster_nodes(self._model.clusters, show_internal=show_internal)
        self.tree_model.sync(nodes)
        self._nothing.setVisible(not nodes)
        self.tree.setVisible(bool(nodes))
        for key in expanded_at_first(nodes):
            if key not in self._known:
                self._known.add(key)
                self.tree.setExpanded(self.tree_model.index_of(key), True)
        if self._place is not None and not self.tree.currentIndex().isValid():
            self.show_place(self._place)

    def show_place(self, key: DocumentKey) -> None:
        """Selects the line of a document, as soon as it has one."""
        self._place = key
        index = self.tree_model.index_of(key.as_text())
        selection = self.tree.selectionModel()
        if index.isValid():
            self.tree.setCurrentIndex(index)
        else:
            selection.clearSelection()
            selection.clearCurrentIndex()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._clicked(self.tree.currentIndex())
            return
        super().keyPressEvent(event)

    def _follow(self) -> None:
        for cluster in self._model.clusters:
            if cluster.name not in self._followed:
                self._followed.add(cluster.name)
                for signal in (cluster.changed, cluster.topics_changed, cluster.groups_changed, cluster.state_changed):
                    signal.connect(self._refresh.ask)
        self.refresh()

    def _clicked(self, index: QModelIndex) -> None:
        node = self.tree_model.node_at(index)
        key = DocumentKey.from_text(node.key) if node is not None else None
        if key is not None:
            self.open_wanted.emit(key)

    def _menu(self, place: QPoint) -> None:
        index = self.tree.indexAt(place)
        node = self.tree_model.node_at(index)
        key = DocumentKey.from_text(node.key) if node is not None else None
        if key is not None:
            self.menu_wanted.emit(key, self.tree.viewport().mapToGlobal(place))


def _depth(index: QModelIndex | QPersistentModelIndex) -> int:
    depth, parent = 0, index.parent()
    while parent.isValid():
        depth, parent = depth + 1, parent.parent()
    return depth
