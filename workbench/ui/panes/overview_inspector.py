"""Beside the Overview: problems with their remedies, or what was found well; then busiest topics and lagging groups."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from functools import partial
from html import escape
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from workbench.ui import counts, units
from workbench.ui.documents import DocumentKey
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.theme import theme
from workbench.ui.view_models.cluster_model import ClusterModel, ClusterState
from workbench.ui.view_models.problems import Check, Problem, Severity, healthy_checks
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.labels import ElidedLabel, IconLabel, label, rich
from workbench.ui.widgets.layouts import ScrollColumn, clear, column, hairline, panel, row
from workbench.ui.widgets.table import Table

RunAction = Callable[[str, str], None]
_ICONS = {
    Severity.ERROR: ("error", "err"),
    Severity.WARNING: ("warning", "warn"),
    Severity.ADVICE: ("advice", "accent"),
}
BUSIEST = 8
TopicLine = tuple[str, float | None, tuple[float | None, ...], int | None]
GroupLine = tuple[str, int | None]
Line = TypeVar("Line")


class OverviewInspector(ScrollColumn):
    """Rebuilds its upper part only when problems or checks have changed."""

    def __init__(
        self, cluster: ClusterModel, run_action: RunAction, open_document: Callable[[DocumentKey], None]
    ) -> None:
        super().__init__(gap=0)
        self._cluster, self._run = cluster, run_action
        self._shown: Hashable = None
        self._upper = column(gap=0)
        self.box.addLayout(self._upper)
        topic_columns = (
            Column[TopicLine](self.tr("Topic"), lambda line: Cell(line[0])),
            Column[TopicLine]("", lambda line: Cell(spark=line[2], rank=None), 68),
            Column[TopicLine](self.tr("Rate"), lambda line: _rate_cell(line[1]), 84, right=True),
            Column[TopicLine](self.tr("Size"), lambda line: _size_cell(line[3]), 74, right=True),
        )
        self._topics = Table(
            TableModel(topic_columns, lambda line: line[0]), self.tr("Busiest topics"), sortable=False, stretch_px=60
        )
        self._topics.opened.connect(lambda line: open_document(DocumentKey("topic", cluster.name, line[0])))
        group_columns = (
            Column[GroupLine](self.tr("Group"), lambda line: Cell(line[0] or '""', icon="group")),
            Column[GroupLine](self.tr("Lag"), lambda line: Cell(units.number(line[1]), "t2"), 90, right=True),
        )
        self._groups = Table(
            TableModel(group_columns, lambda line: line[0]), self.tr("Groups by lag"), sortable=False, stretch_px=60
        )
        self._groups.opened.connect(lambda line: open_document(DocumentKey("group", cluster.name, line[0])))
        for table in (self._topics, self._groups):
            table.horizontalHeader().hide()
            table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._topics_box = _section(self.tr("Busiest topics, now"), self._topics)
        self._groups_box = _section(self.tr("Groups, by lag in messages"), self._groups)
        self.box.addWidget(self._topics_box)
        self.box.addWidget(self._groups_box)
        self.box.addStretch(1)

    def head(self) -> tuple[str, str, str, str]:
        """Title, icon, tone and note of the inspector."""
        cluster = self._cluster
        if cluster.state in (ClusterState.STARTING, ClusterState.CONNECTING):
            return self.tr("Starting"), "starting", "accent", ""
        found = cluster.problems()
        errors = sum(1 for problem in found if problem.severity is Severity.ERROR)
        warnings = sum(1 for problem in found if problem.severity is Severity.WARNING)
        if errors or warnings:
            icon, tone = ("error", "err") if errors else ("warning", "warn")
            return self.tr("Problems"), icon, tone, counts.problems(errors, warnings)
        if cluster.state is not ClusterState.RUNNING:
            return cluster.state.value.capitalize(), "off", "off", ""
        checked = ""
        if cluster.seen_ms is not None:
            checked = self.tr("checked {} ago").format(units.span(max(0, round(time.time() - cluster.seen_ms / 1000))))
        if not cluster.seen_ms or time.time() - cluster.seen_ms / 1000 < 2:
            checked = self.tr("checked just now")
        return self.tr("Healthy"), "ok", "ok", checked

    def refresh(self) -> None:
        """Brings everything up to date."""
        cluster = self._cluster
        problems = cluster.problems()
        running = cluster.state is ClusterState.RUNNING
        grave = any(problem.severity is not Severity.ADVICE for problem in problems)
        checks = healthy_checks(cluster.description, cluster.topics, cluster.quorum) if running and not grave else ()
        state = (problems, checks, cluster.state)
        if state != self._shown:
            self._shown = state
            clear(self._upper)
            if checks:
                self._upper.addWidget(_checks(checks))
            for problem in problems:
                self._upper.addWidget(self._problem(problem))
        now_ms = time.time_ns() // 1_000_000
        rates: list[TopicLine] = [
            (
                topic.name,
                cluster.message_rates.rate(topic.name, now_ms),
                cluster.message_rates.curve(topic.name),
                cluster.size_of(topic),
            )
            for topic in (cluster.user_topics if running else ())
        ]
        rates.sort(key=lambda line: -(line[1] or 0))
        self._fill(self._topics, self._topics_box, rates[:BUSIEST])
        groups = cluster.groups if running else ()
        lags: list[GroupLine] = [(group.group_id, cluster.lag_of(group.group_id)) for group in groups]
        lags.sort(key=lambda line: -(line[1] or 0))
        self._fill(self._groups, self._groups_box, lags[:BUSIEST])

    def _fill(self, table: Table[Line], box: QWidget, lines: list[Line]) -> None:
        table.table_model.set_rows(lines)
        table.setFixedHeight(theme().px(24) * len(lines) + 2)
        box.setVisible(bool(lines))

    def _problem(self, problem: Problem) -> QWidget:
        icon, tone = _ICONS[problem.severity]
        text = escape(problem.text)
        if problem.code:
            family = theme().fonts.mono_family
            text += f" <span style=\"font-family:'{family}'\">{problem.code}</span>."
        words = column(label(problem.title, "name", wrap=True), rich(text), gap=3)
        buttons = row(gap=8)
        for place, remedy in enumerate(problem.remedies):
            primary = place == 0 and problem.severity is Severity.ERROR
            button = Button(
                remedy.label,
                primary=primary,
                small=True,
                on_click=partial(self._run, remedy.action, remedy.argument),
            )
            buttons.addWidget(button)
        if problem.remedies:
            buttons.addStretch(1)
            words.addSpacing(3)
            words.addLayout(buttons)
        body = row(column(IconLabel(icon, tone), None), gap=8, margins=(12, 12, 12, 12))
        body.addLayout(words, 1)
        return panel(column(panel(body), hairline(), gap=0))


def _checks(checks: tuple[Check, ...]) -> QWidget:
    lines = []
    for check in checks:
        note = ElidedLabel(check.found, token="t2", font=theme().text(12), align_right=True)
        line = row(IconLabel("ok", "ok", 14), label(check.title), gap=8)
        line.addWidget(note, 1)
        lines.append(line)
    return panel(column(panel(column(*lines, gap=8, margins=(12, 12, 12, 12))), hairline(), gap=0))


def _section(title: str, widget: QWidget) -> QWidget:
    head = label(title, "label")
    head.setContentsMargins(12, 12, 12, 4)
    return panel(column(head, widget, 8, hairline(), gap=0))


def _rate_cell(rate: float | None) -> Cell:
    return Cell("–" if rate is None else units.rate(rate, "msg/s"), "t1" if rate else "t3")


def _size_cell(size_bytes: int | None) -> Cell:
    return Cell("" if size_bytes is None else units.size(size_bytes), "t2")
