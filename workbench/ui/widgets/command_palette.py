"""Ctrl+K: one field over every action, topic and group; Enter runs, Ctrl+Enter opens in the background of the list.

A frameless child over a dark sheet; opened, never executed. It closes on Escape, on a click beside it and after a run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollArea, QWidget

from workbench.ui.theme import theme
from workbench.ui.view_models.palette_entries import PaletteEntry, find
from workbench.ui.view_models.palette_sources import palette_entries
from workbench.ui.widgets.labels import IconLabel, label
from workbench.ui.widgets.layouts import column, hairline, panel, row

if TYPE_CHECKING:
    from workbench.ui.main_window import MainWindow

WIDTH_PX, HEIGHT_PX, TOP_PX = 660, 512, 72
ROW_PX, TALL_PX, HEAD_PX = 32, 44, 28


class _Results(QWidget):
    """Paints sections and entries; the chosen one is a rounded selection."""

    def __init__(self, palette: CommandPalette) -> None:
        super().__init__()
        self._palette = palette
        self.entries: list[PaletteEntry] = []
        self.chosen = 0
        self._places: list[QRect] = []
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Results"))

    def show_entries(self, entries: list[PaletteEntry]) -> None:
        """Shows other results and chooses the first."""
        self.entries, self.chosen = entries, 0
        self._lay_out()
        self.update()

    def place_of(self, number: int) -> QRect:
        """Where an entry is painted."""
        return self._places[number]

    def _lay_out(self) -> None:
        px = theme().px
        top, section = 0, ""
        self._places = []
        for entry in self.entries:
            if entry.section != section:
                section = entry.section
                top += px(HEAD_PX)
            height = px(TALL_PX if entry.reason else ROW_PX)
            self._places.append(QRect(0, top, max(1, self.width()), height))
            top += height
        self.setFixedHeight(max(top + px(6), 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        section = ""
        for number, entry in enumerate(self.entries):
            place = QRect(self._places[number])
            place.setWidth(self.width())
            if entry.section != section:
                section = entry.section
                head = QRect(theme().px(20), place.top() - theme().px(HEAD_PX), self.width(), theme().px(HEAD_PX))
                painter.setFont(theme().text(11))
                painter.setPen(theme().color("t3"))
                painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, section)
            if place.intersects(event.rect()):
                self._paint_entry(painter, place, entry, number == self.chosen)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        number = self._number_at(event)
        if number is not None and number != self.chosen:
            self.chosen = number
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._number_at(event)
        if number is not None:
            self._palette.run_entry(self.entries[number])

    def _number_at(self, event: QMouseEvent) -> int | None:
        point = event.position().toPoint()
        return next((number for number, place in enumerate(self._places) if place.contains(point)), None)

    def _paint_entry(self, painter: QPainter, place: QRect, entry: PaletteEntry, chosen: bool) -> None:
        current, px = theme(), theme().px
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current.color("sel"))
            painter.drawRoundedRect(QRectF(place).adjusted(px(8), 0, -px(8), 0), 5, 5)
        line = QRect(place.left() + px(20), place.top(), place.width() - px(40), px(ROW_PX))
        if entry.reason:
            line.setHeight(px(26))
        ratio = self.devicePixelRatioF()
        if entry.icon:
            picture = current.pixmap(entry.icon, "t4" if entry.reason else "t2", 15, ratio)
            painter.drawPixmap(line.left(), line.center().y() - px(7), picture)
        left = line.left() + px(25)
        right = self._paint_keys(painter, line, entry.keys)
        left = self._paint_title(painter, QRect(left, line.top(), right - left, line.height()), entry)
        if entry.note:
            painter.setFont(current.text(12))
            painter.setPen(current.color("t2" if chosen else "t3"))
            space = QRect(left + px(8), line.top(), right - left - px(12), line.height())
            words = QFontMetrics(painter.font()).elidedText(entry.note, Qt.TextElideMode.ElideRight, space.width())
            painter.drawText(space, Qt.AlignmentFlag.AlignVCenter, words)
        if entry.reason:
            self._paint_reason(painter, place, entry)

    def _paint_title(self, painter: QPainter, space: QRect, entry: PaletteEntry) -> int:
        current = theme()
        left = space.left()
        plain = "t4" if entry.reason else "t1"
        spots = set(entry.spots)
        start = 0
        while start < len(entry.title):
            end = start + 1
            while end < len(entry.title) and (end in spots) == (start in spots):
                end += 1
            piece = entry.title[start:end]
            marked = start in spots and not entry.reason
            painter.setFont(current.text(13, QFont.Weight.DemiBold if marked else QFont.Weight.Normal))
            painter.setPen(current.color("accent" if marked else plain))
            width = QFontMetrics(painter.font()).horizontalAdvance(piece)
            area = QRect(left, space.top(), min(width + 2, space.right() - left), space.height())
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, piece)
            left += width
            start = end
        return left

    def _paint_keys(self, painter: QPainter, line: QRect, keys: str) -> int:
        current, px = theme(), theme().px
        right = line.right()
        painter.setFont(current.text(11))
        metrics = QFontMetrics(painter.font())
        for word in reversed(keys.replace("++", "+Plus").split("+")) if keys else ():
            width = metrics.horizontalAdvance(word) + px(10)
            box = QRect(right - width, line.center().y() - px(9), width, px(18))
            painter.setPen(current.color("line2"))
            painter.setBrush(current.color("inset"))
            painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
            painter.setPen(current.color("t2"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, word)
            right = box.left() - px(5)
        return right - px(6)

    def _paint_reason(self, painter: QPainter, place: QRect, entry: PaletteEntry) -> None:
        current, px = theme(), theme().px
        top = place.top() + px(22)
        left = place.left() + px(45)
        painter.drawPixmap(left, top + px(2), current.pixmap("advice", "warn", 13, self.devicePixelRatioF()))
        left += px(18)
        painter.setFont(current.text(12))
        metrics = QFontMetrics(painter.font())
        for words, token in ((entry.reason, "t2"), (entry.remedy, "accent")):
            if words:
                painter.setPen(current.color(token))
                painter.drawText(QRect(left, top, place.right() - left - px(20), px(18)), 0, words)
                left += metrics.horizontalAdvance(words) + px(6)


class CommandPalette(QWidget):
    """The sheet over the window; the popup is its child."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._entries = palette_entries(window.commands)
        self._uses = window.model.history.uses()
        self.field = QLineEdit()
        self.field.setObjectName("popupSearch")
        self.field.setPlaceholderText(self.tr("Search actions, topics, groups, settings"))
        self.field.setAccessibleName(self.tr("Search actions, topics, groups, settings"))
        self._count = label("", "dim")
        self.results = _Results(self)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self.results)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.viewport().setAutoFillBackground(False)
        self.results.setAutoFillBackground(False)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = panel(
            row(IconLabel("search", "t2", 17), self.field, self._count, gap=10, margins=(20, 0, 20, 0)), height=46
        )
        hints = label(
            self.tr("↑ ↓ choose     Enter run     Esc close          > actions     # topics     @ groups"), "dim"
        )
        foot = panel(row(hints, None, margins=(20, 0, 20, 0)), height=30)
        self.popup = QFrame(self)
        self.popup.setObjectName("popup")
        self.popup.setLayout(column(head, hairline(), self._scroll, hairline(), foot, gap=0, margins=(1, 1, 1, 1)))
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        window.installEventFilter(self)
        self._search("")

    @staticmethod
    def open_over(window: MainWindow) -> CommandPalette:
        """Opens it, or gives the one that is open the focus."""
        present = window.findChild(CommandPalette)
        palette = present if present is not None else CommandPalette(window)
        palette.setGeometry(window.rect())
        palette.show()
        palette.raise_()
        palette.field.setFocus()
        return palette

    def run_entry(self, entry: PaletteEntry) -> None:
        """Closes and runs; a disabled entry runs its remedy, if it has one."""
        target, argument = entry.target, entry.argument
        if entry.reason:
            if not entry.remedy_target:
                return
            target, argument = entry.remedy_target, ""
        self.close()
        if entry.kind == "action":
            self._window.commands.run(target, argument)
        else:
            self._window.commands.open_kind(target, argument)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrow keys in the field move through the results; the sheet follows the window's size."""
        if watched is self._window and event.type() is QEvent.Type.Resize:
            self.setGeometry(self._window.rect())
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._key(event)
        return super().eventFilter(watched, event)

    def resizeEvent(self, _event: object) -> None:
        """Keeps the popup in the upper middle."""
        px = theme().px
        width = min(px(WIDTH_PX), self.width() - px(40))
        height = min(px(HEIGHT_PX), self.height() - px(TOP_PX + 40))
        self.popup.setGeometry((self.width() - width) // 2, px(TOP_PX), width, height)

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        """A click beside it closes."""
        self.close()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The dark sheet."""
        painter = QPainter(self)
        sheet = QColor(theme().color("sheet"))
        sheet.setAlphaF(0.42)
        painter.fillRect(self.rect(), sheet)
        painter.end()

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}.get(key)
        results = self.results
        if step is not None and results.entries:
            results.chosen = max(0, min(len(results.entries) - 1, results.chosen + step))
            place = results.place_of(results.chosen)
            self._scroll.ensureVisible(0, place.top() - theme().px(HEAD_PX), 0, 0)
            self._scroll.ensureVisible(0, place.bottom(), 0, theme().px(4))
            entry = results.entries[results.chosen]
            results.setAccessibleDescription(f"{entry.title} {entry.reason}".strip())
            results.update()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and results.entries:
            self.run_entry(results.entries[results.chosen])
            return True
        if key is Qt.Key.Key_Escape:
            self.close()
            return True
        return False

    def _search(self, text: str) -> None:
        found = find(text, self._entries, self._uses, lambda entry, spots: replace(entry, spots=spots))
        self.results.show_entries(found)
        self._count.setText(self.tr("{} found").format(len(found)) if text else "")
        self._scroll.verticalScrollBar().setValue(0)


def native_keys(keys: str) -> str:
    """Keys as this platform writes them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
