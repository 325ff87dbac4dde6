"""Asked only where programs are connected: quitting stops the cluster that they use."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from workbench.system.counting import counted
from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.labels import label
from workbench.ui.widgets.layouts import column

SHOWN_NAMES = 6


class QuitDialog(Dialog):
    """Names the programs; `quit_now` stops the cluster and ends."""

    def __init__(self, parent: QWidget, names: Sequence[str], quit_now: Callable[[], None]) -> None:
        super().__init__(parent, self.tr("Quit and stop the cluster?"), "warning", "warn", 440)
        self._quit_now = quit_now
        words = counted(
            len(names),
            self.tr("{} program is connected and will lose the cluster until you open the window again:"),
            self.tr("{} programs are connected and will lose the cluster until you open the window again:"),
        )
        body = column(
            label(words, wrap=True),
            gap=6,
        )
        for name in names[:SHOWN_NAMES]:
            body.addWidget(label(name, mono=True))
        if len(names) > SHOWN_NAMES:
            body.addWidget(label(self.tr("and {} more").format(len(names) - SHOWN_NAMES), "dim"))
        body.addWidget(label(self.tr("Topics and messages are kept."), "second"))
        stop = Button(self.tr("Stop the cluster and quit"), "stop", on_click=self._quit)
        self.build(body, [self.cancel_button(self.tr("Stay")), stop])

    def _quit(self) -> None:
        self.accept()
        self._quit_now()
