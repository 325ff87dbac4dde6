"""Connect your program: the cluster's address and ready snippets for it, with copy buttons."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QListWidget, QListWidgetItem

from workbench.ui.documents import DocumentKey
from workbench.ui.panes.pane import Pane, PaneContext
from workbench.ui.theme import theme
from workbench.ui.view_models.snippets import EXAMPLE_TOPIC, Snippet, snippets
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.code_block import CodeText
from workbench.ui.widgets.labels import label
from workbench.ui.widgets.layouts import column, hairline, panel, row
from workbench.ui.widgets.pane_header import PaneHeader


class ConnectPane(Pane):
    """A list of programs at the left, the code of the chosen one at the right."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.cluster = context.the_cluster()
        self._snippets: tuple[Snippet, ...] = ()
        self.header = PaneHeader(self.tr("Connect your program"), "code")
        self._address = label("", mono=True)
        self._address.setFont(theme().mono(15))
        self._copy_address = Button(self.tr("Copy address"), "copy", on_click=self._copy_the_address)
        self._topic = QComboBox()
        self._topic.setEditable(True)
        self._topic.setAccessibleName(self.tr("Topic in the snippets"))
        self._topic.setMinimumWidth(theme().px(220))
        address = row(
            label(self.tr("bootstrap.servers"), "label"),
            self._address,
            self._copy_address,
            None,
            label(self.tr("Topic in the snippets"), "label"),
            self._topic,
            gap=10,
            margins=(12, 9, 12, 9),
        )
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Programs"))
        self.list.setFixedWidth(theme().px(200))
        self.list.setFont(theme().text(13))
        self._about = label("", "help")
        self._copy = Button(self.tr("Copy"), "copy", primary=True, on_click=self._copy_code)
        self.code = CodeText("", self.tr("Code"))
        side = column(
            row(self._about, None, self._copy, margins=(0, 0, 0, 0)),
            panel(column(self.code, gap=0, margins=(1, 1, 1, 1)), "code"),
            gap=8,
            margins=(12, 10, 12, 12),
        )
        body = row(panel(column(self.list, gap=0, margins=(0, 6, 0, 0))), gap=0)
        body.addLayout(side, 1)
        self.setLayout(column(self.header, panel(address), hairline(), body, gap=0))
        self.list.currentRowChanged.connect(lambda _row: self._show_code())
        self._topic.currentTextChanged.connect(lambda _text: self._refresh())
        self.cluster.topics_changed.connect(self._fill_topics)
        self.cluster.state_changed.connect(self._refresh)
        self._fill_topics()
        self._refresh()
        self.list.setCurrentRow(0)

    def shown(self) -> None:
        """The address may have changed."""
        super().shown()
        self._refresh()

    def _fill_topics(self) -> None:
        chosen = self._topic.currentText()
        names = [topic.name for topic in self.cluster.user_topics]
        self._topic.blockSignals(True)
        self._topic.clear()
        self._topic.addItems(names or [EXAMPLE_TOPIC])
        if chosen and (chosen in names or not names):
            self._topic.setCurrentText(chosen)
        elif EXAMPLE_TOPIC in names:
            self._topic.setCurrentText(EXAMPLE_TOPIC)
        self._topic.blockSignals(False)
        self._refresh()

    def _refresh(self) -> None:
        bootstrap = self.cluster.bootstrap or "localhost:9092"
        self._address.setText(bootstrap)
        self._snippets = tuple(snippets(bootstrap, self._topic.currentText().strip()))
        if self.list.count() != len(self._snippets):
            for snippet in self._snippets:
                self.list.addItem(QListWidgetItem(snippet.title))
        self.header.show_facts(self.tr("Plain TCP on this computer: no password, no certificate"))
        if not self.cluster.embedded:
            self.header.show_facts(self.tr("The address that the workbench uses itself"))
        self._show_code()

    def _show_code(self) -> None:
        place = self.list.currentRow()
        if 0 <= place < len(self._snippets):
            snippet = self._snippets[place]
            self._about.setText(snippet.about)
            if self.code.toPlainText() != snippet.code:
                self.code.setPlainText(snippet.code)
                self._copy.set_icon_name("copy")

    def _copy_code(self) -> None:
        QGuiApplication.clipboard().setText(self.code.toPlainText())
        self._copy.set_icon_name("check")

    def _copy_the_address(self) -> None:
        QGuiApplication.clipboard().setText(self._address.text())
        self._copy_address.set_icon_name("check", "ok")
