import asyncio
import os
import sys
from pathlib import Path

import pytest

from workbench.broker_contract.messages import BrokerMessage, BrokerState, FailureReported, Shutdown, StateReported
from workbench.cluster.process import BrokerProcess, broker_command
from workbench.system.processes import is_alive


class Seen:
    """What a process said, in order, and its end."""

    def __init__(self) -> None:
        self.messages: list[BrokerMessage] = []
        self.lines: list[str] = []
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.state = asyncio.Event()

    def message(self, message: BrokerMessage) -> None:
        assert not self.ended.done()
        self.messages.append(message)
        self.state.set()

    def line(self, line: str) -> None:
        assert not self.ended.done()
        self.lines.append(line)


async def launch(program: str) -> tuple[BrokerProcess, Seen]:
    seen = Seen()
    process = await BrokerProcess.launch(
        [sys.executable, "-c", program],
        name="test",
        environment=os.environ,
        on_message=seen.message,
        on_log=seen.line,
        on_exit=seen.ended.set_result,
    )
    return process, seen


async def test_the_end_comes_after_everything_said() -> None:
    program = (
        "import sys\n"
        'print(\'{"type":"StateReported","state":"starting","at_ms":1}\')\n'
        "for i in range(2000): print('line', i, file=sys.stderr)\n"
        'print(\'{"type":"FailureReported","sentence":"No."}\')\n'
        "sys.exit(7)\n"
    )
    _, seen = await launch(program)
    assert await seen.ended == 7
    assert seen.messages == [StateReported(BrokerState.STARTING, 1), FailureReported("No.")]
    assert seen.lines == [f"line {i}" for i in range(2000)]


async def test_a_newer_brokers_message_is_ignored_and_a_stray_print_is_logged() -> None:
    program = "print('{\"type\":\"Unheard\",\"of\":1}'); print('{broken'); print('stray')"
    _, seen = await launch(program)
    await seen.ended
    assert (seen.messages, seen.lines) == ([], ["{broken", "stray"])


async def test_bytes_that_are_no_text_and_a_line_without_end() -> None:
    _, seen = await launch("import os; os.write(2, b'caf\\xe9\\nend')")
    await seen.ended
    assert seen.lines == ["caf\ufffd", "end"]


async def test_a_message_reaches_the_child_and_one_after_its_end_is_dropped() -> None:
    process, seen = await launch("import sys; print(sys.stdin.readline().strip(), file=sys.stderr)")
    process.send(Shutdown("because"))
    assert await seen.ended == 0
    assert seen.lines == ['{"type":"Shutdown","reason":"because"}']
    process.send(Shutdown())
    process.kill()
    process.suspend()
    process.resume()


@pytest.mark.skipif(sys.platform == "win32", reason="exit codes of signals are POSIX")
async def test_kill() -> None:
    process, seen = await launch(
        'import time; print(\'{"type":"FailureReported","sentence":"x"}\', flush=True); time.sleep(60)'
    )
    await seen.state.wait()
    process.kill()
    assert await seen.ended == -9
    assert not is_alive(process.pid)


async def test_a_torn_down_event_loop_leaves_no_process_behind() -> None:
    process, seen = await launch("import time; time.sleep(60)")
    (task,) = process._tasks._tasks
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert await seen.ended == -9
    assert await process._process.wait() == -9


@pytest.mark.skipif(sys.platform == "win32", reason="sessions are POSIX")
async def test_the_terminals_signals_do_not_reach_the_child() -> None:
    process, seen = await launch("import os; print(os.getsid(0) == os.getpid(), file=__import__('sys').stderr)")
    await seen.ended
    assert seen.lines == ["True"]
    assert process.pid != os.getpid()


def test_the_command_is_the_same_frozen_and_from_source(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("server.properties")
    assert broker_command(path) == [sys.executable, "-P", "-m", "workbench", "broker", "server.properties", "--control"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert broker_command(path) == [sys.executable, "broker", "server.properties", "--control"]
