"""A broker as a card: stripe in its series colour, what it does in three lines, its switches."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QLabel

from workbench.ui.theme import theme
from workbench.ui.view_models.broker_cards import BrokerCardData
from workbench.ui.widgets.badge import BrokerBadge
from workbench.ui.widgets.buttons import Button, IconButton
from workbench.ui.widgets.labels import ElidedLabel, label
from workbench.ui.widgets.layouts import column, panel, row
from workbench.ui.widgets.pill import Pill
from workbench.ui.widgets.sparkline import Sparkline

HEIGHT_PX = 112
Switch = Callable[[str, int], None]


class BrokerCard(QFrame):
    """Shows `BrokerCardData`; `switch(what, node_id)` is called with an action's id."""

    def __init__(self, node_id: int, rank: int, switch: Switch) -> None:
        super().__init__()
        self._rank, self._alarm = rank, False
        self.setFixedHeight(theme().px(HEIGHT_PX))
        name = self.tr("Broker {}").format(node_id)
        self.setAccessibleName(name)
        self._name = label(name)
        self._name.setFont(theme().text(13, QFont.Weight.DemiBold))
        self._controller = Pill(self.tr("controller"), "accent", "controller")
        self._state = Pill()
        self._lines = [QLabel() for _ in range(3)]
        for line in self._lines:
            line.setTextFormat(Qt.TextFormat.RichText)
            line.setProperty("role", "help")
            line.setMinimumWidth(20)
        self._spark = Sparkline(rank, height=16)
        self._foot = ElidedLabel("", token="t3", font=theme().text(12), align_right=True)
        self._pause = IconButton(
            "pause",
            self.tr("Pause broker {}").format(node_id),
            tone="t2",
            boxed=True,
            on_click=lambda: switch("broker.pause", node_id),
        )
        stop = IconButton(
            "stop",
            self.tr("Stop broker {}").format(node_id),
            tone="t2",
            boxed=True,
            on_click=lambda: switch("broker.stop", node_id),
        )
        kill = IconButton(
            "kill",
            self.tr("Kill broker {}, as kill -9 does").format(node_id),
            tone="err",
            boxed=True,
            on_click=lambda: switch("broker.kill", node_id),
        )
        self._switches = panel(row(self._pause, stop, kill))
        start = Button(
            self.tr("Start"), "start", primary=True, small=True, on_click=lambda: switch("broker.start", node_id)
        )
        logs = Button(self.tr("Show last log lines"), "log", small=True, on_click=lambda: switch("dock.logs", node_id))
        self._down = panel(row(start, logs, None))
        head = row(BrokerBadge(node_id, rank), self._name, None, self._controller, self._state, gap=5)
        upper = row(gap=6)
        upper.addWidget(self._lines[1], 1)
        upper.addWidget(self._spark, 0, Qt.AlignmentFlag.AlignBottom)
        foot = row(self._switches, self._down, gap=6)
        foot.addWidget(self._foot, 1)
        self.setLayout(column(head, self._lines[0], upper, self._lines[2], None, foot, gap=1, margins=(11, 7, 8, 7)))
        self._data: BrokerCardData | None = None
        theme().changed.connect(self._recolour)

    def _recolour(self) -> None:
        if self._data is not None:
            self.show_data(self._data)
        self.update()

    def show_data(self, data: BrokerCardData) -> None:
        """Brings the card up to date."""
        self._data = data
        self._controller.setVisible(data.is_controller)
        self._state.show_state(data.state, data.tone, data.icon)
        bold = theme().color("t1").name()
        for place, line in enumerate(self._lines):
            text = data.lines[place] if place < len(data.lines) else ""
            shown = text.replace("<b>", f'<b style="font-weight:600;color:{bold}">')
            if "<" not in text:  # a sentence may be longer than the card
                room = self.width() - theme().px(19) - (self._spark.width() if place == 1 and data.spark else 0)
                shown = escape(line.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room))
            line.setText(shown.replace("<i>", f'<i style="font-style:normal;color:{theme().color("warn").name()}">'))
            line.setToolTip(_plain(text) if len(text) > 40 else "")
        self._spark.setVisible(bool(data.spark))
        self._spark.show_values(data.spark)
        self._foot.setText(data.foot)
        self._switches.setVisible(data.embedded and data.has_process)
        self._down.setVisible(data.embedded and not data.has_process)
        self._foot.setVisible(not self._down.isVisibleTo(self))
        self._pause.set_icon_name("start" if data.paused else "pause")
        if data.alarm != self._alarm:
            self._alarm = data.alarm
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, edge and stripe."""
        painter = QPainter(self)
        current = theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        path = QPainterPath()
        path.addRoundedRect(rect, 5, 5)
        painter.fillPath(path, current.color("raised"))
        painter.save()
        painter.setClipPath(path)
        painter.fillRect(QRectF(0, 0, current.px(3), self.height()), current.series(self._rank))
        painter.restore()
        painter.setPen(QPen(current.color("err" if self._alarm else "line"), 1))
        painter.drawPath(path)
        painter.end()


def _plain(text: str) -> str:
    for mark in ("<b>", "</b>", "<i>", "</i>"):
        text = text.replace(mark, "")
    return text
