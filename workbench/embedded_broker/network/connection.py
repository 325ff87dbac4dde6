"""One client's connection: cuts the stream into frames, keeps responses in the order of requests.

Invariants:
- responses leave in the order in which their requests came, whatever order they become ready in;
- a request begins only when no earlier one of this connection still waits, except that Produce requests may wait for
  replication behind one another (so acks=all pipelines, and clients see what Kafka's one-at-a-time order gives them);
- nothing is parsed while output is queued in the transport: a client that never reads holds one response, not many;
- frames handed to the dispatcher are views of a receive buffer that is reused; whoever keeps bytes beyond the
  synchronous part of a handler copies them.

Plain and TLS connections share this class; asyncio puts TLS below it.
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from workbench.embedded_broker.requests import Api, ConnectionContext
from workbench.storage.log.log_read import FileRegion
from workbench.system.platform_files import CAN_SEND_FILES

RECEIVE_BUFFER_BYTES = 128 * 1024
FIRST_ALLOCATION_BYTES = 1024 * 1024
"""A frame that announces more than this is given memory as its bytes arrive, not on its word."""
JOIN_BELOW_BYTES = 64 * 1024
"""Buffers from this size on are written by themselves: joining them would copy them."""
PIECE_BYTES = 256 * 1024
"""Large data goes to the transport in pieces, the next when the last has left: what the transport cannot send it would
copy, and shift with every send."""
PIECE_BEHIND_SENT_BYTES = 16 * 1024
"""Where files are sent without a copy, the transport gets a little of them when the socket is full, and so says when
it no longer is."""

# One buffer serves every connection: what it holds is consumed or copied before the event loop goes on.
_receive_buffer = bytearray(RECEIVE_BUFFER_BYTES)
_receive_view = memoryview(_receive_buffer)

Buffers = list[bytes | bytearray | memoryview | FileRegion]


class Slot:
    """The place of one response in the order; `buffers` is None until it is ready."""

    __slots__ = ("api", "buffers")

    def __init__(self, api: Api) -> None:
        self.api = api
        self.buffers: Buffers | None = None


class Dispatcher(Protocol):
    """What a connection needs of the node behind it."""

    max_frame_bytes: int

    def begin(self, connection: Connection, frame: memoryview) -> Pending | Buffers | None:
        """Handles one frame. Raises CloseConnectionError or WireError to end the connection."""
        ...

    def pipelines(self, connection: Connection, frame: memoryview) -> bool: ...

    def connection_opened(self, connection: Connection) -> None: ...

    def connection_closed(self, connection: Connection) -> None: ...

    def frame_failed(self, connection: Connection, error: Exception) -> None:
        """Logs what ended a connection."""
        ...


class Pending:
    """A response that is still being made: `start` is called with the function that takes it."""

    __slots__ = ("api", "start")

    def __init__(self, api: Api, start: Callable[[Callable[[Buffers | None], None]], None]) -> None:
        self.api = api
        self.start = start


class Connection(asyncio.BufferedProtocol):
    """One accepted connection."""

    def __init__(self, dispatcher: Dispatcher, context: ConnectionContext) -> None:
        self.context = context
        self.transport: asyncio.Transport | None = None
        self.last_active = 0.0
        self.requests = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.last_api = ""
        self.client_id = ""
        self.peer = ""
        self.opened_at = 0.0
        self._dispatcher = dispatcher
        self._head = b""
        self._frame: bytearray | None = None
        self._frame_size = 0
        self._filled = 0
        self._slots: deque[Slot] = deque()
        self._out: deque[bytes | bytearray | memoryview | FileRegion] = deque()
        self._sent = 0
        self._socket_fd: int | None = None
        """Where files may be sent to directly."""
        self._backlog: deque[bytes | bytearray] = deque()
        self._writing_paused = False
        self._reading_paused = False
        self._parsing = False
        self._closing = False

    # Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        # Anything that stays in the transport pauses us, so that data is given to it as it can be sent.
        transport.set_write_buffer_limits(high=0)
        if CAN_SEND_FILES and transport.get_extra_info("sslcontext") is None:
            self._socket_fd = transport.get_extra_info("socket").fileno()
        self._dispatcher.connection_opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        self.context.is_open = False
        self._slots.clear()
        self._backlog.clear()
        self._out.clear()
        self._dispatcher.connection_closed(self)
        callbacks, self.context.on_close = self.context.on_close, []
        for callback in callbacks:
            callback()

    def eof_received(self) -> bool:
        # Kafka closes a connection whose peer has stopped sending, even if responses are due.
        self._closing = True
        return False

    def pause_writing(self) -> None:
        self._writing_paused = True
        self._update_reading()

    def resume_writing(self) -> None:
        self._writing_paused = False
        self._flush()
        self._drain()

    def close(self) -> None:
        """Closes after what is already written has left."""
        if self.transport is not None:
            self._end(self.transport.close)

    def abort(self) -> None:
        """Closes at once; a peer that does not read would keep `close` waiting."""
        if self.transport is not None:
            self._end(self.transport.abort)

    def _end(self, how: Callable[[], None]) -> None:
        self._closing = True
        # Not at once: a transport that is closed from within `resume_writing` tells its end twice, and fails at it.
        asyncio.get_running_loop().call_soon(how)

    # Receiving

    def get_buffer(self, sizehint: int) -> memoryview:
        frame = self._frame
        if frame is not None:
            if self._filled == len(frame):
                frame += bytes(min(len(frame), self._frame_size - len(frame)))
            return memoryview(frame)[self._filled :]
        head = self._head
        if head:
            _receive_buffer[: len(head)] = head
            return _receive_view[len(head) :]
        return _receive_view

    def buffer_updated(self, nbytes: int) -> None:
        self.bytes_in += nbytes
        frame = self._frame
        if frame is not None:
            self._filled += nbytes
            if self._filled < self._frame_size:
                return
            self._frame = None
            self._take(frame, memoryview(frame), is_owned=True)
        else:
            end = len(self._head) + nbytes
            self._head = b""
            self._cut(end)
        self._flush()
        self._update_reading()

    def _cut(self, end: int) -> None:
        """Takes every whole frame of the shared buffer up to `end` and keeps what is left."""
        position = 0
        while end - position >= 4:
            (size,) = struct.unpack_from(">i", _receive_buffer, position)
            if not 0 <= size <= self._dispatcher.max_frame_bytes:
                self._fail(ValueError(f"a frame announces {size} bytes"))
                return
            start = position + 4
            if size > end - start:
                self._frame_size = size
                frame = bytearray(min(size, FIRST_ALLOCATION_BYTES))
                if end - start > len(frame):
                    frame = bytearray(size)
                frame[: end - start] = _receive_view[start:end]
                self._frame = frame
                self._filled = end - start
                return
            self._take(None, _receive_view[start : start + size], is_owned=False)
            if self._closing:
                return
            position = start + size
        self._head = bytes(_receive_view[position:end])

    def _take(self, owner: bytearray | None, frame: memoryview, is_owned: bool) -> None:
        if self._backlog or self._writing_paused or not self._may_begin(frame):
            self._backlog.append(owner if is_owned and owner is not None else bytes(frame))
            return
        self._begin(frame)

    def _may_begin(self, frame: memoryview) -> bool:
        if not self._slots:
            return True
        return all(slot.api.pipelines for slot in self._slots) and self._dispatcher.pipelines(self, frame)

    def _begin(self, frame: memoryview) -> None:
        self.requests += 1
        try:
            result = self._dispatcher.begin(self, frame)
        except Exception as error:
            self._fail(error)
            return
        if result is None:
            return
        if not isinstance(result, Pending):
            if self._slots:
                slot = Slot(self._slots[-1].api)
                slot.buffers = result
                self._slots.append(slot)
            else:
                self._out += result
            return
        slot = Slot(result.api)
        self._slots.append(slot)

        def finish(buffers: Buffers | None) -> None:
            if self._closing:
                return
            slot.buffers = [] if buffers is None else buffers
            self._drain()

        result.start(finish)

    def _fail(self, error: Exception) -> None:
        if not self._closing:
            self._dispatcher.frame_failed(self, error)
            self._flush()
            self.close()

    # Sending

    def _drain(self) -> None:
        """Sends what is ready, then begins what waited for it."""
        while self._slots and self._slots[0].buffers is not None:
            self._out += self._slots.popleft().buffers or []
        if self._parsing:
            return
        self._flush()
        self._parsing = True
        try:
            while self._backlog and not self._writing_paused and not self._closing:
                frame = memoryview(self._backlog[0])
                if not self._may_begin(frame):
                    break
                self._backlog.popleft()
                self._begin(frame)
                while self._slots and self._slots[0].buffers is not None:
                    self._out += self._slots.popleft().buffers or []
                self._flush()
        finally:
            self._parsing = False
        self._flush()
        self._update_reading()

    def _flush(self) -> None:
        """Gives the transport what it can send now; the rest follows in `resume_writing`."""
        out, transport = self._out, self.transport
        if transport is None:
            return
        small: list[bytes | bytearray | memoryview] = []
        while out and not self._writing_paused and not self._closing:
            buffer = out[0]
            size = len(buffer)
            if not isinstance(buffer, FileRegion) and size < JOIN_BELOW_BYTES:
                small.append(buffer)
                out.popleft()
                continue
            if small:
                self._write(b"".join(small))
                small = []
                continue
            piece: bytes | memoryview
            if isinstance(buffer, FileRegion):
                try:
                    sent, piece = self._send_or_read(buffer)
                except OSError:
                    sent, piece = 0, b""
                if not sent and not piece:
                    # The log was cut or its segment removed after the response had begun.
                    self.abort()
                    return
            else:
                sent, piece = 0, memoryview(buffer)[self._sent : self._sent + PIECE_BYTES]
            self._sent += sent + len(piece)
            if self._sent == size:
                out.popleft()
                self._sent = 0
            if piece:
                self._write(piece)
        if small and not self._closing:
            self._write(small[0] if len(small) == 1 else b"".join(small))

    def _send_or_read(self, region: FileRegion) -> tuple[int, bytes]:
        """How much of the next of `region` went to the socket, and what of it the transport is to write.

        Nothing is queued in the transport when this is called, so what is sent directly keeps its place.
        """
        if self._socket_fd is None:
            return 0, region.read(self._sent, PIECE_BYTES)
        try:
            sent = region.send(self._socket_fd, self._sent)
        except BlockingIOError:
            return 0, region.read(self._sent, PIECE_BEHIND_SENT_BYTES)
        self.bytes_out += sent
        return sent, b""

    def _write(self, data: bytes | bytearray | memoryview) -> None:
        assert self.transport is not None
        self.bytes_out += len(data)
        self.transport.write(data)

    def _update_reading(self) -> None:
        pause = self._writing_paused or bool(self._backlog) or bool(self._out)
        if pause != self._reading_paused and self.transport is not None and not self._closing:
            self._reading_paused = pause
            if pause:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()


Outcome = TypeVar("Outcome")


def start_awaitable(
    awaitable: Awaitable[Outcome],
    finish: Callable[[Outcome], None],
    failed: Callable[[BaseException], None],
    tasks: set[asyncio.Future[Any]],
) -> None:
    """Waits for `awaitable`, which `tasks` holds on to meanwhile; `finish` or `failed` is told the outcome."""
    future = asyncio.ensure_future(awaitable)
    tasks.add(future)

    def done(future: asyncio.Future[Outcome]) -> None:
        tasks.discard(future)
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            try:
                finish(future.result())
            except Exception as raised:
                error = raised
        if error is not None:
            failed(error)

    future.add_done_callback(done)
