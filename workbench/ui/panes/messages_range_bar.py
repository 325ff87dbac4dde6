"""The first line of the messages pane: from, to, partitions, decoders, order."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from workbench.client.browse.view_spec import Bound, BoundKind
from workbench.client.decoders import AUTO, DECODER_NAMES
from workbench.ui import units
from workbench.ui.theme import theme
from workbench.ui.view_models.messages_model import FROM_EARLIEST, TO_LATEST, Asked, Order
from workbench.ui.view_models.messages_range import parse_partitions, parse_time, parse_whole, partitions_text
from workbench.ui.widgets.buttons import Segmented
from workbench.ui.widgets.labels import label, set_tone
from workbench.ui.widgets.layouts import column, panel, row

_NEWEST = (1_000, 10_000, 100_000)


class BoundField(QWidget):
    """Chooses a bound; offsets and times are typed into `text`, which stands elsewhere, and apply with Enter."""

    chosen = Signal(object)
    text_shown = Signal()

    def __init__(self, name: str, is_start: bool) -> None:
        super().__init__()
        self._is_start = is_start
        self._bound = FROM_EARLIEST if is_start else TO_LATEST
        self.choice = QComboBox()
        self.choice.setAccessibleName(name)
        if is_start:
            self.choice.addItem(self.tr("Earliest"), Bound(BoundKind.EARLIEST))
            for count in _NEWEST:
                self.choice.addItem(self.tr("Newest {}").format(units.number(count)), Bound(BoundKind.NEWEST, count))
        else:
            self.choice.addItem(self.tr("Now"), Bound(BoundKind.LATEST))
        self.choice.addItem(self.tr("Offset…"), BoundKind.OFFSET)
        self.choice.addItem(self.tr("Time…"), BoundKind.TIMESTAMP)
        if is_start:
            self.choice.addItem(self.tr("Newest…"), BoundKind.NEWEST)
        self.text = QLineEdit()
        self.text.setProperty("mono", True)
        self.text.setAccessibleName(name)
        self.text.hide()
        self.text.returnPressed.connect(self._typed)
        self.text.textEdited.connect(lambda _text: self._mark())
        self.choice.activated.connect(self._chosen)
        _narrow(self.choice, 92)
        self.setLayout(row(self.choice, gap=0))

    def show_bound(self, bound: Bound) -> None:
        """Shows what is in force, without emitting."""
        self._bound = bound
        for place in range(self.choice.count()):
            if self.choice.itemData(place) == bound:
                self.choice.setCurrentIndex(place)
                self._hide_field()
                return
        self.choice.setCurrentIndex(self.choice.findData(bound.kind))
        self._show_field(bound.kind)
        if bound.kind is BoundKind.TIMESTAMP:
            self.text.setText(units.date_time(bound.value))
        else:
            self.text.setText(units.number(bound.value))
        self._mark()

    def _chosen(self, place: int) -> None:
        data = self.choice.itemData(place)
        if isinstance(data, Bound):
            self._hide_field()
            self._bound = data
            self.chosen.emit(data)
            return
        self._show_field(BoundKind(data))
        self.text.clear()
        self.text.setFocus()

    def _show_field(self, kind: BoundKind) -> None:
        is_time = kind is BoundKind.TIMESTAMP
        self.text.setPlaceholderText(
            self.tr("2026-03-12 13:52, 13:52, 2h ago") if is_time else self.tr("a number, then Enter")
        )
        self.text.setFixedWidth(theme().px(220 if is_time else 150))
        self.text.show()
        self.text_shown.emit()

    def _hide_field(self) -> None:
        self.text.hide()
        self.text_shown.emit()

    def _parsed(self) -> Bound | None:
        kind = BoundKind(self.choice.currentData())
        text = self.text.text()
        value = parse_time(text, time.time_ns() // 1_000_000) if kind is BoundKind.TIMESTAMP else parse_whole(text)
        return None if value is None else Bound(kind, value)

    def _mark(self) -> None:
        if self.text.isHidden() or not self.text.text().strip():
            set_tone(self.text, "state", "")
            self.text.setToolTip("")
            return
        good = self._parsed() is not None
        set_tone(self.text, "state", "" if good else "err")
        self.text.setToolTip("" if good else self.tr("That is no {}.").format(self.choice.currentText().rstrip("…")))

    def _typed(self) -> None:
        bound = self._parsed()
        self._mark()
        if bound is not None:
            self._bound = bound
            self.chosen.emit(bound)


class PartitionsField(QComboBox):
    """All, one, or a typed list such as `0, 3-5`."""

    chosen = Signal(object)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setFixedWidth(theme().px(76))
        self._all: tuple[int, ...] = ()
        self._chosen: tuple[int, ...] | None = None
        self.activated.connect(lambda place: self._choose(None if place == 0 else (self._all[place - 1],)))
        line = self.lineEdit()
        if line is not None:
            line.editingFinished.connect(self._typed)

    def show_partitions(self, every: Sequence[int], chosen: tuple[int, ...] | None) -> None:
        """Shows the topic's partitions and which are in force."""
        self._chosen = chosen
        if tuple(every) != self._all:
            self._all = tuple(every)
            self.blockSignals(True)
            self.clear()
            self.addItem(self._all_words())
            self.addItems([str(number) for number in every])
            self.blockSignals(False)
        self.setEditText(self._all_words() if chosen is None else partitions_text(chosen))
        self.setToolTip(self.tr("All, one, or a list such as 0, 3-5"))

    def _all_words(self) -> str:
        return self.tr("All {}").format(len(self._all)) if self._all else self.tr("All")

    def _typed(self) -> None:
        text = self.currentText().strip()
        if text in ("", self._all_words()):
            self._choose(None)
            return
        found = parse_partitions(text)
        known = tuple(number for number in found if number in self._all) if found else ()
        if not known:
            self.show_partitions(self._all, self._chosen)
            return
        self._choose(known)

    def _choose(self, partitions: tuple[int, ...] | None) -> None:
        if partitions is not None and set(partitions) == set(self._all):
            partitions = None
        if partitions != self._chosen:
            self._chosen = partitions
            self.chosen.emit(partitions)
        self.show_partitions(self._all, self._chosen)


