"""Fields learnt from values."""

from workbench.client.field_samples import FieldSamples
from workbench.client.filter_syntax import ANY, Comparison, Path, parse_filter


def path(text: str) -> Path:
    node = parse_filter(f"{text} == 1")
    assert isinstance(node, Comparison)
    return node.path


def test_kinds_and_names_are_counted() -> None:
    samples = FieldSamples()
    samples.add({"a": 1, "b": {"c": "x"}, "list": [{"d": None}, {"d": True}]})
    samples.add({"a": "text"})
    assert samples.count == 2
    assert samples.kinds(("a",)) == {"number", "text"}
    assert samples.kinds(("list", ANY, "d")) == {"null", "boolean"}
    assert samples.fields()[0] == "a"
    assert samples.fields(("b",)) == ("c",)


def test_an_unknown_step_is_named_with_its_nearest() -> None:
    samples = FieldSamples()
    samples.add({"total": 1, "b": {"city": "x"}})
    assert samples.unknown_step(path("value.total")) is None
    assert samples.unknown_step(path("value.totl")) == ("totl", "total")
    assert samples.unknown_step(path("value.b.cty")) == ("cty", "city")
    assert samples.unknown_step(path("value.xyz")) == ("xyz", None)
    assert samples.unknown_step(path("value.**.anything")) is None


def test_no_samples_know_nothing() -> None:
    assert FieldSamples().unknown_step(path("value.a")) is None


def test_endless_kinds_of_fields_are_not_kept_endlessly() -> None:
    samples = FieldSamples()
    for number in range(5_000):
        samples.add({f"field-{number}": number})
    assert len(tuple(samples.field_paths())) <= 2_001
