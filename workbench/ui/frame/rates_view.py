"""Live rates of the current cluster by broker: bytes and messages in and out, requests, over the last two minutes."""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from workbench.system.quick_dataclass import dataclass
from workbench.ui import units
from workbench.ui.bridge import Throttle
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.view_models.rate_history import RateHistory
from workbench.ui.view_models.workbench_model import WorkbenchModel
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.layouts import column
from workbench.ui.widgets.table import Table

SHOWN_SECONDS = 120


@dataclass(frozen=True, slots=True)
class RateRow:
    """One broker's rates; values None where no fresh sample is there."""

    node_id: int
    rank: int
    values: tuple[float | None, ...]
    curves: tuple[tuple[float | None, ...], ...]


_FIELDS = ("bytes_in", "bytes_out", "messages_in", "messages_out", "requests")


class RatesView(QWidget):
    """A table of brokers with sparklines."""

    def __init__(self, model: WorkbenchModel) -> None:
        super().__init__()
        self._model = model
        self._rates: RateHistory | None = None
        titles = (
            self.tr("Bytes in"),
            self.tr("Bytes out"),
            self.tr("Messages in"),
            self.tr("Messages out"),
            self.tr("Requests"),
        )
        columns = [Column[RateRow](self.tr("Broker"), _broker, 110)]
        for place, title in enumerate(titles):
            columns.append(Column[RateRow](title, partial(_rate, place), 150))
        self.table = Table(TableModel(columns, lambda row: row.node_id), self.tr("Rates by broker"), sortable=False)
        self._nothing = EmptyState("throughput", "", "")
        self._nothing.setObjectName("frame")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(self.table)
        self.setLayout(column(self._stack, gap=0))
        self._refresh = Throttle(500, self._show, self)
        model.current_changed.connect(self._follow)
        self._follow()

    def showEvent(self, event: QShowEvent) -> None:
        """Catches up with what came while it was hidden."""
        super().showEvent(event)
        self._show()

    def _follow(self) -> None:
        if self._rates is not None:
            self._rates.sampled.disconnect(self._refresh.ask)
        current = self._model.current
        self._rates = current.rates if current is not None else None
        if self._rates is not None:
            self._rates.sampled.connect(self._refresh.ask)
        self._show()

    def _show(self) -> None:
        if not self.isVisible():
            return
        current, rates = self._model.current, self._rates
        if current is None or rates is None or not rates.nodes:
            self._nothing.show_text("throughput", self.tr("No rates yet"), self._why())
            self._stack.setCurrentWidget(self._nothing)
            return
        now_ms = time.time_ns() // 1_000_000
        latest = rates.latest(now_ms)
        rows = []
        for node in rates.nodes:
            sample = latest.get(node)
            values = tuple(None if sample is None else getattr(sample, name) for name in _FIELDS)
            curves = tuple(rates.recent(node, name, SHOWN_SECONDS, now_ms) for name in _FIELDS)
            rows.append(RateRow(node, current.series(node), values, curves))
        self.table.table_model.set_rows(rows)
        self._stack.setCurrentWidget(self.table)

    def _why(self) -> str:
        current = self._model.current
        if current is not None and not current.embedded:
            return self.tr("Brokers of another program do not tell their rates; see msg/s in the list of topics.")
        return self.tr("They come once a second from each running broker.")


def _broker(rates: RateRow) -> Cell:
    return Cell(f"Broker {rates.node_id}", badges=((rates.node_id, rates.rank),))


def _rate(place: int, rates: RateRow) -> Cell:
    value = rates.values[place]
    if place < 2:
        text = units.byte_rate(value)
    else:
        text = units.rate(value, "req/s" if place == 4 else "msg/s")
    return Cell(text, "t3" if value is None else "t1", spark=rates.curves[place], rank=rates.rank)
