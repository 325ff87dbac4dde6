"""One broker as a child process: its control channel, its log lines, its end.

Invariants: `on_exit` is called exactly once, after every message and log line of the process has been handed on; the
child's standard input stays open as long as this process lives, because a broker ends when it closes.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from workbench.broker_contract.message_json import MAX_LINE_BYTES, decode_line, encode_line
from workbench.broker_contract.messages import BROKER_MESSAGES, BrokerMessage, SupervisorMessage
from workbench.system.processes import continue_process, isolated_child_options, suspend_process
from workbench.system.tasks import TaskKeeper

KILLED = -9
"""The exit code of a process that was ended by force."""


def broker_command(properties_path: Path) -> list[str]:
    """The command line of a supervised broker, from source and frozen alike.

    `-P` keeps the current folder off the import path: a learner's own `kafka.py` must not take our library's place.
    """
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-P", "-m", "workbench"]
    return [*program, "broker", str(properties_path), "--control"]


class BrokerProcess:
    """A running child; made by `launch`."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        name: str,
        on_message: Callable[[BrokerMessage], None],
        on_log: Callable[[str], None],
        on_exit: Callable[[int], None],
    ) -> None:
        self._process = process
        self._on_message = on_message
        self._on_log = on_log
        self._on_exit = on_exit
        self._tasks = TaskKeeper()
        self._tasks.spawn(self._watch(), f"{name} process {process.pid}")

    @classmethod
    async def launch(
        cls,
        command: Sequence[str],
        *,
        name: str,
        environment: Mapping[str, str],
        on_message: Callable[[BrokerMessage], None],
        on_log: Callable[[str], None],
        on_exit: Callable[[int], None],
    ) -> BrokerProcess:
        """Starts the child; OSError where the system cannot."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(environment),
            limit=MAX_LINE_BYTES,
            **isolated_child_options(),
        )
        return cls(process, name, on_message, on_log, on_exit)

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def send(self, message: SupervisorMessage) -> None:
        """Sends a message; a child that is already gone gets none and nothing is raised."""
        stdin = self._process.stdin
        if stdin is None or stdin.is_closing():
            return
        stdin.write(encode_line(message))

    def kill(self) -> None:
        """Ends the child by force (SIGKILL); nothing happens where it is gone."""
        try:
            self._process.kill()
        except ProcessLookupError:
            return

    def suspend(self) -> None:
        """Makes the child stand still; nothing happens where it is gone."""
        if self._process.returncode is None:
            try:
                suspend_process(self._process.pid)
            except ProcessLookupError:
                return

    def resume(self) -> None:
        """Lets the child go on; nothing happens where it is gone."""
        if self._process.returncode is None:
            try:
                continue_process(self._process.pid)
            except ProcessLookupError:
                return

    async def _watch(self) -> None:
        exit_code = KILLED
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read_messages(), name="control channel")
                group.create_task(self._read_log(), name="log")
            exit_code = await self._process.wait()
        except asyncio.CancelledError:
            # The event loop is being torn down: nobody will watch this process any more, so it must not live on.
            self.kill()
            raise
        finally:
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._on_exit(exit_code)

    async def _read_messages(self) -> None:
        async for line in _lines(self._process.stdout):
            message = decode_line(line, BROKER_MESSAGES)
            if message is not None:
                self._on_message(cast(BrokerMessage, message))
            elif not line.startswith(b'{"type":'):
                # Something in the child printed: worth seeing, and not a message of a newer broker.
                self._on_log(line.decode("utf-8", "replace").rstrip("\r\n"))

    async def _read_log(self) -> None:
        async for line in _lines(self._process.stderr):
            self._on_log(line.decode("utf-8", "replace").rstrip("\r\n"))


async def _lines(stream: asyncio.StreamReader | None) -> AsyncIterator[bytes]:
    """Every line of `stream` until its end; a line above the limit is dropped by the reader and skipped here."""
    if stream is None:
        return
    while True:
        try:
            line = await stream.readline()
        except ValueError:
            continue
        if not line:
            return
        yield line
