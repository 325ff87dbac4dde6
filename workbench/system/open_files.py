"""How many files and sockets this process may have open.

A broker holds three files open per log segment and one per connection, so it takes all that the system allows.
"""

from __future__ import annotations

import contextlib
import sys

from workbench.system.quick_dataclass import dataclass

if sys.platform != "win32":
    import resource

ENOUGH_OPEN_FILES = 16_384
"""Below this, a cluster with a thousand partitions can run out."""


@dataclass(frozen=True, slots=True)
class OpenFilesLimit:
    """The limit now in force and the one that only an administrator can raise; 0 where the system sets none."""

    soft: int
    hard: int

    @property
    def is_tight(self) -> bool:
        """Whether many partitions or connections can reach the limit."""
        return 0 < self.soft < ENOUGH_OPEN_FILES


def raise_open_files_limit() -> OpenFilesLimit:
    """Raises the soft limit to the hard one and says what is in force now.

    Windows has no such limit for sockets and files opened through the system, so it is told as 0.
    """
    if sys.platform == "win32":
        return OpenFilesLimit(0, 0)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard
    if sys.platform == "darwin":
        # macOS reports an infinite hard limit and refuses more than OPEN_MAX.
        wanted = 10_240 if hard == resource.RLIM_INFINITY else min(hard, 10_240)
    if soft != wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return OpenFilesLimit(_finite(soft), _finite(hard))


def _finite(limit: int) -> int:
    return 0 if limit == resource.RLIM_INFINITY else limit
