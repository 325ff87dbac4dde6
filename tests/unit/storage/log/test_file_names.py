"""Names of files and directories."""

from __future__ import annotations

import pytest

from workbench.storage.log import file_names


def test_segment_files() -> None:
    assert file_names.segment_path("/d", 42, ".log") == "/d/00000000000000000042.log"
    assert file_names.offset_of("00000000000000000042.log") == 42
    assert file_names.offset_of("00000000000000000042.log.deleted") == 42
    for name in ("leader-epoch-checkpoint", "42.log", "0000000000000000004x.log", "quorum-state"):
        assert file_names.offset_of(name) is None


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("t-0", ("t", 0)),
        ("with-dash-12", ("with-dash", 12)),
        ("__consumer_offsets-49", ("__consumer_offsets", 49)),
        ("a.b-3", ("a.b", 3)),
        ("nothing", None),
        ("meta.properties", None),
        ("-1", None),
        ("t-0." + "0" * 32 + "-delete", None),
    ],
)
def test_partition_directories(name: str, found: tuple[str, int] | None) -> None:
    assert file_names.parse_partition_directory(name) == found
    if found:
        assert file_names.partition_directory_name(*found) == name


@pytest.mark.parametrize("suffix", ["-delete", "-stray", "-future"])
def test_directories_put_aside(suffix: str) -> None:
    name = file_names.suffixed_directory_name("some-topic", 3, suffix)
    assert file_names.parse_suffixed_directory(name) == ("some-topic", 3, suffix)
    assert name != file_names.suffixed_directory_name("some-topic", 3, suffix)
    assert file_names.parse_suffixed_directory("some-topic-3") is None


def test_long_names_are_cut_to_what_a_file_system_takes() -> None:
    assert len(file_names.suffixed_directory_name("t" * 249, 100, "-delete")) == 255
