"""Needles may find too much, never too little: a matching record always holds a place of each."""

import json

from hypothesis import given
from hypothesis import strategies as st

from workbench.client.filter_expression import FilterRecord, compile_filter
from workbench.client.filter_syntax import parse_filter
from workbench.client.needles import NumberNeedle, TextNeedle, hits_of, needles_of

FILTERS = (
    'value.a == "one"',
    'value.a == "ünï \\"quoted\\""',
    'value.a in ["one", "two"]',
    'value.a contains "n"',
    'value.a startswith "t"',
    "value.n > 10",
    "value.n == 3",
    "value.**.n <= 2",
    'value.a == "one" and value.n > 1',
    'value.a == "one" or value.a == "two"',
    'value.a == "one" or value.n > 10',
    'not value.a == "one"',
    'key == "k1"',
    'headers.h == "x y"',
    "one",
    "One",
    '"ünï"',
    "value.a is null",
)
texts = st.sampled_from(["one", "two", "One", "thrée", 'ünï "quoted"', "", "/", "x y"])
values = st.fixed_dictionaries(
    {},
    optional={
        "a": st.one_of(texts, st.none(), st.integers(0, 3)),
        "n": st.one_of(st.integers(-3, 20), st.floats(-3, 20), texts),
        "inner": st.fixed_dictionaries({"n": st.integers(0, 4)}),
    },
)


@given(st.sampled_from(FILTERS), values, st.booleans(), st.sampled_from([b"k1", b"k2", None]), texts)
def test_no_matching_record_is_passed_over(
    text: str, value: dict[str, object], escaped: bool, key: bytes | None, header: str
) -> None:
    data = json.dumps(value, ensure_ascii=escaped).encode()
    compiled = compile_filter(text)
    assert compiled is not None
    record = FilterRecord(0, 0, 0, key, data, (("h", header.encode()),))
    payload = b"\x10\x00" + (key or b"") + b"\x20" + data + b"\x02h" + header.encode()
    if compiled.test(record) and compiled.needles:
        assert hits_of(compiled.needles, payload) is not None


def needles(text: str) -> list[TextNeedle | NumberNeedle]:
    node = parse_filter(text)
    assert node is not None
    return needles_of(node)


def test_what_is_looked_for() -> None:
    assert needles('value.status == "FAILED" and value.total > 100') == [TextNeedle((b"FAILED",))]
    assert needles('value.a in ["x1", "y2"]') == [TextNeedle((b"x1", b"y2"))]
    assert needles("timeout") == [TextNeedle((b"timeout",), folded=True, literal=True)]
    assert needles("Timeout") == [TextNeedle((b"Timeout",), literal=True)]
    (number,) = needles("value.total > 100")
    assert isinstance(number, NumberNeedle) and number.field == b'"total"'
    for text in ("value.a != 'x'", "not value.a == 'x'", "partition == 1", "value.a exists", "value.n != 1"):
        assert needles(text) == []


def test_a_number_is_found_by_its_value() -> None:
    (needle,) = needles("value.total > 100")
    payload = b'{"total": 99.5}{"total":1e3, "total" : -5}{"totals": 500}'
    assert needle.places(payload, b"") == [payload.index(b'"total":1e3')]


def test_escapes_count_unless_the_text_is_taken_as_typed() -> None:
    payload = b'{"a": "\\u0046AILED"}'
    assert hits_of(tuple(needles('value.a == "FAILED"')), payload) is not None
    assert hits_of(tuple(needles("FAILED")), payload) is None
