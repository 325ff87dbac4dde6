"""One line a broker: number, state, and the switches that kill, pause, stop and start it, with reasons."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame

from workbench.ui.theme import theme
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.widgets.badge import BrokerBadge
from workbench.ui.widgets.buttons import IconButton
from workbench.ui.widgets.layouts import clear, column, panel, row
from workbench.ui.widgets.pill import Pill

RunAction = Callable[[str, str], None]
TONES = {
    "running": ("ok", "ok"),
    "starting": ("accent", "starting"),
    "waiting to restart": ("warn", "starting"),
    "paused": ("warn", "pause"),
    "stopping": ("off", "starting"),
    "killing": ("err", "kill"),
    "killed": ("err", "error"),
    "failed": ("err", "error"),
    "stopped": ("off", "off"),
}
"""Tone and icon of each phase of a broker's process."""


class _Line(QFrame):
    def __init__(self, node_id: int, rank: int, run: RunAction) -> None:
        super().__init__()
        self._node_id = node_id
        self._state = Pill()
        self.setAccessibleName(self.tr("Broker {}").format(node_id))

        def button(icon: str, words: str, action: str, tone: str = "t2") -> IconButton:
            return IconButton(
                icon, words.format(node_id), tone=tone, boxed=True, on_click=lambda: run(action, str(node_id))
            )

        self.start = button("start", self.tr("Start broker {}"), "broker.start")
        self.pause = button("pause", self.tr("Pause broker {}"), "broker.pause")
        self.stop = button("stop", self.tr("Stop broker {} cleanly"), "broker.stop")
        self.kill = button("kill", self.tr("Kill broker {}, as kill -9 does"), "broker.kill", "err")
        line = row(BrokerBadge(node_id, rank), self._state, None, gap=6)
        for switch in (self.start, self.pause, self.stop, self.kill):
            line.addWidget(switch)
        self.setLayout(line)

    def show_phase(self, phase: str) -> None:
        """Which switches fit, and why the others do not."""
        tone, icon = TONES.get(phase, ("off", "off"))
        self._state.show_state(phase, tone, icon)
        state = self.tr("broker {} is {}").format(self._node_id, phase)
        alive = phase in ("running", "paused", "starting", "stopping")
        self.start.explain(state if alive or phase == "killing" else "")
        self.pause.explain("" if phase in ("running", "paused") else state)
        self.pause.set_icon_name("start" if phase == "paused" else "pause")
        self.stop.explain("" if phase in ("running", "paused", "starting", "waiting to restart") else state)
        self.kill.explain("" if alive else state)


class BrokerSwitches(QFrame):
    """Lines for all brokers of an embedded cluster."""

    def __init__(self, run: RunAction) -> None:
        super().__init__()
        self._run = run
        self.lines: dict[int, _Line] = {}
        self._box = column(gap=6)
        self.setLayout(column(panel(self._box), gap=0))
        self.setMinimumHeight(theme().px(20))

    def show_brokers(self, cluster: ClusterModel) -> bool:
        """Brings every line up to date; True where lines were made anew."""
        handles = cluster.local.handles if cluster.local is not None else {}
        made_anew = list(handles) != list(self.lines)
        if made_anew:
            clear(self._box)
            self.lines = {node: _Line(node, cluster.series(node), self._run) for node in handles}
            for line in self.lines.values():
                self._box.addWidget(line)
        for node, handle in handles.items():
            self.lines[node].show_phase(handle.phase.value)
        return made_anew
