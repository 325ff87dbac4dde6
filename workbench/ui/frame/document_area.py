"""The documents in the middle: tabs, and the pane of the one in front; panes are made when first shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from workbench.ui.documents import KINDS, DocumentKey, make_pane
from workbench.ui.frame.document_tabs import DocumentTabs
from workbench.ui.panes.pane import Pane, PaneContext
from workbench.ui.theme import theme
from workbench.ui.widgets.layouts import column, panel, row

ContextFor = Callable[[DocumentKey], PaneContext]
RankFor = Callable[[DocumentKey], int | None]


class DocumentArea(QWidget):
    """Invariant: tab i is `self._keys[i]`; `current_changed` comes after the pane in front has changed."""

    current_changed = Signal()

    def __init__(self, context_for: ContextFor, rank_for: RankFor) -> None:
        super().__init__()
        self._context_for, self._rank_for = context_for, rank_for
        self._keys: list[DocumentKey] = []
        self._panes: dict[DocumentKey, Pane] = {}
        self._front: Pane | None = None
        self.tabs = DocumentTabs()
        self.stack = QStackedWidget()
        # A pane with many controls must not push the docks or the window out.
        self.stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.stack.setMinimumSize(theme().px(320), theme().px(200))
        self._nothing = QWidget()
        self._nothing.setObjectName("frame")
        self.stack.addWidget(self._nothing)
        bar = panel(row(self.tabs, None, gap=0), "documentBar", height=32)
        self.setLayout(column(bar, self.stack, gap=0))
        self.tabs.currentChanged.connect(self._tab_chosen)
        self.tabs.close_wanted.connect(self.close_at)
        self.tabs.tabMoved.connect(self._moved)

    @property
    def keys(self) -> tuple[DocumentKey, ...]:
        """Open documents in the order of their tabs."""
        return tuple(self._keys)

    @property
    def current(self) -> DocumentKey | None:
        """The document in front."""
        place = self.tabs.currentIndex()
        return self._keys[place] if 0 <= place < len(self._keys) else None

    @property
    def pane(self) -> Pane | None:
        """The pane in front."""
        return self._front

    def pane_of(self, key: DocumentKey) -> Pane | None:
        """The pane of an open document that was already shown."""
        return self._panes.get(key)

    def open(self, key: DocumentKey, *, in_front: bool = True) -> None:
        """Brings a document to the front, opening it if needed."""
        if key not in self._keys:
            self._keys.append(key)
            kind = KINDS[key.kind]
            from PySide6.QtCore import QCoreApplication

            title = QCoreApplication.translate("documents", kind.title) if kind.title else key.subject
            self.tabs.blockSignals(True)
            place = self.tabs.addTab(title)
            self.tabs.setTabData(place, (kind.icon, self._rank_for(key)))
            self.tabs.setTabToolTip(place, f"{key.cluster} / {title}" if key.cluster else title)
            if len(self._keys) == 1:
                self.tabs.setCurrentIndex(0 if in_front else -1)
            self.tabs.blockSignals(False)
        if in_front:
            place = self._keys.index(key)
            if self.tabs.currentIndex() == place:
                self._tab_chosen(place)
            else:
                self.tabs.setCurrentIndex(place)

    def close_current(self) -> None:
        """Closes the document in front."""
        self.close_at(self.tabs.currentIndex())

    def close_at(self, place: int) -> None:
        """Closes a document by its tab."""
        if not 0 <= place < len(self._keys):
            return
        key = self._keys.pop(place)
        pane = self._panes.pop(key, None)
        if pane is not None:
            if pane is self._front:
                self._front = None
                pane.left()
            self.stack.removeWidget(pane)
        self.tabs.removeTab(place)
        if pane is not None:
            pane.deleteLater()
        self._tab_chosen(self.tabs.currentIndex())

    def close_all_of(self, matches: Callable[[DocumentKey], bool]) -> None:
        """Closes every document that `matches`."""
        for place in range(len(self._keys) - 1, -1, -1):
            if matches(self._keys[place]):
                self.close_at(place)

    def step(self, by: int) -> None:
        """The next or previous document."""
        if self._keys:
            self.tabs.setCurrentIndex((self.tabs.currentIndex() + by) % len(self._keys))

    def _moved(self, from_place: int, to_place: int) -> None:
        self._keys.insert(to_place, self._keys.pop(from_place))

    def _tab_chosen(self, _place: int) -> None:
        key = self.current
        pane = self._pane_for(key) if key is not None else None
        if pane is self._front and pane is not None:
            self.current_changed.emit()
            return
        if self._front is not None:
            self._front.left()
        self._front = pane
        self.stack.setCurrentWidget(pane if pane is not None else self._nothing)
        if pane is not None:
            pane.shown()
        self.tabs.setFont(theme().text(13))
        self.current_changed.emit()

    def _pane_for(self, key: DocumentKey) -> Pane:
        pane = self._panes.get(key)
        if pane is None:
            pane = make_pane(key, self._context_for(key))
            self._panes[key] = pane
            self.stack.addWidget(pane)
        return pane
