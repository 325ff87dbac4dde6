"""A failure in a sentence, with its remedy and Kafka's code; it stays until it is read."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.widgets.labels import label
from workbench.ui.widgets.layouts import column
from workbench.ui.widgets.notice import kafka_code


class MessageDialog(Dialog):
    """Tones: warn (refused), err (failed)."""

    def __init__(self, parent: QWidget, sentence: str, remedy: str, code: str, tone: str) -> None:
        title = self.tr("Not now") if tone == "warn" else self.tr("That did not work")
        super().__init__(parent, title, "warning" if tone == "warn" else "error", tone, 460)
        body = column(label(sentence, wrap=True), gap=6)
        if remedy:
            body.addWidget(label(remedy, "second", wrap=True))
        if code:
            body.addWidget(kafka_code(code))
        self.build(body, [self.cancel_button(self.tr("Close"))])
