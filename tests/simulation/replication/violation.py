"""What is raised where something does not hold that must."""

from __future__ import annotations


class Violation(AssertionError):
    """An invariant does not hold."""
