from argparse import ArgumentTypeError

import pytest

from workbench.cli import argument_types


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("9092", 9092), ("65535", 65_535)])
def test_ports(text: str, number: int) -> None:
    assert argument_types.port(text) == number


@pytest.mark.parametrize("text", ["-1", "65536", "x", "", "90.5", "\N{SUPERSCRIPT TWO}"])
def test_what_is_no_port(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is not a whole number from 0 to 65535"):
        argument_types.port(text)


def test_counts() -> None:
    assert argument_types.count("1") == 1
    for text in ("0", "-1", "x"):
        with pytest.raises(ArgumentTypeError, match="is not a whole number from 1 on"):
            argument_types.count(text)
