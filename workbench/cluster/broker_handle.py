"""One broker as the window, the command line and tests hold it: its state, its log lines, its figures, its switches.

Invariants: everything here runs on the event loop that started the cluster; the state changes only through
`BrokerMachine`; observers are told after the attributes have changed.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from workbench.broker_contract.messages import (
    BrokerMessage,
    BrokerState,
    ChangeReported,
    ConnectionInfo,
    ConnectionsReported,
    FailureReported,
    FaultRule,
    MetricsReported,
    MetricsSample,
    ReportConnections,
    SetFaults,
    Shutdown,
    StateReported,
)
from workbench.cluster.events import (
    BrokerLogged,
    BrokerPhaseChanged,
    BrokerSampled,
    BrokerStateReported,
    ClusterChanged,
    LogLine,
    Observer,
)
from workbench.cluster.log_file import BrokerLogFile
from workbench.cluster.log_lines import parse_log_line, supervisor_line
from workbench.cluster.plan import HOST
from workbench.cluster.policy import (
    BrokerMachine,
    BrokerPhase,
    ClearDeadline,
    ContinueProcess,
    DeadlinePassed,
    Effect,
    Event,
    Failure,
    FailureKnown,
    KillProcess,
    KillRequested,
    LaunchProcess,
    PauseRequested,
    ProcessEnded,
    ReadyReported,
    RestartPolicy,
    ResumeRequested,
    SendShutdown,
    SetDeadline,
    StartRequested,
    StopRequested,
    SuspendProcess,
    describe_exit,
)
from workbench.cluster.process import BrokerProcess
from workbench.cluster.rates import BrokerRates, RateMeter
from workbench.cluster.spec import BrokerSpec
from workbench.system.known_error import KnownError
from workbench.system.processes import python_child_environment
from workbench.system.tasks import TaskKeeper

KEPT_LOG_LINES = 5_000
KEPT_SAMPLES = 900
LAUNCH_FAILED = 1


class BrokerHandle:
    """One broker of a `LocalCluster`; made by it."""

    def __init__(
        self,
        spec: BrokerSpec,
        *,
        properties_path: Path,
        directories: Sequence[Path],
        log_file: BrokerLogFile,
        policy: RestartPolicy,
        command: Sequence[str],
        prepare: Callable[[BrokerSpec], Awaitable[None]],
        notify: Observer,
        tasks: TaskKeeper,
    ) -> None:
        self.spec = spec
        self.properties_path = properties_path
        self.directories = tuple(directories)
        self.log_lines: deque[LogLine] = deque(maxlen=KEPT_LOG_LINES)
        self.samples: deque[MetricsSample] = deque(maxlen=KEPT_SAMPLES)
        self.rates = BrokerRates()
        self.reported_state: BrokerState | None = None
        self.progress: float | None = None
        self.phase_since_ms = _wall_ms()
        self._log_file = log_file
        self._machine = BrokerMachine(spec.node_id, policy)
        self._command = tuple(command)
        self._prepare = prepare
        self._notify = notify
        self._tasks = tasks
        self._process: BrokerProcess | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._meter = RateMeter()
        self._phase_waiters: set[asyncio.Future[None]] = set()
        self._request_ids = itertools.count(1)
        self._connection_requests: dict[int, asyncio.Future[tuple[ConnectionInfo, ...]]] = {}

    @property
    def node_id(self) -> int:
        """Kafka's node.id."""
        return self.spec.node_id

    @property
    def address(self) -> str:
        """`host:port` for clients."""
        return f"{HOST}:{self.spec.port}"

    @property
    def phase(self) -> BrokerPhase:
        """Where its process stands."""
        return self._machine.phase

    @property
    def failure(self) -> Failure | None:
        """Why it is down or being restarted, where it was not the user who wanted that."""
        return self._machine.failure

    @property
    def pid(self) -> int | None:
        """The process id, None where none runs."""
        return self._process.pid if self._process is not None else None

    @property
    def last_sample(self) -> MetricsSample | None:
        """The newest figures of the running process."""
        return self.samples[-1] if self.samples else None

    def describe(self, spec: BrokerSpec, directories: Sequence[Path]) -> None:
        """Takes another description of the broker over; it counts from the next start on."""
        self.spec = spec
        self.directories = tuple(directories)

    # What the user can do.

    async def start(self) -> None:
        """Starts the broker and returns when it serves clients; KnownError with its reason where it cannot."""
        self._step(StartRequested())
        await self.wait_for(
            BrokerPhase.RUNNING, BrokerPhase.FAILED, BrokerPhase.STOPPED, BrokerPhase.KILLED, BrokerPhase.PAUSED
        )
        if self.phase in (BrokerPhase.RUNNING, BrokerPhase.PAUSED):
            return
        failure = self.failure or Failure(f"Broker {self.node_id} was stopped while it started.")
        raise KnownError(failure.sentence, failure.remedy)

    async def stop(self) -> None:
        """Stops the broker cleanly, by force after the policy's timeout, and returns when its process is gone."""
        self._step(StopRequested())
        await self.wait_until_ended()

    async def kill(self) -> None:
        """Ends the process at once, as kill -9 does, and returns when it is gone; it stays down until `start`."""
        self._step(KillRequested())
        await self.wait_until_ended()

    async def restart(self) -> None:
        """Stops cleanly and starts again."""
        await self.stop()
        await self.start()

    def pause(self) -> None:
        """Makes the running process stand still; its connections stay open and get no answer."""
        self._step(PauseRequested())

    def resume(self) -> None:
        """Lets a paused process go on."""
        self._step(ResumeRequested())

    def set_faults(self, rules: Sequence[FaultRule]) -> bool:
        """Puts exactly these faults in force in the broker; False where none runs to take them."""
        if self._process is None:
            return False
        self._process.send(SetFaults(tuple(rules)))
        return True

    async def connections(self, timeout_s: float = 2.0) -> tuple[ConnectionInfo, ...]:
        """Who is connected now; empty where no process runs or it does not answer in time."""
        if self._process is None or self.phase is not BrokerPhase.RUNNING:
            return ()
        request_id = next(self._request_ids)
        answer: asyncio.Future[tuple[ConnectionInfo, ...]] = asyncio.get_running_loop().create_future()
        self._connection_requests[request_id] = answer
        self._process.send(ReportConnections(request_id))
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError:
            return ()
        finally:
            self._connection_requests.pop(request_id, None)

    async def wait_for(self, *phases: BrokerPhase) -> None:
        """Returns as soon as the broker is in one of `phases`."""
        while self.phase not in phases:
            changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._phase_waiters.add(changed)
            try:
                await changed
            finally:
                self._phase_waiters.discard(changed)

    async def wait_until_ended(self) -> None:
        """Returns as soon as no process runs and none is going to be started."""
        await self.wait_for(BrokerPhase.STOPPED, BrokerPhase.KILLED, BrokerPhase.FAILED)

    def close(self) -> None:
        """Closes the log file; called when no process runs any more."""
        self._log_file.close()

    # The machine and what it wants.

    def _step(self, event: Event) -> None:
        before, failure_before = self._machine.phase, self._machine.failure
        effects = self._machine.step(event, _monotonic_ms())
        for effect in effects:
            self._carry_out(effect)
        if (self._machine.phase, self._machine.failure) != (before, failure_before):
            self._phase_changed(before)

    def _carry_out(self, effect: Effect) -> None:
        process = self._process
        match effect:
            case LaunchProcess():
                self._tasks.spawn(self._launch(), f"launch of broker {self.node_id}")
            case SetDeadline(at_ms):
                self._cancel_deadline()
                delay_s = max(0, at_ms - _monotonic_ms()) / 1000
                self._deadline = asyncio.get_running_loop().call_later(delay_s, self._step, DeadlinePassed())
            case ClearDeadline():
                self._cancel_deadline()
            case SendShutdown() if process is not None:
                process.send(Shutdown("asked by the supervisor"))
            case KillProcess() if process is not None:
                process.kill()
            case SuspendProcess() if process is not None:
                process.suspend()
            case ContinueProcess() if process is not None:
                process.resume()
            case _:
                # The process is still being launched: `_launch` looks at the phase once it has it.
                pass

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    async def _launch(self) -> None:
        self.reported_state = None
        self.progress = None
        self._meter = RateMeter()
        try:
            await self._prepare(self.spec)
            process = await BrokerProcess.launch(
                self._command,
                name=f"broker {self.node_id}",
                environment=python_child_environment(),
                on_message=self._message_received,
                on_log=self._line_received,
                on_exit=self._process_ended,
            )
        except KnownError as error:
            self._launch_failed(Failure(error.sentence, error.remedy))
            return
        except OSError as error:
            self._launch_failed(Failure(f"The process of broker {self.node_id} could not be started: {error}."))
            return
        except Exception as error:
            # A bug, which stays loud; but whoever waits for the broker must not wait for ever.
            self._launch_failed(Failure(f"Broker {self.node_id} could not be started: {error!r}."))
            raise
        self._process = process
        self._say(f"Started process {process.pid}.")
        if self.phase is BrokerPhase.STOPPING:
            process.send(Shutdown("asked by the supervisor"))
        elif self.phase is BrokerPhase.KILLING:
            process.kill()
        self._phase_changed(self.phase)

    def _launch_failed(self, failure: Failure) -> None:
        self._say(f"{failure.sentence} {failure.remedy}".strip(), is_error=True)
        self._step(FailureKnown(failure))
        self._step(ProcessEnded(LAUNCH_FAILED))

    def _process_ended(self, exit_code: int) -> None:
        self._process = None
        self.rates = BrokerRates()
        for answer in self._connection_requests.values():
            if not answer.done():
                answer.set_result(())
        expected = self.phase in (BrokerPhase.STOPPING, BrokerPhase.KILLING)
        self._say(f"The process {describe_exit(exit_code)}.", is_error=not expected)
        self._step(ProcessEnded(exit_code))

    def _phase_changed(self, before: BrokerPhase) -> None:
        if self.phase is not before:
            self.phase_since_ms = _wall_ms()
        self._notify(BrokerPhaseChanged(self.node_id, self.phase, self.pid, self.failure, _wall_ms()))
        for waiter in list(self._phase_waiters):
            if not waiter.done():
                waiter.set_result(None)

    # What the process says.

    def _message_received(self, message: BrokerMessage) -> None:
        match message:
            case StateReported(state, at_ms, detail, progress):
                self.reported_state = state
                self.progress = progress
                self._notify(BrokerStateReported(self.node_id, state, detail, progress, at_ms))
                if state is BrokerState.READY:
                    self._step(ReadyReported())
            case FailureReported(sentence, remedy):
                self._step(FailureKnown(Failure(sentence, remedy)))
            case MetricsReported(sample):
                self.samples.append(sample)
                self.rates = self._meter.take(sample)
                self._notify(BrokerSampled(self.node_id, sample, self.rates))
            case ChangeReported():
                self._notify(ClusterChanged(self.node_id, message))
            case ConnectionsReported(request_id, connections):
                answer = self._connection_requests.get(request_id)
                if answer is not None and not answer.done():
                    answer.set_result(connections)

    def _line_received(self, text: str) -> None:
        self._keep_line(parse_log_line(text, _wall_ms()))

    def _say(self, text: str, *, is_error: bool = False) -> None:
        self._keep_line(supervisor_line(text, _wall_ms(), is_error=is_error))

    def _keep_line(self, line: LogLine) -> None:
        self.log_lines.append(line)
        self._log_file.write(line)
        self._notify(BrokerLogged(self.node_id, line))


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000
