"""Words on a tint: an explanation, a warning, an error with Kafka's code and a remedy button."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy

from workbench.ui.theme import theme
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.labels import IconLabel, label, set_tone
from workbench.ui.widgets.layouts import column, row

_ICONS = {"info": ("advice", "accent"), "warn": ("warning", "warn"), "err": ("error", "err"), "ok": ("ok", "ok")}


class Notice(QFrame):
    """An inline message; hidden while it has no text. Tones: info, warn, err, ok."""

    def __init__(self, text: str = "", tone: str = "info") -> None:
        super().__init__()
        self.setObjectName("notice")
        self._icon = IconLabel(*_ICONS[tone])
        self._text = label(text, "help", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop)  # beside the icon, whatever height it is given
        self._code = label("", "dim", mono=True)
        self._code.hide()
        self.button: Button | None = None
        self._on_click: Callable[[], object] = lambda: None
        self._remedies = row(None)
        self._box = column(self._text, self._code, self._remedies, gap=4)
        side = column(self._icon, None)
        outer = row(side, gap=8, margins=(10, 8, 10, 8))
        outer.addLayout(self._box, 1)
        self.setLayout(outer)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._say(text, tone, "")
        if not text:
            self.hide()  # with words it waits for its place: shown before, it would be a window

    def show_text(self, text: str, tone: str = "info", code: str = "") -> None:
        """Changes words, tone and Kafka's code; an empty text hides it."""
        self._say(text, tone, code)
        self.setVisible(bool(text))

    def _say(self, text: str, tone: str, code: str) -> None:
        set_tone(self, "tone", tone)
        self._icon.show_icon(*_ICONS[tone])
        self._text.setText(text)
        self._code.setText(code)
        self._code.setVisible(bool(code))
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:
        """As high as the words need at its width; a wrapped label alone would ask for more."""
        return QSize(super().sizeHint().width(), self.heightForWidth(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width needs another height."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def words(self) -> str:
        """What it says."""
        return self._text.text()

    def set_remedy(self, text: str, on_click: Callable[[], object]) -> None:
        """Adds one button under the words, or changes it."""
        self._on_click = on_click
        if self.button is not None and self.button.text() == text:
            return  # it may be under the pointer, or have the focus
        self.drop_remedy()
        self.button = Button(text, small=True, on_click=lambda: self._on_click())
        self._remedies.insertWidget(0, self.button)

    def drop_remedy(self) -> None:
        """Takes the button away."""
        if self.button is not None:
            self.button.setParent(None)
            self.button.deleteLater()
            self.button = None


def kafka_code(code: str) -> QLabel:
    """An error code in the fixed font."""
    made = label(code, "dim", mono=True)
    made.setFont(theme().mono(11))
    return made
