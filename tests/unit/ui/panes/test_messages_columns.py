"""Columns: what each says of a record."""

from workbench.client.browse.batch_rows import rows_of
from workbench.records import BatchView, NewRecord, build_batch
from workbench.ui.panes.messages_columns import messages_columns
from workbench.ui.view_models.messages_rows import RowDecoding


def test_fixed_columns_and_those_of_json_between() -> None:
    batch = BatchView(build_batch([NewRecord(1, b"k", b'{"n": 12345, "s": "x", "rest": 1}')], base_offset=1_234))
    (row,) = rows_of(batch, "t", 7)
    decoding = RowDecoding()
    decoding.samples.add({"n": 1, "s": "x"})
    decoding.choose_columns([("n",), ("s",), ("missing",)])
    columns = messages_columns(decoding)
    assert [column.title for column in columns] == [
        "P", "Offset", "Timestamp", "Key", "n", "s", "missing", "Value", "Size, B",
    ]  # fmt: skip
    texts = [column.text(row) for column in columns]
    assert texts[0:2] == ["7", "1,234"]
    assert texts[3:7] == ["k", "12,345", "x", ""]
    assert texts[7] == '{"rest": 1, …}'
    assert [column.right for column in columns[4:6]] == [True, False]
    assert columns[4].segments(row)[0][0] == "num"
