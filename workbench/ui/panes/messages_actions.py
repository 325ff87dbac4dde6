"""What can be done with records in the messages pane: menus, copying, resending, going to their surroundings."""

from __future__ import annotations

import json
from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QGuiApplication

from workbench.client.browse.view_spec import Bound, BoundKind
from workbench.client.errors import ClientError
from workbench.client.filter_syntax import Path
from workbench.client.model import RecordRow
from workbench.ui import units
from workbench.ui.panes.messages_columns import MessagesColumn
from workbench.ui.panes.messages_table import MessagesTable, menu_of
from workbench.ui.panes.pane import PaneContext
from workbench.ui.view_models.messages_facts import copied_json
from workbench.ui.view_models.messages_model import MessagesModel, Order
from workbench.ui.view_models.messages_rows import FieldPath
from workbench.ui.view_models.produce_model import Draft, put_draft

MOST_FIELDS_OFFERED = 24
Line = tuple[str, str, Callable[[], object]] | None


class RecordActions(QObject):
    """`filter_wanted` with a test to add, `columns_wanted` with JSON fields to show, `failed` with a `ClientError`."""

    filter_wanted = Signal(str)
    columns_wanted = Signal(object)
    surroundings_shown = Signal()
    failed = Signal(object)

    def __init__(self, context: PaneContext, messages: MessagesModel, table: MessagesTable) -> None:
        super().__init__(table)
        self._context, self._messages, self._table = context, messages, table
        self._cluster = context.the_cluster()
        table.menu_wanted.connect(self.show_row_menu)
        table.header_menu_wanted.connect(self.show_header_menu)

    # -- menus --------------------------------------------------------------------------------------------------

    def show_header_menu(self, found: MessagesColumn | None, place: QPoint) -> None:
        """Fields to show as columns, and the one to take away."""
        decoding = self._messages.decoding
        lines: list[Line] = []
        if found is not None and found.field is not None:
            kept = tuple(column for column in decoding.columns if column != found.field)
            words = self.tr("Remove column {}").format(found.title)
            lines += [(words, "close", lambda: self.columns_wanted.emit(kept)), None]
        for name in decoding.samples.fields()[:MOST_FIELDS_OFFERED]:
            if (name,) not in decoding.columns:
                lines.append((self.tr("Show {}").format(name), "columns", self._adding((name,))))
        if lines:
            menu_of(self._table, lines).popup(place)

    def _adding(self, path: FieldPath) -> Callable[[], None]:
        return lambda: self.add_column(path)

    def add_column(self, path: FieldPath) -> None:
        """Shows a field of JSON as a column."""
        columns = self._messages.decoding.columns
        if path not in columns:
            self.columns_wanted.emit((*columns, path))

    def show_row_menu(self, record: RecordRow, found: MessagesColumn, place: QPoint) -> None:
        """Filter by the cell, copy, go around, send again."""
        lines: list[Line] = []
        test = self.test_of(record, found)
        if test:
            lines += [
                (self.tr("Filter: {}").format(test), "filter", lambda: self.filter_wanted.emit(test)),
                (self.tr("Filter: not {}").format(test), "filter", lambda: self.filter_wanted.emit(f"not {test}")),
                None,
            ]
        lines += [
            (self.tr("Copy value"), "copy", self._table.copy_values),
            (self.tr("Copy record as JSON"), "copy", self.copy_records),
            None,
            (self.tr("Messages before this"), "arrow-up", lambda: self.show_around(record, before=True)),
            (self.tr("Messages from this on"), "arrow-down", lambda: self.show_around(record, before=False)),
            None,
            (self.tr("Edit and resend"), "pending", lambda: self.edit(record)),
            (self.tr("Resend"), "produce", lambda: self.resend(record)),
        ]
        menu = menu_of(self._table, lines)
        refused = self.why_not_send(record)
        for action in menu.actions()[-2:]:
            action.setEnabled(not refused)
            action.setToolTip(refused)
        menu.setToolTipsVisible(True)
        menu.popup(place)

    def why_not_send(self, record: RecordRow | None) -> str:
        """Why a record cannot be sent again, "" if it can."""
        if record is not None and record.control_type is not None:
            return self.tr("Control records are written by brokers alone.")
        return self._cluster.why_not_write()

    def test_of(self, record: RecordRow, found: MessagesColumn) -> str:
        """The test that is true of just such cells, "" where there is none."""
        if found.field is not None:
            fields = self._messages.decoding.of(record).fields
            value = fields[self._messages.decoding.columns.index(found.field)]
            if isinstance(value, str | int | float | bool) or value is None:
                return f"{Path('value', found.field, 0, 0)} == {json.dumps(value, ensure_ascii=False)}"
        if found.id == "key" and record.key is not None and record.control_type is None:
            return f"key == {json.dumps(record.key.decode('utf-8', 'replace'), ensure_ascii=False)}"
        return f"partition == {record.partition}" if found.id == "partition" else ""

    # -- doing --------------------------------------------------------------------------------------------------

    def copy_records(self) -> None:
        """The selected records as JSON, several as a list."""
        texts = [copied_json(record) for record in self._table.selected_records()]
        text = texts[0] if len(texts) == 1 else "[\n" + ",\n".join(texts) + "\n]"
        QGuiApplication.clipboard().setText(text)

    def show_around(self, record: RecordRow, *, before: bool) -> None:
        """What came before a record, or from it on, without a filter."""
        start, end = Bound(BoundKind.EARLIEST), Bound(BoundKind.LATEST)
        if before:
            end = Bound(BoundKind.TIMESTAMP, record.timestamp_ms)
        else:
            start = Bound(BoundKind.TIMESTAMP, record.timestamp_ms)
        order = Order.NEWEST if before else Order.OLDEST
        self._messages.change(start=start, end=end, order=order, filter_text="", brush_ms=None)
        self.surroundings_shown.emit()

    def edit(self, record: RecordRow) -> None:
        """Opens the produce pane with the record's content."""
        self._spawn(self._edit_whole(record), f"edit {record.offset} of {record.topic}")

    def resend(self, record: RecordRow) -> None:
        """Sends the record again to its partition."""
        self._spawn(self._resend_whole(record), f"resend {record.offset} of {record.topic}")

    def _spawn(self, work: object, name: str) -> None:
        self._context.bridge.spawn(work, name, on_error=self._failed)  # type: ignore[arg-type]

    async def _edit_whole(self, record: RecordRow) -> None:
        whole = await self._messages.whole_record(record)
        put_draft(self._cluster.name, record.topic, Draft.of_record(whole))
        self._context.run_action("topic.produce", record.topic)

    async def _resend_whole(self, record: RecordRow) -> None:
        session = self._cluster.session
        if session is None:
            raise ClientError(self.tr("The cluster is not connected."), self.tr("Start it or try again."), "NO_BROKER")
        whole = await self._messages.whole_record(record)
        result = await session.produce(
            record.topic,
            whole.value,
            key=whole.key,
            headers=whole.headers,
            partition=whole.partition,
            compression=whole.batch.codec,
        )
        place = self.tr("{}-{} @ {}").format(record.topic, result.partition, units.number(result.offset))
        self._context.model.done.emit(self.tr("Sent again as {}").format(place), None)
        self._cluster.refresh()

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, ClientError):
            raise error
        self.failed.emit(error)
