"""Facts for the inspector and forms for the clipboard."""

import json

from workbench.client.browse.batch_rows import rows_of
from workbench.client.model import RecordRow
from workbench.records import BatchView, Compression, NewRecord, build_batch
from workbench.ui.view_models.messages_facts import batch_facts, copied_json, header_facts, hex_dump


def row(spoil: bool = False, **batch: object) -> RecordRow:
    record = NewRecord(5, b"k", b'{"a": 1}', (("trace", b"1"), ("raw", b"\xff\x00"), ("none", None)))
    buffer = build_batch([record], base_offset=1_234, **batch)  # type: ignore[arg-type]
    if spoil:
        buffer[17] ^= 1
    return next(rows_of(BatchView(buffer), "orders", 3))


def facts(of: RecordRow) -> dict[str, str]:
    return {name: text for name, text, _ in batch_facts(of)}


def test_of_a_plain_batch() -> None:
    found = facts(row())
    assert found["offsets"] == "1,234 to 1,234"
    assert found["producer"] == "none (not idempotent)"
    assert found["codec"].startswith("none, ")
    assert "CreateTime" in found["set by"]


def test_of_a_transactional_compressed_batch() -> None:
    found = facts(
        row(producer_id=2003, producer_epoch=1, base_sequence=60, transactional=True, compression=Compression.LZ4)
    )
    assert found["producer"] == "id 2003, epoch 1, seq 60"
    assert found["codec"].startswith("lz4, ") and "→" in found["codec"]
    assert found["transaction"] == "part of a transaction"


def test_a_spoilt_batch_is_marked() -> None:
    (crc,) = [fact for fact in batch_facts(row(spoil=True)) if fact[0] == "CRC-32C"]
    assert crc[2] == "err" and "does not fit" in crc[1]


def test_headers() -> None:
    assert header_facts(row()) == (("trace", "1"), ("raw", "ff 00"), ("none", "null"))


def test_hex_in_lines_of_eight_or_sixteen() -> None:
    assert hex_dump(b"ABCDEFGHI", per_line=8).splitlines() == [
        "000000 41 42 43 44 45 46 47 48 ABCDEFGH",
        "000008 49                      I",
    ]
    assert hex_dump(bytes(16)).count("\n") == 0
    assert hex_dump(bytes(100), limit=32).splitlines()[-1] == "… 68 B more"


def test_a_record_is_copied_whole() -> None:
    copied = json.loads(copied_json(row()))
    assert (copied["topic"], copied["partition"], copied["offset"], copied["timestamp"]) == ("orders", 3, 1234, 5)
    assert (copied["key"], copied["value"]) == ("k", {"a": 1})
    assert copied["headers"][1] == {"name": "raw", "value_base64": "/wA="}
    assert copied["headers"][2] == {"name": "none", "value": None}
