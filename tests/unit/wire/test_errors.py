"""The three kinds of trouble stay apart, so that whoever handles one does not hide another."""

from __future__ import annotations

from itertools import permutations

from workbench.wire.errors import UnsupportedFieldError, UnsupportedVersionError, WireError


def test_no_kind_is_another() -> None:
    for one, other in permutations((WireError, UnsupportedFieldError, UnsupportedVersionError), 2):
        assert issubclass(one, Exception) and not issubclass(one, other)
