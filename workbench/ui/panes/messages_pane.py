"""Messages of a topic: range, filter, volume over time, progress, the table, and the record in the inspector."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QStackedWidget

from workbench.client.browse.view_spec import Bound, BoundKind
from workbench.client.errors import ClientError
from workbench.client.model import RecordRow
from workbench.system.counting import counted
from workbench.ui import counts, units
from workbench.ui.bridge import Throttle
from workbench.ui.documents import DocumentKey
from workbench.ui.item_models.records_model import RowSource
from workbench.ui.panes.messages_actions import RecordActions
from workbench.ui.panes.messages_columns import messages_columns
from workbench.ui.panes.messages_filter_bar import MessagesFilterBar
from workbench.ui.panes.messages_histogram import MessagesHistogram
from workbench.ui.panes.messages_inspector import RecordInspector
from workbench.ui.panes.messages_progress import MessagesProgress
from workbench.ui.panes.messages_range_bar import MessagesRangeBar
from workbench.ui.panes.messages_table import MessagesTable, menu_of
from workbench.ui.panes.pane import Inspected, Pane, PaneContext
from workbench.ui.theme import theme
from workbench.ui.view_models.browsing import browse_service
from workbench.ui.view_models.cluster_model import ClusterState
from workbench.ui.view_models.messages_model import FilterValidity, MessagesModel, MessagesState, Order
from workbench.ui.view_models.messages_rows import FieldPath
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.labels import ElidedLabel, label
from workbench.ui.widgets.layouts import column, expanding, hairline, panel, row
from workbench.ui.widgets.notice import Notice

REFRESH_MS = 200
FITTED_ROWS = 40
_GONE = frozenset({"NO_BROKER", "BROWSER_GONE", "DISCONNECTED"})
"""Failures that end when the cluster is back."""


class MessagesPane(Pane):
    """Opens its view when first shown; later visits find it as it was."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.setObjectName("pane")
        self.cluster = context.the_cluster()
        self.topic = key.subject
        self.messages = MessagesModel(
            self.topic,
            lambda: self.cluster.bootstrap,
            self._properties,
            browse_service(),
            context.bridge,
            context.model.jobs,
            self._leaders,
        )
        self._opened = False
        self._fitted: RowSource | None = None
        self._paused_by_leaving = False
        self._misfits_shown: tuple[int, int] | None = None
        self.range_bar = MessagesRangeBar()
        self.filter_bar = MessagesFilterBar(self._validate)
        self.histogram = MessagesHistogram()
        self.histogram.hide()
        self.progress = MessagesProgress()
        self.notice = Notice()
        self._notice_box = panel(column(self.notice, margins=(12, 4, 12, 8)))
        self.table = MessagesTable(self.tr("Messages of {}").format(self.topic))
        self.empty = EmptyState("record", "", "")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.empty)
        self._count = ElidedLabel("", token="t2", font=theme().text(12))
        self._news = Button("", link=True, on_click=self.messages.reload)
        self._misfits = label("", "help", tone="warn")
        self._why = Button(self.tr("Why"), link=True, on_click=self._show_misfit)
        self._zone = label("", "dim")
        foot = panel(
            row(
                expanding(self._count),
                self._news,
                8,
                self._misfits,
                self._why,
                8,
                self._zone,
                gap=8,
                margins=(12, 0, 12, 0),
            ),
            "footer",
            height=24,
        )
        layout = column(
            self.range_bar, self.filter_bar, self.histogram, self._notice_box, hairline(), self.progress, gap=0
        )
        layout.addWidget(self.stack, 1)
        layout.addWidget(foot)
        self.setLayout(layout)
        self.inspector = RecordInspector()
        self.actions_of_records = RecordActions(context, self.messages, self.table)
        self._refresh_soon = Throttle(REFRESH_MS, self._refresh, self)
        self._histogram_soon = Throttle(REFRESH_MS, self._show_histogram, self)
        self._connect()
        self._show_columns()
        self._refresh()
        messages, inspector = self.messages, self.inspector

        def end(_pane: object = None) -> None:
            # Neither has a parent: both are deleted here, on the window's thread.
            with contextlib.suppress(RuntimeError):
                messages.close()
                messages.deleteLater()
                inspector.deleteLater()

        self.destroyed.connect(end)

    def _properties(self) -> Mapping[str, str]:
        """How the cluster's own session is secured."""
        session = self.cluster.session
        return session.properties if session is not None else {}

    def _connect(self) -> None:
        messages = self.messages
        messages.changed.connect(self._refresh_soon)
        messages.rows_replaced.connect(self._rows_replaced)
        messages.columns_changed.connect(self._show_columns)
        messages.histogram_changed.connect(self._histogram_soon)
        self.range_bar.changed.connect(lambda name, value: messages.change(**{name: value}))
        self.range_bar.decoders_chosen.connect(self._choose_decoders)
        self.filter_bar.run.connect(self._run_filter)
        self.filter_bar.stop.connect(messages.stop)
        self.histogram.brushed.connect(lambda brush: messages.change(brush_ms=brush))
        self.progress.pause_wanted.connect(messages.pause)
        self.progress.cancel_wanted.connect(messages.stop)
        self.table.chosen.connect(self._chosen)
        self.table.opened.connect(lambda _row: self.context.run_action("view.inspector.show", ""))
        self.table.selection_counted.connect(lambda _count: self._refresh_soon())
        self.actions_of_records.filter_wanted.connect(self._add_filter)
        self.actions_of_records.columns_wanted.connect(self._choose_columns)
        self.actions_of_records.surroundings_shown.connect(lambda: self.filter_bar.set_text(""))
        self.actions_of_records.failed.connect(self._tell_failure)
        self.table.order_wanted.connect(self._turn_round)
        self.inspector.filter_wanted.connect(self._add_filter)
        self.inspector.column_wanted.connect(self.actions_of_records.add_column)
        self.inspector.resend_wanted.connect(self.actions_of_records.resend)
        self.inspector.edit_wanted.connect(self.actions_of_records.edit)
        self.cluster.changed.connect(self._cluster_changed)

    # -- the frame ----------------------------------------------------------------------------------------------

    def shown(self) -> None:
        """Opens the view at the first time; goes on with a tail that was held when it was left."""
        super().shown()
        if not self._opened:
            self._opened = True
            self.messages.reload()
        elif self._paused_by_leaving and self.messages.paused:
            self.messages.pause()
        self._paused_by_leaving = False

    def left(self) -> None:
        """A tail is held; a scan goes on as a job."""
        super().left()
        if self.messages.state is MessagesState.LIVE and not self.messages.paused:
            self.messages.pause()
            self._paused_by_leaving = True

    def inspected(self) -> Inspected | None:
        """The record with the cursor."""
        record = self.inspector.record
        if record is None or self.table.current_record() is None:
            return None
        title = self.tr("{}-{} @ {}").format(record.topic, record.partition, units.number(record.offset))
        return Inspected(title, "record", "t3", self.inspector.kind_words, self.inspector)

    def focus_filter(self) -> None:
        """Ctrl+F."""
        self.filter_bar.field.setFocus()
        self.filter_bar.field.selectAll()

    # -- showing ------------------------------------------------------------------------------------------------

    def _rows_replaced(self) -> None:
        self.table.show_source(self.messages.source)
        self.table.show_order(self.messages.asked.order is not Order.OLDEST)
        self._show_columns()
        if self.messages.source.count and not self.table.currentIndex().isValid():
            self.table.setCurrentIndex(self.table.records.index(0, 0))
        self._refresh()

    def _fit_columns(self) -> None:
        source = self.messages.source
        rows = [source.row(at) for at in range(min(FITTED_ROWS, source.count))]
        found = [row for row in rows if row is not None]
        if found:
            self._fitted = source
            self.table.fit_to_rows(found)

    def _show_columns(self) -> None:
        self.table.show_columns(messages_columns(self.messages.decoding, with_date=self._needs_date()))
        self._fit_columns()
        decoding = self.messages.decoding
        self.range_bar.key_decoder.show_decoder(decoding.key_decoder, decoding.guessed_key)
        self.range_bar.value_decoder.show_decoder(decoding.value_decoder, decoding.guessed_value)

    def _needs_date(self) -> bool:
        """Whether the clock alone does not tell which day it was."""
        span = self.messages.info.span_ms if self.messages.info is not None else None
        today = units.date_time(time.time_ns() / 1_000_000)[:10]
        return span is not None and any(units.date_time(edge)[:10] != today for edge in span)

    def _refresh(self) -> None:
        messages = self.messages
        info = messages.info
        self.range_bar.show_asked(messages.asked, info.topic_partitions if info is not None else ())
        running = messages.state in (MessagesState.SCANNING, MessagesState.LIVE)
        self.filter_bar.show_running(running, messages.asked.filter_text)
        self._show_progress()
        self._show_notice()
        self._show_emptiness()
        self._show_foot()
        if messages.source.count and self._fitted is not messages.source:
            self._fit_columns()
        if messages.source.count and not self.table.currentIndex().isValid():
            self.table.setCurrentIndex(self.table.records.index(0, 0))
        self._explain_sending()

    def _show_progress(self) -> None:
        messages = self.messages
        if messages.state is MessagesState.LIVE:
            filtered = bool(messages.asked.filter_text)
            self.progress.show_live(
                messages.live_seen, messages.source.count, messages.live_passed_over, messages.paused, filtered
            )
        elif messages.progress is not None and messages.state is not MessagesState.OPENING:
            self.progress.show_scan(messages.progress, messages.asked.brush_ms is not None)
        else:
            self.progress.hide()

    def _show_notice(self) -> None:
        error = self.messages.error
        opening = self.messages.state is MessagesState.OPENING
        waiting = self._waiting_words() if opening else self._left_out_words()
        self._notice_box.setVisible(error is not None or bool(waiting))
        if error is None:
            self.notice.drop_remedy()
            self.notice.show_text(waiting, "warn")
            return
        self.notice.show_text(f"{error.sentence} {error.remedy}".strip(), "err", error.code)
        if self.notice.button is None:
            self.notice.set_remedy(self.tr("Try again"), self.messages.reload)

    def _leaders(self) -> dict[int, int | None]:
        topic = self.cluster.topic(self.topic)
        return {part.partition: part.leader for part in topic.partitions} if topic is not None else {}

    def _left_out_words(self) -> str:
        """Which partitions are not shown because nobody leads them."""
        lost = self.messages.left_out
        if not lost:
            return ""
        return counted(
            len(lost),
            self.tr("Partition {1} has no leader: its messages are left out until it has one."),
            self.tr("Partitions {1} have no leader: their messages are left out until they have one."),
            ", ".join(map(str, lost)),
        )

    def _waiting_words(self) -> str:
        """Why reading does not begin, as far as the cluster's partitions tell."""
        asked, leaders = self.messages.asked.partitions, self._leaders()
        lost = [str(part) for part, leader in leaders.items() if leader is None and (not asked or part in asked)]
        if not lost or (not asked and len(lost) < len(leaders)):
            return ""
        return counted(
            len(lost),
            self.tr("Partition {1} has no leader: reading waits until it has one."),
            self.tr("Partitions {1} have no leader: reading waits until they have one."),
            ", ".join(lost),
        )

    def _show_emptiness(self) -> None:
        messages = self.messages
        asking = messages.state in (MessagesState.OPENING, MessagesState.IDLE, MessagesState.SCANNING)
        if messages.source.count or asking or messages.error is not None:
            self.stack.setCurrentWidget(self.table)
            return
        if self.stack.currentWidget() is not self.empty or self.empty.property("of") != self._emptiness():
            self._describe_emptiness()
        self.stack.setCurrentWidget(self.empty)

    def _emptiness(self) -> str:
        asked = self.messages.asked
        if asked.filter_text:
            return "filter"
        if asked.order is Order.LIVE:
            return "live"
        narrowed = asked.brush_ms is not None or asked.start.kind is not BoundKind.EARLIEST
        return "range" if narrowed or asked.end.kind is not BoundKind.LATEST else "topic"

    def _describe_emptiness(self) -> None:
        why = self._emptiness()
        self.empty.setProperty("of", why)
        buttons: list[Button] = []
        if why == "filter":
            self.empty.show_text("filter", self.tr("No message matches"), self.tr("The whole range was scanned."))
            buttons = [Button(self.tr("Clear the filter"), on_click=lambda: self._set_filter(""))]
        elif why == "live":
            self.empty.show_text("record", self.tr("Nothing has arrived yet"), self.tr("New messages appear here."))
            buttons = [self._produce_button()]
        elif why == "range":
            self.empty.show_text("record", self.tr("No messages in this range"), self.tr("Widen it to see others."))
            buttons = [Button(self.tr("Show all"), on_click=self._show_all)]
        else:
            self.empty.show_text(
                "record",
                self.tr("{} has no messages").format(self.topic),
                self.tr("Produce one here, or let a program of yours write to it."),
            )
            connect = Button(
                self.tr("Connect your program"), "code", on_click=lambda: self.context.run_action("program.connect", "")
            )
            buttons = [self._produce_button(), connect]
        self.empty.set_buttons(buttons)

    def _produce_button(self) -> Button:
        made = Button(
            self.tr("Produce"), "produce", on_click=lambda: self.context.run_action("topic.produce", self.topic)
        )
        made.explain(self.cluster.why_not_write())
        return made

    def _show_foot(self) -> None:
        messages = self.messages
        count = messages.source.count
        selected = sum(last - first + 1 for first, last in self.table.selected_spans())
        if messages.state is MessagesState.OPENING:
            words = self.tr("Opening …")
        elif selected > 1:
            words = self.tr("{} of {} selected").format(units.number(selected), units.number(count))
        elif messages.asked.filter_text and messages.state is not MessagesState.LIVE:
            words = counted(count, self.tr("{} match"), self.tr("{} matches"))
        else:
            words = counts.messages(count)
        self._count.setText(words)
        misfits = len(messages.decoding.misfits)
        kind = {"json": "JSON"}.get(messages.decoding.value_in_force, messages.decoding.value_in_force)
        self._misfits.setText(counted(misfits, self.tr("{} value is not {}"), self.tr("{} values are not {}"), kind))
        self._misfits.setVisible(bool(misfits))
        self._why.setVisible(bool(misfits))
        self._zone.setText(self.tr("Times in {}").format(units.zone_name(time.time_ns() / 1_000_000)))

    def _explain_sending(self) -> None:
        self.inspector.explain_writing(self.actions_of_records.why_not_send(self.inspector.record))

    def _cluster_changed(self) -> None:
        if not self.is_shown:
            return
        messages, leaders = self.messages, self._leaders()
        error = messages.error if messages.state is MessagesState.FAILED else None
        back = self.cluster.state is ClusterState.RUNNING and error is not None and error.code in _GONE
        led_again = bool(messages.left_out) and all(leaders.get(part) is not None for part in messages.left_out)
        if back or (led_again and messages.state is MessagesState.SHOWING):
            messages.reload()
            return
        self._show_news()
        self._explain_sending()

    def _show_news(self) -> None:
        messages, topic = self.messages, self.cluster.topic(self.topic)
        new = 0
        open_ended = messages.asked.end.kind is BoundKind.LATEST and messages.asked.brush_ms is None
        if topic is not None and messages.info is not None and open_ended and messages.state is not MessagesState.LIVE:
            for partition in topic.partitions:
                end = messages.info.ends.get(partition.partition)
                if end is not None and partition.latest_offset is not None:
                    new += max(0, partition.latest_offset - end)
        words = counted(new, self.tr("{} new, show it"), self.tr("{} new, show them"))
        self._news.setText(words)
        self._news.setAccessibleName(words)
        self._news.setVisible(new > 0 and messages.state is not MessagesState.OPENING)

    def _show_histogram(self) -> None:
        messages = self.messages
        live = messages.asked.order is Order.LIVE
        self.histogram.show_counts(None if live else messages.histogram)
        self.histogram.show_brush(messages.asked.brush_ms)
        self.histogram.show_scan(
            messages.match_counts if messages.asked.filter_text else (),
            scanning=messages.state is MessagesState.SCANNING,
            scanned_to_ms=messages.scanned_until_ms,
            newest_first=messages.asked.order is not Order.OLDEST,
        )

    # -- doing --------------------------------------------------------------------------------------------------

    def _validate(self, text: str) -> FilterValidity:
        return self.messages.validate(text, self.table.current_record())

    def _run_filter(self, text: str) -> None:
        self.messages.run_filter(text)

    def _set_filter(self, text: str) -> None:
        self.filter_bar.set_text(text)
        self.messages.run_filter(text)

    def _add_filter(self, test: str) -> None:
        before = self.messages.asked.filter_text
        self._set_filter(f"({before}) and {test}" if " or " in before else f"{before} and {test}" if before else test)

    def _turn_round(self) -> None:
        newest = self.messages.asked.order is Order.OLDEST
        self.messages.change(order=Order.NEWEST if newest else Order.OLDEST)

    def _show_all(self) -> None:
        self.messages.change(start=Bound(BoundKind.EARLIEST), end=Bound(BoundKind.LATEST), brush_ms=None)

    def _choose_decoders(self, key: str | None, value: str | None) -> None:
        self.messages.decoding.choose(key, value)
        self._show_columns()
        self._chosen(self.table.current_record())
        self._refresh()

    def _chosen(self, record: RecordRow | None) -> None:
        if record is not None:
            self.inspector.show_record(record, self.messages.decoding.value_decoder)
            self._explain_sending()
            if record.is_cut:
                self.context.bridge.spawn(self._show_whole(record), f"record {record.offset} of {self.topic}")
            if self.filter_bar.field.text():
                self.filter_bar.check()
        self.inspector_changed.emit()

    async def _show_whole(self, record: RecordRow) -> None:
        whole = await self.messages.whole_record(record)
        if self.table.current_record() == record:
            self.inspector.show_record(whole, self.messages.decoding.value_decoder)
            self.inspector_changed.emit()

    def _show_misfit(self) -> None:
        misfits = self.messages.decoding.misfits
        lines = [
            self.tr("{}-{} @ {}: {}").format(self.topic, partition, units.number(offset), why)
            for (partition, offset), why in list(misfits.items())[:12]
        ]
        if len(misfits) > len(lines):
            lines.append(self.tr("and {} more").format(units.number(len(misfits) - len(lines))))
        menu = menu_of(self, [(line, "warning", lambda: None) for line in lines])
        menu.popup(self._why.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def _choose_columns(self, columns: tuple[FieldPath, ...]) -> None:
        self.messages.decoding.choose_columns(columns)
        self._show_columns()

    def _tell_failure(self, error: ClientError) -> None:
        self._notice_box.show()
        self.notice.show_text(f"{error.sentence} {error.remedy}".strip(), "err", error.code)
