"""Keys find their partition as in Kafka."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.embedded_broker.coordinators.placement import java_string_hash, partition_for


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("a", 97),
        ("abc", 96354),
        ("my-consumer-group", 1513705513),
        ("polygenelubricants", -0x8000_0000),
        ("ä", 228),
        ("\U0001f600", 1772899),
        ("\ud83d", 0xD83D),
    ],
)
def test_hashes_are_those_of_java(text: str, expected: int) -> None:
    assert java_string_hash(text) == expected


def test_the_smallest_hash_belongs_to_partition_0() -> None:
    assert partition_for("polygenelubricants", 50) == 0


@given(st.text(), st.integers(1, 1000))
def test_every_key_has_a_partition(key: str, partition_count: int) -> None:
    assert 0 <= partition_for(key, partition_count) < partition_count


@given(st.text(st.characters(max_codepoint=0xFFFF), max_size=20), st.text(max_size=20))
def test_hashes_of_joined_texts(first: str, second: str) -> None:
    units = len(second.encode("utf-16-be", "surrogatepass")) // 2
    expected = (java_string_hash(first) * 31**units + java_string_hash(second)) & 0xFFFFFFFF
    assert java_string_hash(first + second) & 0xFFFFFFFF == expected
