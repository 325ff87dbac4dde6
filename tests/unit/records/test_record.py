"""Records are values."""

import dataclasses

import pytest

from workbench.records import NewRecord, Record


def test_records_compare_by_value_and_do_not_change() -> None:
    record = Record(1, 2, b"k", None, (("h", b""),))
    assert record == Record(1, 2, b"k", None, (("h", b""),)) != Record(1, 2, b"k", b"", (("h", b""),))
    assert NewRecord(1, None, b"v").headers == ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.offset = 5  # type: ignore[misc]
