"""Code to read and to copy: one text, or several under tabs (Shell, Python, ...)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTabBar, QVBoxLayout, QWidget

from workbench.ui.theme import theme
from workbench.ui.widgets.buttons import IconButton
from workbench.ui.widgets.code_colours import CodeColours
from workbench.ui.widgets.layouts import row


class CodeText(QPlainTextEdit):
    """Read-only text in the fixed font, with colours for strings, numbers and comments."""

    def __init__(self, text: str, name: str, *, wrap: bool = False) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setProperty("mono", True)
        self.setFont(theme().mono())
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        mode = QPlainTextEdit.LineWrapMode.WidgetWidth if wrap else QPlainTextEdit.LineWrapMode.NoWrap
        self.setLineWrapMode(mode)
        self.document().setDocumentMargin(theme().px(8))
        self._colours = CodeColours(self.document())
        self.setPlainText(text)

    def fit_height(self, max_lines: int = 24) -> None:
        """Makes it as high as its lines, up to `max_lines`."""
        letters = 84 if self.lineWrapMode() is QPlainTextEdit.LineWrapMode.WidgetWidth else 10_000
        wrapped = sum(max(1, -(-len(line) // letters)) for line in self.toPlainText().split("\n"))
        lines = min(max_lines, wrapped)
        self.setFixedHeight(round(self.fontMetrics().lineSpacing() * (lines + 0.4)) + 2 * theme().px(8))


class CodeBlock(QWidget):
    """Named texts under tabs with a copy button."""

    def __init__(self, texts: Sequence[tuple[str, str]], name: str, *, fit: bool = True, wrap: bool = False) -> None:
        """`texts` are (title, code)."""
        super().__init__()
        self._texts = list(texts)
        self._name = name
        self._fit = fit
        self.tabs = QTabBar()
        self.tabs.setProperty("inner", True)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(name)
        for title, _code in self._texts:
            self.tabs.addTab(title)
        self.copy_button = IconButton("copy", self.tr("Copy"), on_click=self.copy)
        self.code = CodeText("", name, wrap=wrap)
        frame = QFrame()
        frame.setObjectName("code")
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.addWidget(self.code)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(4)
        outer.addLayout(row(self.tabs, None, self.copy_button))
        outer.addWidget(frame)
        self.tabs.currentChanged.connect(self._show)
        self._show(0)

    def set_texts(self, texts: Sequence[tuple[str, str]]) -> None:
        """Shows other code under the same titles; selection of the tab stays."""
        if list(texts) != self._texts:
            self._texts = list(texts)
            self._show(max(0, self.tabs.currentIndex()))

    def copy(self) -> None:
        """Puts the shown code on the clipboard."""
        QGuiApplication.clipboard().setText(self.code.toPlainText())
        self.copy_button.set_icon_name("check", "ok")

    def _show(self, place: int) -> None:
        if 0 <= place < len(self._texts):
            self.copy_button.set_icon_name("copy", "t3")
            self.code.setPlainText(self._texts[place][1])
            if self._fit:
                self.code.fit_height()
            self.code.moveCursor(self.code.textCursor().MoveOperation.Start)
            self.code.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