class DecoderField(QComboBox):
    """Chooses how bytes are read; shows what the automatic choice came to."""

    chosen = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        for decoder in DECODER_NAMES:
            self.addItem(_DECODER_WORDS.get(decoder, decoder), decoder)
        self.activated.connect(lambda place: self.chosen.emit(self.itemData(place)))
        self._guessed = AUTO
        _narrow(self, 78)

    def show_decoder(self, decoder: str, guessed: str) -> None:
        """What is chosen; `guessed` is what auto stands for now."""
        self._guessed = guessed
        words = _DECODER_WORDS.get(guessed, guessed)
        self.setItemText(0, self.tr("Auto") if guessed == AUTO else self.tr("Auto: {}").format(words))
        self.setCurrentIndex(self.findData(decoder))
        by_itself = decoder == AUTO and guessed != AUTO
        self.setToolTip(self.tr("{}, as it looks").format(words) if by_itself else "")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The field is too narrow for more than what auto came to."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        if self.currentData() == AUTO and self._guessed != AUTO:
            option.currentText = _DECODER_WORDS.get(self._guessed, self._guessed)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()


_DECODER_WORDS = {"auto": "Auto", "json": "JSON", "text": "text", "hex": "hex", "uuid": "UUID"}


class MessagesRangeBar(QWidget):
    """Emits `changed(name, value)` with a field of `Asked`, and `decoders_chosen(key, value)`."""

    changed = Signal(str, object)
    decoders_chosen = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.start = BoundField(self.tr("From"), True)
        self.end = BoundField(self.tr("To"), False)
        self.partitions = PartitionsField(self.tr("Partitions"))
        self.key_decoder = DecoderField(self.tr("Key"))
        self.value_decoder = DecoderField(self.tr("Value"))
        self.order = Segmented(
            [
                (Order.NEWEST.value, self.tr("Newest first")),
                (Order.OLDEST.value, self.tr("Oldest first")),
                (Order.LIVE.value, self.tr("Live")),
            ],
            Order.NEWEST.value,
            self.tr("Order"),
        )
        # Less than the layout asks for with its captions, which go where it is narrow.
        self.setMinimumWidth(theme().px(690))
        self.order.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._spare_captions = (
            _caption(self.tr("Partitions"), self.partitions),
            _caption(self.tr("Key"), self.key_decoder),
            _caption(self.tr("Value"), self.value_decoder),
        )
        partitions, key, value = self._spare_captions
        first = row(
            _caption(self.tr("From"), self.start.choice),
            self.start,
            _caption(self.tr("to"), self.end.choice),
            self.end,
            4,
            partitions,
            self.partitions,
            4,
            key,
            self.key_decoder,
            value,
            self.value_decoder,
            None,
            self.order,
            gap=6,
            margins=(12, 7, 12, 4),
        )
        self._from_caption = _caption(self.tr("From"), self.start.text)
        self._to_caption = _caption(self.tr("to"), self.end.text)
        second = row(
            self._from_caption,
            self.start.text,
            self._to_caption,
            self.end.text,
            label(self.tr("Enter applies it"), "dim"),
            None,
            gap=6,
            margins=(12, 2, 12, 4),
        )
        self._typed_line = panel(second)
        self.setLayout(column(panel(first), self._typed_line, gap=0))
        self.start.text_shown.connect(self._show_typed_line)
        self.end.text_shown.connect(self._show_typed_line)
        self._show_typed_line()
        self.start.chosen.connect(lambda bound: self.changed.emit("start", bound))
        self.end.chosen.connect(lambda bound: self.changed.emit("end", bound))
        self.partitions.chosen.connect(lambda chosen: self.changed.emit("partitions", chosen))
        self.order.chosen.connect(lambda order: self.changed.emit("order", Order(order)))
        self.key_decoder.chosen.connect(lambda decoder: self.decoders_chosen.emit(decoder, None))
        self.value_decoder.chosen.connect(lambda decoder: self.decoders_chosen.emit(None, decoder))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is narrow the fields do without their captions; tool tips and names stay."""
        super().resizeEvent(event)
        roomy = self.width() >= theme().px(900)
        for caption in self._spare_captions:
            caption.setVisible(roomy)

    def _show_typed_line(self) -> None:
        """Typed bounds have a line of their own, there only while one is typed."""
        start, end = not self.start.text.isHidden(), not self.end.text.isHidden()
        self._from_caption.setVisible(start)
        self._to_caption.setVisible(end)
        self._typed_line.setVisible(start or end)

    def show_asked(self, asked: Asked, every: Sequence[int]) -> None:
        """Shows what is in force."""
        self.start.show_bound(asked.start)
        self.end.show_bound(asked.end)
        self.end.setEnabled(asked.order is not Order.LIVE)
        self.end.setToolTip(self.tr("Live has no end.") if asked.order is Order.LIVE else "")
        self.partitions.show_partitions(every, asked.partitions)
        self.order.choose(asked.order.value)


def _narrow(field: QComboBox, width_px: int) -> None:
    """Its list may be wider than the field."""
    field.setFixedWidth(theme().px(width_px))
    field.view().setMinimumWidth(theme().px(150))


def _caption(text: str, buddy: QWidget) -> QLabel:
    made = label(text, "dim")
    made.setBuddy(buddy)
    return made
