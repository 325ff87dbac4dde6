"""Which ports are free on this machine's loopback addresses.

Invariant: a port counts as free only where every loopback address (127.0.0.1, and ::1 where the machine has it) can be
bound, because a broker listens on all of them.
"""

from __future__ import annotations

import random
import socket
import sys
from collections.abc import Callable, Sequence

LOOPBACK_ADDRESSES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
LAST_PORT = 65_535
RANDOM_PORTS = (12_000, 32_000)
"""Linux gives 32768 and above to outgoing connections: a port found free there may be taken a moment later."""


def is_port_free(port: int) -> bool:
    """Whether a broker could listen on `port` now."""
    return all(_can_bind(family, host, port) for family, host in LOOPBACK_ADDRESSES)


def free_port_from(first: int, ports_for: Callable[[int], Sequence[int]], is_free: Callable[[int], bool]) -> int | None:
    """The lowest P from `first` on for which every port of `ports_for(P)` is free; None where there is none."""
    for candidate in range(first, LAST_PORT + 1):
        wanted = ports_for(candidate)
        if max(wanted) > LAST_PORT:
            return None
        if all(is_free(port) for port in wanted):
            return candidate
    return None


def any_free_port(
    ports_for: Callable[[int], Sequence[int]],
    is_free: Callable[[int], bool] = is_port_free,
    choose: Callable[[int, int], int] = random.randint,
) -> int:
    """A random P for which every port of `ports_for(P)` is free, below the ports that systems give to clients."""
    for _ in range(1_000):
        candidate = choose(*RANDOM_PORTS)
        if all(is_free(port) for port in ports_for(candidate)):
            return candidate
    raise OSError("no free ports were found")


def _can_bind(family: int, host: str, port: int) -> bool:
    try:
        probe = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        return True
    with probe:
        if sys.platform != "win32":
            # As the broker does: connections of a process just ended, in TIME_WAIT, do not hold the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return family == socket.AF_INET6 and _has_no_ipv6(error)
    return True


def _has_no_ipv6(error: OSError) -> bool:
    import errno

    return error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
