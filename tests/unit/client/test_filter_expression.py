"""Filters compiled: what is true of which record, and what is told of fields that do not exist."""

import json
from datetime import datetime

import pytest

from workbench.client.field_samples import FieldSamples
from workbench.client.filter_expression import FilterError, FilterRecord, compile_filter

ORDER = {
    "orderId": "ord-1",
    "status": "FAILED",
    "total": 219.99,
    "count": 2,
    "retry": True,
    "coupon": None,
    "items": [{"sku": "A-1", "price": 5}, {"sku": "B-2", "price": 50}],
    "shipping": {"city": "Köln", "tags": ["fast", "gift"]},
}


def record(value: object = ORDER, key: bytes | None = b"ord-1", **changes: object) -> FilterRecord:
    data = value if isinstance(value, bytes) or value is None else json.dumps(value).encode()
    headers = changes.get("headers", (("source", b"order-api"), ("trace", b"1"), ("trace", b"2"), ("empty", None)))
    return FilterRecord(3, 191878, 1_773_320_750_353, key, data, headers)  # type: ignore[arg-type]


def is_true(text: str, of: FilterRecord | None = None) -> bool:
    compiled = compile_filter(text)
    assert compiled is not None
    return compiled.test(of or record())


@pytest.mark.parametrize(
    "text",
    [
        'value.status == "FAILED" and value.total > 100',
        "total >= 219.99",
        "value.count == 2.0",
        "value.retry == true",
        "value.coupon == null",
        "value.coupon is null",
        "value.coupon exists",
        "not value.nothing exists",
        'value.nothing != "x"',
        'value.status in ["PAID", "FAILED"]',
        'value.shipping.city startswith "Kö"',
        'value.shipping.city contains "öl"',
        'value.shipping.tags contains "gift"',
        'value.shipping contains "city"',
        'value.items[1].sku == "B-2"',
        'value.items[-1].sku endswith "2"',
        "value.items[*].price > 40",
        'value.**.sku == "B-2"',
        'value.orderId matches "^ord-[0-9]+$"',
        'key == "ord-1"',
        'key startswith "ord"',
        "partition == 3 and offset > 191877 and offset <= 191878",
        "timestamp > 1773320750000",
        'headers.source == "order-api"',
        'headers.trace == "2"',
        "headers.empty is null",
        "not headers.other exists",
        "size > 100",
        "failed",
        "FAILED",
        '"order-api" and "FAILED"',
    ],
)
def test_true(text: str) -> None:
    assert is_true(text)


@pytest.mark.parametrize(
    "text",
    [
        'value.total > "100"',
        "value.retry == 1",
        "value.count == true",
        'value.count == "2"',
        "value.nothing == null",
        "value.nothing < 5",
        "value.nothing is null",
        'value.status == "failed"',
        "Failed",
        "value.items[7].sku exists",
        "value.items.sku exists",
        'value.**.sku == "C"',
        'headers.trace != "2"',
        "value is null",
        "key is null",
        "partition == 4",
        "ord-11",
    ],
)
def test_false(text: str) -> None:
    assert not is_true(text)


def test_times_are_local_where_they_name_no_zone() -> None:
    moment = datetime(2026, 3, 12, 13, 5, 50)
    at = FilterRecord(0, 0, int(moment.timestamp() * 1_000), None, None)
    assert is_true('timestamp == "2026-03-12T13:05:50"', at)
    assert is_true('timestamp < "2026-03-12 13:06"', at)


def test_a_null_value_and_a_value_that_is_no_json() -> None:
    assert is_true("value is null", record(None))
    assert not is_true("value exists", record(None))
    assert is_true('value == "plain"', record(b"plain"))
    assert not is_true("value.a == 1", record(b"{broken"))
    assert is_true("value == 5", record(b"5"))


def test_text_is_looked_for_in_key_value_and_headers() -> None:
    place = record(b"v", b"k", headers=(("name", b"content"),))
    for text in ("v", "k", "name", "content"):
        assert is_true(text, place)
    for text in ("Content", "x", "name content"):
        assert not is_true(text, place)


def test_blank_compiles_to_nothing() -> None:
    assert compile_filter(" ") is None


class TestAgainstSamples:
    def samples(self) -> FieldSamples:
        samples = FieldSamples()
        samples.add(ORDER)
        return samples

    def fault(self, text: str) -> FilterError:
        with pytest.raises(FilterError) as caught:
            compile_filter(text, self.samples())
        return caught.value

    def test_a_mistyped_field_is_told_with_the_one_that_is_meant(self) -> None:
        fault = self.fault("value.totl > 100")
        assert fault.sentence == "`totl` is not a field here; did you mean `total`?"
        assert (fault.start, fault.length) == (0, 10)

    def test_a_field_like_none_is_told_with_those_that_there_are(self) -> None:
        assert self.fault("value.zzz > 1").sentence.startswith("`zzz` is not a field here; there are orderId, status")

    def test_also_inside_objects_and_lists(self) -> None:
        assert "did you mean `city`?" in self.fault('value.shipping.citty == "x"').sentence
        assert "did you mean `sku`?" in self.fault('value.items[*].skuu == "x"').sentence

    def test_kinds_are_compared(self) -> None:
        assert self.fault('value.total > "100"').sentence == "`total` is a number here; write it without quotes."
        assert self.fault("value.status == 1").sentence == '`status` is text here, not a number; write "1".'
        assert "needs text" in self.fault('value.total contains "1"').sentence
        assert "test a field inside it" in self.fault('value.shipping == "x"').sentence

    @pytest.mark.parametrize(
        "text", ["value.total > 1", "value.coupon is null", "key == 'x'", "value.**.new == 1", "any"]
    )
    def test_what_fits_compiles(self, text: str) -> None:
        assert compile_filter(text, self.samples()) is not None

    def test_nothing_seen_forbids_nothing(self) -> None:
        assert compile_filter("value.whatever > 1", FieldSamples()) is not None


@pytest.mark.parametrize("text", ['value.a matches "("', 'timestamp > "soon"', 'partition == "1"', "timestamp == null"])
def test_operands_that_cannot_be(text: str) -> None:
    with pytest.raises(FilterError):
        compile_filter(text)
