"""The fault rules in force, and what they mean for a link, a file, the clock.

A slow disk keeps those waiting who write to it, and nobody else, as where every writer has a thread of its own: a
worker thread sleeps, while on the event loop the delay is only counted (`owed_s`), and whoever answers for the write
is late by that much: a request's response, a follower's next fetch. Slept on the loop, ten writes of a busy broker
would silence its quorum for longer than the other voters wait (`controller.quorum.fetch.timeout.ms`).

Invariant: `set_rules` replaces all rules at once; without rules every question here costs one attribute look-up.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import threading
import time
from collections.abc import Callable

from workbench.broker_contract.messages import CLIENTS, FaultKind, FaultRule

log = logging.getLogger(__name__)

_BROKER_CLIENT_ID = re.compile(r"(?:broker|raft-client)-(\d+)")


class FaultInjector:
    """One node's."""

    def __init__(self) -> None:
        self.cut_peers: frozenset[str] = frozenset()
        self.slow_peers: dict[str, float] = {}
        """Delay in seconds by peer."""
        self.disk_delay_s = 0.0
        self.owed_s = 0.0
        """How long all writes on the event loop should have taken so far, in seconds; it only grows."""
        self.touches_requests = False
        """Whether a request may have to be refused, or its response to be late."""
        self.disk_is_full = False
        self.failing_paths: tuple[str, ...] = ()
        self.clock_skew_ms = 0
        self._listeners: list[Callable[[], None]] = []
        self._loop_thread = threading.get_ident()

    @property
    def touches_disk(self) -> bool:
        return bool(self.disk_delay_s or self.disk_is_full or self.failing_paths)

    def on_change(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def set_rules(self, rules: tuple[FaultRule, ...]) -> None:
        """Makes `rules` the ones in force."""
        self.cut_peers = frozenset(rule.peer for rule in rules if rule.kind is FaultKind.CUT_LINK)
        self.slow_peers = {rule.peer: rule.delay_ms / 1000 for rule in rules if rule.kind is FaultKind.SLOW_LINK}
        self.disk_delay_s = max([r.delay_ms / 1000 for r in rules if r.kind is FaultKind.SLOW_DISK], default=0.0)
        self.disk_is_full = any(rule.kind is FaultKind.FULL_DISK for rule in rules)
        self.failing_paths = tuple(rule.path for rule in rules if rule.kind is FaultKind.FAILING_DIRECTORY)
        self.touches_requests = bool(self.cut_peers or self.slow_peers or self.disk_delay_s)
        self.clock_skew_ms = sum(rule.delay_ms for rule in rules if rule.kind is FaultKind.CLOCK_SKEW)
        log.warning("Faults in force: %s", ", ".join(rule.kind.value for rule in rules) or "none")
        for listener in self._listeners:
            listener()

    # Links

    @staticmethod
    def peer_of(client_id: str) -> str:
        """Whose connection it is by its client id: a broker's node id, or `CLIENTS`."""
        match = _BROKER_CLIENT_ID.match(client_id)
        return CLIENTS if match is None else match[1]

    def is_cut(self, peer: str) -> bool:
        return peer in self.cut_peers

    def link_delay_s(self, peer: str) -> float:
        return self.slow_peers.get(peer, 0.0)

    # Disk

    def before_write(self, path: str) -> bool:
        """Raises OSError, or takes its time; True where it could not, because the event loop writes."""
        if self.disk_is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        self.before_read(path)
        if not self.disk_delay_s:
            return False
        if threading.get_ident() == self._loop_thread:
            self.owed_s += self.disk_delay_s
            return True
        time.sleep(self.disk_delay_s)
        return False

    def before_read(self, path: str) -> None:
        for failing in self.failing_paths:
            if path.startswith(failing):
                raise OSError(errno.EIO, os.strerror(errno.EIO), path)
