"""What the cells say: columns chosen by themselves, previews in colours, values that do not decode."""

import json

from workbench.client.browse.batch_rows import rows_of
from workbench.client.model import RecordRow
from workbench.records import BatchView, NewRecord, build_batch
from workbench.ui.view_models.messages_rows import (
    MISSING,
    PREVIEW_CHARS,
    RowDecoding,
    auto_columns,
    field_of,
    field_text,
    json_preview,
    literal,
    token_of,
)


def rows(*values: object, keys: list[bytes] | None = None) -> list[RecordRow]:
    records = [
        NewRecord(at, keys[at] if keys else None, value if isinstance(value, bytes) else json.dumps(value).encode())
        for at, value in enumerate(values)
    ]
    return list(rows_of(BatchView(build_batch(records)), "t", 0))


def orders(count: int) -> list[dict[str, object]]:
    return [
        {"id": f"o-{at}", "customer": f"c-{at}", "status": "A" if at % 2 else "B", "total": at, "retry": True, "x": {}}
        for at in range(count)
    ]


def text(segments: tuple[tuple[str, str], ...]) -> str:
    return "".join(part for _, part in segments)


def test_columns_that_tell_most_stand_in_the_order_of_the_value() -> None:
    values = orders(20)
    assert auto_columns(values) == (("id",), ("customer",), ("status",), ("total",))
    keys = [f"o-{at}" for at in range(20)]
    assert auto_columns(values, keys) == (("customer",), ("status",), ("total",))
    assert auto_columns(["text", 5]) == ()
    assert auto_columns([{"long": "x" * 100}] * 5) == ()


def test_learning_guesses_decoders_and_columns_once() -> None:
    decoding = RowDecoding()
    assert decoding.learn(rows(*orders(20)))
    assert (decoding.guessed_value, decoding.value_in_force) == ("json", "json")
    assert len(decoding.columns) == 4
    assert not decoding.learn(rows(*orders(5)))
    decoding.choose_columns([("status",)])
    decoding.restart()
    decoding.learn(rows(*orders(20)))
    assert decoding.columns == (("status",),), "what the user chose stays"


def test_a_row_is_decoded_once_until_something_else_is_chosen() -> None:
    decoding = RowDecoding()
    (row,) = rows({"status": "A"}, keys=[b"k"])
    decoding.choose_columns([("status",), ("nothing",)])
    found = decoding.of(row)
    assert decoding.of(row) is found
    assert found.fields == ("A", MISSING)
    decoding.choose(value_decoder="hex")
    assert decoding.of(row).value.kind == "hex"


def test_the_preview_leaves_out_what_stands_in_columns_or_in_the_key() -> None:
    decoding = RowDecoding()
    decoding.choose_columns([("status",)])
    (row,) = rows({"id": "o-1", "status": "A", "rest": [1, None]}, keys=[b"o-1"])
    assert text(decoding.of(row).preview) == '{"rest": [1, null], …}'


def test_values_that_are_not_json_are_told_with_the_reason() -> None:
    decoding = RowDecoding()
    good_and_bad = rows({"a": 1}, {"a": 2}, b"{broken", b"\xff\x00")
    decoding.learn(good_and_bad)
    for row in good_and_bad:
        decoding.of(row)
    assert set(decoding.misfits) == {(0, 2), (0, 3)}
    assert decoding.misfits[0, 2].startswith("not JSON")


def test_previews_are_coloured_and_end() -> None:
    segments = json_preview({"a": "x", "b": 1.5, "c": True, "d": None}, set())
    assert [token for token, _ in segments if token != "t3"] == ["key", "str", "key", "num", "key", "lit", "key", "lit"]
    assert text(segments) == '{"a": "x", "b": 1.5, "c": true, "d": null}'
    assert len(text(json_preview({"long": ["x" * 50] * 1_000}, set()))) <= PREVIEW_CHARS
    assert text(json_preview({"a": 1}, {"a"})) == "{…}"


def test_small_things() -> None:
    assert field_of({"a": {"b": 5}}, ("a", "b")) == 5
    assert field_of({"a": 5}, ("a", "b")) is MISSING
    assert [field_text(value) for value in ("x", 5, 12345, 1204.5, 0.123, True, None, [1], MISSING)] == [
        "x", "5", "12,345", "1,204.50", "0.123", "true", "null", "[1]", "",
    ]  # fmt: skip
    assert (token_of(True), token_of(1), token_of("x"), token_of(None)) == ("lit", "num", "str", "lit")
    assert literal("ü\n") == '"ü\\n"'


def test_control_records_have_no_value_to_decode() -> None:
    batch = build_batch([NewRecord(1, b"\x00\x00\x00\x01", b"")], control=True)
    (row,) = rows_of(BatchView(batch), "t", 0)
    assert RowDecoding().of(row).value.value == "COMMIT"
