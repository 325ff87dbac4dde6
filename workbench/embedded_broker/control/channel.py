"""The broker's side of the control channel: JSON lines over standard input and standard output.

    channel = ControlChannel(on_shutdown=node.request_shutdown)
    channel.open()                                  # on the event loop
    channel.report_state(BrokerState.STARTING)
    channel.start_metrics(node)                     # a MetricsSource
    channel.report_state(BrokerState.READY)
    ...
    channel.close()                                 # everything reported is written

Invariants: the event loop never blocks on a supervisor that does not read: one thread reads, one writes, and samples
are dropped while more than `MAX_WAITING_LINES` wait; when standard input ends, the supervisor is gone: `on_shutdown` is
called, and a process that is still there after `ORPHAN_TIMEOUT_S` ends itself, so that no orphan keeps a port.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import cast

from workbench.broker_contract.message_json import decode_line, encode_line
from workbench.broker_contract.messages import (
    SUPERVISOR_MESSAGES,
    BrokerMessage,
    BrokerState,
    ConnectionsReported,
    FailureReported,
    FaultRule,
    MetricsReported,
    ReportConnections,
    SetFaults,
    SetMetricsInterval,
    Shutdown,
    StateReported,
    SupervisorMessage,
)
from workbench.embedded_broker.control.metrics_source import MetricsSource

STANDARD_INPUT = 0
STANDARD_OUTPUT = 1
MAX_WAITING_LINES = 64
ORPHAN_TIMEOUT_S = 60.0
FLUSH_TIMEOUT_S = 2.0
DEFAULT_METRICS_INTERVAL_MS = 1_000
READ_SIZE_BYTES = 65_536


class ControlChannel:
    """One broker's channel to its supervisor."""

    def __init__(
        self,
        *,
        on_shutdown: Callable[[str], None],
        on_faults: Callable[[tuple[FaultRule, ...]], None] | None = None,
        input_descriptor: int = STANDARD_INPUT,
        output_descriptor: int = STANDARD_OUTPUT,
        end_process: Callable[[int], None] = os._exit,
        orphan_timeout_s: float = ORPHAN_TIMEOUT_S,
    ) -> None:
        """`on_shutdown` is called on the event loop with the reason, at least once and maybe more often."""
        self._on_shutdown = on_shutdown
        self._on_faults = on_faults
        self._input = input_descriptor
        self._output = output_descriptor
        self._end_process = end_process
        self._orphan_timeout_s = orphan_timeout_s
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writer: threading.Thread | None = None
        self._source: MetricsSource | None = None
        self._interval_ms = DEFAULT_METRICS_INTERVAL_MS
        self._timer: asyncio.TimerHandle | None = None
        self._closed = threading.Event()

    def open(self) -> None:
        """Starts reading and writing; called on the event loop that the broker runs on."""
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, name="control channel reader", daemon=True).start()
        self._writer = threading.Thread(target=self._write, name="control channel writer", daemon=True)
        self._writer.start()

    def report_state(self, state: BrokerState, detail: str = "", progress: float | None = None) -> None:
        """Tells the supervisor where the broker stands."""
        self.send(StateReported(state, time.time_ns() // 1_000_000, detail, progress))

    def report_failure(self, sentence: str, remedy: str = "") -> None:
        """Tells the supervisor why the broker cannot go on; the broker ends after this."""
        self.send(FailureReported(sentence, remedy))

    def start_metrics(self, source: MetricsSource) -> None:
        """Sends a sample of `source` now and at every interval; answers questions about its connections."""
        self._source = source
        self._send_sample()

    def send(self, message: BrokerMessage) -> None:
        """Queues a message; a sample is dropped where the supervisor does not keep up."""
        if isinstance(message, MetricsReported) and self._waiting.qsize() > MAX_WAITING_LINES:
            return
        self._waiting.put(encode_line(message))

    def close(self) -> None:
        """Writes what is queued, for at most `FLUSH_TIMEOUT_S`, and ends the channel."""
        self._closed.set()
        if self._timer is not None:
            self._timer.cancel()
        self._waiting.put(None)
        if self._writer is not None:
            self._writer.join(FLUSH_TIMEOUT_S)

    def _send_sample(self) -> None:
        if self._source is None or self._loop is None or self._closed.is_set():
            return
        self.send(MetricsReported(self._source.sample()))
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(self._interval_ms / 1000, self._send_sample)

    def _received(self, message: SupervisorMessage) -> None:
        match message:
            case Shutdown(reason):
                self._on_shutdown(reason)
            case ReportConnections(request_id):
                connections = tuple(self._source.connections()) if self._source is not None else ()
                self.send(ConnectionsReported(request_id, connections))
            case SetFaults(rules):
                if self._on_faults is not None:
                    self._on_faults(rules)
            case SetMetricsInterval(interval_ms):
                self._interval_ms = max(100, interval_ms)
                self._send_sample()

    # Threads.

    def _read(self) -> None:
        rest = b""
        while True:
            try:
                # os.read and not sys.stdin: a daemon thread inside a buffered reader breaks the interpreter's end.
                data = os.read(self._input, READ_SIZE_BYTES)
            except OSError:
                data = b""
            if not data:
                break
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                message = decode_line(line, SUPERVISOR_MESSAGES)
                if message is not None and not self._call(self._received, cast(SupervisorMessage, message)):
                    return
        self._call(self._on_shutdown, "the supervisor is gone")
        if not self._closed.wait(self._orphan_timeout_s):
            self._end_process(1)

    def _call(self, function: Callable[..., None], *arguments: object) -> bool:
        """Runs `function` on the event loop; False where the loop is closed already."""
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            return False
        return True

    def _write(self) -> None:
        while (line := self._waiting.get()) is not None:
            view = memoryview(line)
            try:
                while view:
                    view = view[os.write(self._output, view) :]
            except OSError:
                # The supervisor is gone: the reader sees the end of standard input and acts on it.
                return


__all__ = ["BrokerState", "ControlChannel"]
