"""The line at the bottom: cluster, brokers, controller, rates; address, time zone, clock."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QStatusBar, QWidget

from workbench.ui import counts, units
from workbench.ui.theme import theme
from workbench.ui.view_models.cluster_model import ClusterModel, ClusterState
from workbench.ui.view_models.navigator_nodes import STATE_ICONS
from workbench.ui.view_models.workbench_model import WorkbenchModel
from workbench.ui.widgets.labels import ElidedLabel, IconLabel
from workbench.ui.widgets.layouts import row

_AT_REST = (ClusterState.STOPPED, ClusterState.FAILED)


class _Square(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.rank: int | None = None
        self.setFixedSize(theme().px(9), theme().px(9))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.rank is not None:
            painter.fillRect(self.rect(), QColor(theme().series(self.rank)))
        painter.end()


class StatusBar(QStatusBar):
    """Gives the row its whole height: with `addWidget` it would stand three pixels lower and be cut off below."""

    def __init__(self, line: StatusRow) -> None:
        super().__init__()
        self._line = line
        line.setParent(self)
        self.setSizeGripEnabled(False)
        self.setFixedHeight(line.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._line.setGeometry(self.rect())


class StatusRow(QFrame):
    """Follows the current cluster."""

    def __init__(self, model: WorkbenchModel) -> None:
        super().__init__()
        self.setObjectName("statusRow")
        self.setFixedHeight(theme().px(24))
        self._model = model
        self._followed: ClusterModel | None = None
        small = theme().text(12)
        self._square = _Square()
        self._name = ElidedLabel("", font=small)
        self._icon = IconLabel("ok", "ok", 14)
        self._brokers = ElidedLabel("", token="t2", font=small)
        self._controller = ElidedLabel("", token="t2", font=small)
        self._in = ElidedLabel("", token="t2", font=small)
        self._out = ElidedLabel("", token="t2", font=small)
        self._trouble_icon = IconLabel("out-of-isr", "warn", 14)
        self._trouble = ElidedLabel("", token="t1", font=small)
        self._address = ElidedLabel("", token="t2", font=small)
        self._zone = ElidedLabel("", token="t2", font=small)
        self._clock = ElidedLabel("", token="t1", font=theme().mono(12, QFont.Weight.Normal))
        self._lines = [_line() for _ in range(4)]
        self.setLayout(
            row(
                self._square,
                self._name,
                self._icon,
                self._brokers,
                self._lines[0],
                self._controller,
                self._lines[1],
                self._in,
                self._out,
                self._lines[2],
                self._trouble_icon,
                self._trouble,
                None,
                self._address,
                self._lines[3],
                self._zone,
                4,
                self._clock,
                margins=(12, 0, 12, 0),
                gap=8,
            )
        )
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        model.current_changed.connect(self._follow)
        self._follow()
        self._tick()

    def _follow(self) -> None:
        if self._followed is not None:
            self._followed.changed.disconnect(self.refresh)
            self._followed.state_changed.disconnect(self.refresh)
        self._followed = self._model.current
        if self._followed is not None:
            self._followed.changed.connect(self.refresh)
            self._followed.state_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows what is known now."""
        cluster = self._followed
        running = cluster is not None and cluster.state is ClusterState.RUNNING
        self._square.setVisible(cluster is not None)
        self._icon.setVisible(cluster is not None)
        for widget in (self._brokers, self._address):
            widget.setVisible(cluster is not None)
        for part in (self._controller, self._lines[0], self._trouble, self._trouble_icon, self._lines[2]):
            part.setVisible(False)
        if cluster is None:
            self._name.setText(self.tr("No cluster"))
            self._show_rates(None)
            return
        self._square.rank = cluster.rank
        self._square.update()
        self._name.setText(cluster.name)
        down = cluster.local is not None and cluster.local.running_count < len(cluster.local.handles)
        self._icon.show_icon(*(("error", "err") if running and down else STATE_ICONS[cluster.state]))
        self._brokers.setText(self._broker_words(cluster))
        self._address.setText(units.addresses(cluster.bootstrap))
        quorum = cluster.quorum
        if running and quorum is not None:
            self._controller.setText(self.tr("controller {}, epoch {}").format(quorum.leader_id, quorum.leader_epoch))
            self._controller.setVisible(True)
            self._lines[0].setVisible(True)
        self._show_rates(cluster)
        self._show_trouble(cluster)

    def _broker_words(self, cluster: ClusterModel) -> str:
        if cluster.local is not None and cluster.local.handles:
            whole, up = len(cluster.local.handles), cluster.local.running_count
            if cluster.state in (ClusterState.RUNNING, ClusterState.UNREACHABLE):
                return self.tr("{} of {}").format(up, counts.brokers(whole))
        if cluster.state is not ClusterState.RUNNING:
            return self.tr(cluster.state.value)
        return counts.brokers(len(cluster.brokers))

    def _show_rates(self, cluster: ClusterModel | None) -> None:
        runs = cluster is not None and cluster.state not in _AT_REST
        latest = cluster.rates.latest(time.time_ns() // 1_000_000) if cluster is not None and runs else {}
        shown: tuple[QWidget, ...] = (self._in, self._out, self._lines[1])
        for widget in shown:
            widget.setVisible(bool(latest))
        if latest:
            into = sum(sample.bytes_in for sample in latest.values())
            out = sum(sample.bytes_out for sample in latest.values())
            self._in.setText(self.tr("↓ in {}").format(units.byte_rate(into)))
            self._out.setText(self.tr("↑ out {}").format(units.byte_rate(out)))

    def _show_trouble(self, cluster: ClusterModel) -> None:
        partitions = [partition for topic in cluster.topics for partition in topic.partitions]
        offline = sum(1 for partition in partitions if partition.leader is None)
        short = sum(1 for partition in partitions if partition.leader is not None and partition.under_replicated)
        words = []
        if cluster.state in _AT_REST:
            short = offline = 0  # nothing is read or written at all
        if short:
            words.append(self.tr("{} under-replicated").format(short))
        if offline:
            words.append(self.tr("{} offline").format(offline))
        for widget in (self._trouble, self._trouble_icon, self._lines[2]):
            widget.setVisible(bool(words))
        self._trouble_icon.show_icon(*(("error", "err") if offline else ("out-of-isr", "warn")))
        self._trouble.setText(", ".join(words))

    def _tick(self) -> None:
        now_ms = time.time_ns() // 1_000_000
        self._clock.setText(units.clock(now_ms))
        self._zone.setText(units.zone_name(now_ms))
        if self._followed is not None:
            self._show_rates(self._followed)  # polls may wait for a broker that is gone, rates do not


def _line() -> QFrame:
    line = QFrame()
    line.setObjectName("hairline")
    line.setFixedSize(1, theme().px(12))
    return line
