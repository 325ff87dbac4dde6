"""A write before it is done: difference, what it touches, the same by hand, then apply.

Invariant: nothing is written before the user presses the apply button; a failed write leaves the dialog open with
Kafka's answer.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from workbench.client.errors import ClientError
from workbench.system.known_error import KnownError
from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.documents import JOBS
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.plan import Plan
from workbench.ui.view_models.workbench_model import WorkbenchModel
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.code_block import CodeBlock, CodeText
from workbench.ui.widgets.labels import ElidedLabel, IconLabel, label
from workbench.ui.widgets.layouts import column, panel, row
from workbench.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from workbench.ui.main_window import MainWindow


class PlanDialog(Dialog):
    """Shows one plan and carries it out."""

    def __init__(self, parent: MainWindow, model: WorkbenchModel, cluster: ClusterModel, plan: Plan) -> None:
        super().__init__(parent, plan.title, "pending", "accent", 680)
        self._window, self._model, self._cluster, self._plan = parent, model, cluster, plan
        self._apply = Button(
            plan.apply_label,
            "delete" if plan.destructive else "check",
            primary=not plan.destructive,
            tone="err" if plan.destructive else "on_fill",
            on_click=self._begin,
        )
        self._answer = Notice()
        self._checked = ElidedLabel("", token="t2")
        self._checked_icon = IconLabel("starting", "t3")
        body = column(label(plan.summary, "second", wrap=True), gap=8)
        difference = CodeText("\n".join(plan.difference), self.tr("Difference"))
        difference.fit_height(12)
        body.addWidget(label(self.tr("Difference"), "label"))
        body.addWidget(panel(column(difference, gap=0, margins=(1, 1, 1, 1)), "code"))
        for words, value in plan.touches:
            body.addLayout(row(label(words, "help"), None, label(value)))
        if plan.warning:
            body.addWidget(Notice(plan.warning, "warn"))
        body.addWidget(label(self.tr("The same by hand"), "label"))
        texts = [(self.tr("Shell"), plan.shell), (self.tr("Python"), plan.python)][: 2 if plan.python else 1]
        self._code = CodeBlock(texts, self.tr("The same by hand"), wrap=True)
        self._code.code.fit_height(9)
        body.addWidget(self._code)
        if plan.undo:
            undo = row(IconLabel("undo", "t3", 14), gap=7)
            undo.addWidget(label(plan.undo, "dim", wrap=True), 1)
            body.addLayout(undo)
        body.addWidget(self._answer)
        checked = row(self._checked_icon, gap=7)
        checked.addWidget(self._checked, 1)
        note = panel(checked)
        self.build(body, [self.cancel_button(), self._apply], note)
        refused = cluster.why_not_write() if plan.needs_running else ""
        if refused:
            self._apply.explain(refused)
        self._show_check("", "", "")
        if plan.check is not None and not refused:
            self._show_check("starting", "t3", self.tr("asking the broker"))
            model.bridge.spawn(self._ask(), f"check of: {plan.title}", on_error=self._refuse)

    async def _ask(self) -> None:
        assert self._plan.check is not None
        await self._plan.check()
        if not self.is_there():
            return
        self._show_check("ok", "ok", self.tr("the broker accepts it (validate only)"))

    def _refuse(self, error: BaseException) -> None:
        if not self.is_there():
            return
        self._show_check("error", "err", self.tr("the broker refuses it"))
        self._tell(error)

    def _show_check(self, icon: str, tone: str, words: str) -> None:
        self._checked_icon.setVisible(bool(icon))
        if icon:
            self._checked_icon.show_icon(icon, tone)
        self._checked.setText(words)

    def _begin(self) -> None:
        self._apply.explain(self.tr("It is being written."))
        self._answer.show_text("")
        work = self._model.apply(self._cluster, self._plan)
        self._model.bridge.spawn(self._carry_out(work), self._plan.title, on_error=self._failed)

    async def _carry_out(self, work: Awaitable[None]) -> None:
        await work
        if self._plan.job is not None:
            self._window.show_dock(JOBS)
        if self.is_there():
            self.accept()

    def _failed(self, error: BaseException) -> None:
        if not self.is_there():
            self._window.show_error(error)
            return
        self._apply.explain("")
        self._tell(error)

    def _tell(self, error: BaseException) -> None:
        if isinstance(error, ClientError):
            self._answer.show_text(f"{error.sentence} {error.remedy}".strip(), "err", error.code)
        elif isinstance(error, KnownError):
            self._answer.show_text(f"{error.sentence} {error.remedy}".strip(), "err")
        else:
            self._answer.show_text(self.tr("A bug in the workbench: {}").format(error), "err")
