"""The browsing process: reads commands on standard input, writes answers on standard output, both pickled frames.

Reading and searching keeps a processor busy; in a process of its own it never holds up the window. It ends when its
input ends, that is with the window, however that ends.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

from workbench.client.browse.view import View
from workbench.client.browse.view_spec import ViewSpec

Command = tuple[str, int, int, tuple[Any, ...]]
"""What, number of the view, number of the request, arguments."""
Answer = tuple[str, int, int, Any]
"""Kind, number of the view, number of the request, answer."""

_LENGTH = struct.Struct(">I")


class Browser:
    """Keeps the views; `emit` is called from their threads."""

    def __init__(self, emit: Callable[[Answer], None]) -> None:
        self._emit = emit
        self._views: dict[int, View] = {}

    def handle(self, command: Command) -> None:
        """Returns at once; answers are emitted."""
        what, view_id, request_id, arguments = command
        if what == "open":
            spec: ViewSpec = arguments[0]

            def emit(kind: str, of_request: int, answer: Any) -> None:
                self._emit((kind, view_id, of_request, answer))

            self._views[view_id] = View(spec, emit)
            self._views[view_id].ask("open", request_id, ())
            return
        view = self._views.get(view_id)
        if view is None:
            return
        if what == "close":
            del self._views[view_id]
            view.close()
        elif what in ("scan", "tail"):
            view.start(what, request_id, arguments)
        elif what == "control":
            view.control(request_id, arguments[0])
        else:
            view.ask(what, request_id, arguments)

    def close(self) -> None:
        """Closes every view."""
        for view in self._views.values():
            view.close()
        self._views.clear()


def write_frame(stream: BinaryIO, value: object) -> None:
    """Length and pickle."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def read_frame(stream: BinaryIO) -> Any:
    """Raises EOFError at the end, also in the middle of a frame."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (size,) = _LENGTH.unpack(head)
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return pickle.loads(data)


def main() -> int:
    """Serves until its input ends."""
    if hasattr(os, "nice"):
        # A scan uses all of a processor; the window comes first. On Windows the service starts it so.
        os.nice(5)
    # What a library prints must not land among the frames.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    commands = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    lock = threading.Lock()

    def emit(answer: Answer) -> None:
        with lock:
            write_frame(answers, answer)

    browser = Browser(emit)
    while True:
        try:
            browser.handle(read_frame(commands))
        except (EOFError, KeyboardInterrupt):
            break
    browser.close()
    # Threads that wait for a broker would hold the interpreter's end up; nothing here needs an orderly one.
    os._exit(0)


if __name__ == "__main__":
    main()
