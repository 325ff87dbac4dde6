"""A field of `key=value` lines, above it Kafka's names to choose from, below it the sentence about what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QCompleter, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from workbench.broker_contract.setting_faults import KnownSetting
from workbench.ui.theme import theme
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.labels import IconLabel, label
from workbench.ui.widgets.layouts import column, row


class SettingsField(QWidget):
    """`changed` when the text was; it does not judge, `show_fault` tells what others found."""

    changed = Signal()

    def __init__(self, name: str, lines: int = 6) -> None:
        super().__init__()
        self._known: dict[str, KnownSetting] = {}
        self.key = QLineEdit()
        self.key.setProperty("mono", True)
        self.key.setPlaceholderText(self.tr("A setting by Kafka's name"))
        self.key.setAccessibleName(self.tr("Name of a setting to add"))
        self._about = label("", "help")
        self._add = Button(self.tr("Add"), "add", on_click=self._insert)
        self.text = QPlainTextEdit()
        self.text.setProperty("field", True)
        self.text.setProperty("mono", True)
        self.text.setFont(theme().mono())
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(name)
        self.text.setPlaceholderText(self.tr("num.io.threads=8"))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFixedHeight(self.text.fontMetrics().lineSpacing() * lines + theme().px(14))
        self._icon = IconLabel("ok", "ok", 14)
        self._words = label("", "help", wrap=True)
        picker = row(gap=8)
        picker.addWidget(self.key, 1)
        picker.addWidget(self._about)
        picker.addWidget(self._add)
        verdict = row(gap=6)
        verdict.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        verdict.addWidget(self._words, 1, Qt.AlignmentFlag.AlignTop)
        self.setLayout(column(picker, self.text, verdict, gap=6))
        self.text.textChanged.connect(self.changed)
        self.key.textChanged.connect(self._show_key)
        self.key.returnPressed.connect(self._insert)
        self._show_key("")

    def offer(self, known: Sequence[KnownSetting]) -> None:
        """Names to choose from."""
        self._known = {setting.key: setting for setting in known}
        completer = QCompleter(list(self._known), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.key.setCompleter(completer)
        self._show_key(self.key.text())

    def show_fault(self, sentence: str, line: int | None, tone: str) -> None:
        """The sentence below, the line underlined; tones: ok, warn, err."""
        self._icon.show_icon({"ok": "ok", "warn": "warning"}.get(tone, "error"), tone)
        self._words.setText(sentence)
        self.text.setAccessibleDescription(sentence)
        marks: list[QTextEdit.ExtraSelection] = []
        block = self.text.document().findBlockByNumber(line) if line is not None else None
        if block is not None and block.isValid():
            mark = QTextEdit.ExtraSelection()
            form = QTextCharFormat()
            form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            form.setUnderlineColor(QColor(theme().color(tone)))
            cursor = QTextCursor(block)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            mark.format = form
            mark.cursor = cursor
            marks.append(mark)
        self.text.setExtraSelections(marks)

    def words(self) -> str:
        """What is said below the field."""
        return self._words.text()

    def _show_key(self, text: str) -> None:
        known = self._known.get(text.strip())
        words = ""
        if known is not None:
            default = self.tr("no default") if known.default is None else known.default or self.tr("empty")
            words = self.tr("{}, {}").format(known.type, default if len(default) <= 24 else default[:23] + "…")
        self._about.setText(words)
        self._about.setVisible(bool(words))
        self._add.explain("" if known is not None else self.tr("Choose one of Kafka's names, or type it in the field."))

    def _insert(self) -> None:
        known = self._known.get(self.key.text().strip())
        if known is None:
            return
        text = self.text.toPlainText()
        gap = "" if not text or text.endswith("\n") else "\n"
        self.text.moveCursor(QTextCursor.MoveOperation.End)
        self.text.insertPlainText(f"{gap}{known.key}={known.default or ''}")
        self.key.clear()
        self.text.setFocus()
