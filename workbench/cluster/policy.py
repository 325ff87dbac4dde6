"""What the supervisor does about one broker process: a pure state machine.

`BrokerMachine.step(event, now_ms)` returns effects to be carried out in their order; nothing else changes the state.

    STOPPED, KILLED, FAILED --StartRequested--> STARTING --ReadyReported--> RUNNING
    STARTING, RUNNING, PAUSED --StopRequested--> STOPPING --ProcessEnded--> STOPPED
    STOPPING --DeadlinePassed--> (killed by force) --ProcessEnded--> STOPPED
    STOPPING --StartRequested--> STOPPING, and STARTING once the process has ended
    STARTING, RUNNING, PAUSED, STOPPING --KillRequested--> KILLING --ProcessEnded--> KILLED
    RUNNING --PauseRequested--> PAUSED --ResumeRequested--> RUNNING
    STARTING, RUNNING, PAUSED --ProcessEnded--> WAITING (to restart), or FAILED after a known failure or too many ends,
                                                or STOPPED where the process ended cleanly because somebody asked it to
    WAITING --DeadlinePassed, StartRequested--> STARTING
    WAITING --StopRequested--> STOPPED

Invariants: at most one process lives at a time (LaunchProcess is issued only in states without one); at most one
deadline is set, and none in STOPPED, KILLED and FAILED; a broker that the user stopped or killed is never restarted.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum

from workbench.system.counting import counted
from workbench.system.quick_dataclass import dataclass


class BrokerPhase(StrEnum):
    """Where a broker's process stands, as the supervisor sees it."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    KILLING = "killing"
    KILLED = "killed"
    WAITING = "waiting to restart"
    FAILED = "failed"

    @property
    def has_process(self) -> bool:
        """Whether a process exists in this phase."""
        return self in _WITH_PROCESS


_WITH_PROCESS = frozenset(
    {BrokerPhase.STARTING, BrokerPhase.RUNNING, BrokerPhase.PAUSED, BrokerPhase.STOPPING, BrokerPhase.KILLING}
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a broker is down: a sentence and, where there is one, a remedy."""

    sentence: str
    remedy: str = ""


# Events.


@dataclass(frozen=True, slots=True)
class StartRequested:
    """The user wants the broker to run."""


@dataclass(frozen=True, slots=True)
class StopRequested:
    """The user wants the broker to stop cleanly."""


@dataclass(frozen=True, slots=True)
class KillRequested:
    """The user wants the process to die at once, as by kill -9."""


@dataclass(frozen=True, slots=True)
class PauseRequested:
    """The user wants the process to stand still."""


@dataclass(frozen=True, slots=True)
class ResumeRequested:
    """The user wants the process to go on."""


@dataclass(frozen=True, slots=True)
class ReadyReported:
    """The broker serves clients."""


@dataclass(frozen=True, slots=True)
class FailureKnown:
    """The broker told why it cannot run, or it could not be launched."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class ProcessEnded:
    """`exit_code` as Python gives it: negative is the signal that ended it."""

    exit_code: int


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The time given by the last `SetDeadline` has come."""


Event = (
    StartRequested
    | StopRequested
    | KillRequested
    | PauseRequested
    | ResumeRequested
    | ReadyReported
    | FailureKnown
    | ProcessEnded
    | DeadlinePassed
)

# Effects.


@dataclass(frozen=True, slots=True)
class LaunchProcess:
    """Start the broker's process."""


@dataclass(frozen=True, slots=True)
class SendShutdown:
    """Ask the process over the control channel to stop."""


@dataclass(frozen=True, slots=True)
class KillProcess:
    """End the process by force."""


@dataclass(frozen=True, slots=True)
class SuspendProcess:
    """Make the process stand still."""


@dataclass(frozen=True, slots=True)
class ContinueProcess:
    """Let the process go on."""


@dataclass(frozen=True, slots=True)
class SetDeadline:
    """Deliver `DeadlinePassed` at `at_ms`, in place of any earlier deadline."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class ClearDeadline:
    """Forget the deadline."""


Effect = LaunchProcess | SendShutdown | KillProcess | SuspendProcess | ContinueProcess | SetDeadline | ClearDeadline


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """How often a broker that ends on its own is started again.

    The n-th restart within `window_ms` waits `first_delay_ms * 2**(n-1)`, at most `max_delay_ms`; after `max_restarts`
    of them the broker stays down. A `max_restarts` of 0 never restarts.
    """

    max_restarts: int = 5
    window_ms: int = 60_000
    first_delay_ms: int = 500
    max_delay_ms: int = 8_000
    stop_timeout_ms: int = 30_000


NEVER_RESTART = RestartPolicy(max_restarts=0)


def describe_exit(exit_code: int) -> str:
    """What an exit code means, as the end of "the process ..."."""
    if exit_code == 0:
        return "ended by itself"
    if exit_code < 0:
        names = {
            -9: "SIGKILL (kill -9, or the system ran out of memory)",
            -15: "SIGTERM",
            -11: "SIGSEGV",
            -6: "SIGABRT",
        }
        return f"was ended by {names.get(exit_code, f'signal {-exit_code}')}"
    return f"ended with exit code {exit_code}"


class BrokerMachine:
    """The state machine of one broker; see the module's table."""

    def __init__(self, node_id: int, policy: RestartPolicy) -> None:
        self._node_id = node_id
        self._policy = policy
        self._phase = BrokerPhase.STOPPED
        self._failure: Failure | None = None
        self._start_again = False
        self._told_why = False
        self._unexpected_ends: deque[int] = deque()

    @property
    def phase(self) -> BrokerPhase:
        """The present state."""
        return self._phase

    @property
    def failure(self) -> Failure | None:
        """Why the broker is down or being restarted; None when the user wanted it so."""
        return self._failure

    def step(self, event: Event, now_ms: int) -> tuple[Effect, ...]:
        """Takes `event` in and returns what is to be done about it, in order; a meaningless event does nothing."""
        match event:
            case StartRequested():
                return self._start()
            case StopRequested():
                return self._stop(now_ms)
            case KillRequested():
                return self._kill()
            case PauseRequested():
                return self._pause()
            case ResumeRequested():
                return self._resume()
            case ReadyReported():
                if self._phase is BrokerPhase.STARTING:
                    self._phase = BrokerPhase.RUNNING
                    self._failure = None
                return ()
            case FailureKnown(failure):
                self._failure = failure
                self._told_why = True
                return ()
            case ProcessEnded(exit_code):
                return self._ended(exit_code, now_ms)
            case DeadlinePassed():
                return self._deadline_passed()

    def _launch(self) -> tuple[Effect, ...]:
        self._phase = BrokerPhase.STARTING
        self._start_again = False
        self._told_why = False
        return (LaunchProcess(),)

    def _start(self) -> tuple[Effect, ...]:
        match self._phase:
            case BrokerPhase.STOPPED | BrokerPhase.KILLED | BrokerPhase.FAILED:
                self._failure = None
                self._unexpected_ends.clear()
                return self._launch()
            case BrokerPhase.WAITING:
                self._unexpected_ends.clear()
                return (ClearDeadline(), *self._launch())
            case BrokerPhase.STOPPING | BrokerPhase.KILLING:
                self._start_again = True
                return ()
            case _:
                return ()

    def _stop(self, now_ms: int) -> tuple[Effect, ...]:
        self._start_again = False
        match self._phase:
            case BrokerPhase.STARTING | BrokerPhase.RUNNING | BrokerPhase.PAUSED:
                was_paused = self._phase is BrokerPhase.PAUSED
                self._phase = BrokerPhase.STOPPING
                deadline = SetDeadline(now_ms + self._policy.stop_timeout_ms)
                if was_paused:
                    return (ContinueProcess(), SendShutdown(), deadline)
                return (SendShutdown(), deadline)
            case BrokerPhase.WAITING:
                self._phase = BrokerPhase.STOPPED
                self._failure = None
                return (ClearDeadline(),)
            case _:
                return ()

    def _kill(self) -> tuple[Effect, ...]:
        self._start_again = False
        match self._phase:
            case BrokerPhase.STARTING | BrokerPhase.RUNNING | BrokerPhase.PAUSED:
                self._phase = BrokerPhase.KILLING
                return (KillProcess(),)
            case BrokerPhase.STOPPING:
                self._phase = BrokerPhase.KILLING
                return (ClearDeadline(), KillProcess())
            case BrokerPhase.WAITING:
                self._phase = BrokerPhase.KILLED
                self._failure = None
                return (ClearDeadline(),)
            case _:
                return ()

    def _pause(self) -> tuple[Effect, ...]:
        if self._phase is not BrokerPhase.RUNNING:
            return ()
        self._phase = BrokerPhase.PAUSED
        return (SuspendProcess(),)

    def _resume(self) -> tuple[Effect, ...]:
        if self._phase is not BrokerPhase.PAUSED:
            return ()
        self._phase = BrokerPhase.RUNNING
        return (ContinueProcess(),)

    def _deadline_passed(self) -> tuple[Effect, ...]:
        if self._phase is BrokerPhase.WAITING:
            return self._launch()
        if self._phase is BrokerPhase.STOPPING:
            return (KillProcess(),)
        return ()

    def _ended(self, exit_code: int, now_ms: int) -> tuple[Effect, ...]:
        match self._phase:
            case BrokerPhase.STOPPING | BrokerPhase.KILLING:
                cleared: tuple[Effect, ...] = (ClearDeadline(),) if self._phase is BrokerPhase.STOPPING else ()
                was_killed = self._phase is BrokerPhase.KILLING
                self._failure = None
                if self._start_again:
                    return (*cleared, *self._launch())
                self._phase = BrokerPhase.KILLED if was_killed else BrokerPhase.STOPPED
                return cleared
            case BrokerPhase.STARTING | BrokerPhase.RUNNING | BrokerPhase.PAUSED:
                return self._ended_unasked(exit_code, now_ms)
            case _:
                return ()

    def _ended_unasked(self, exit_code: int, now_ms: int) -> tuple[Effect, ...]:
        if self._told_why:
            # A known failure (a port taken, a bad setting) does not heal by trying again.
            self._phase = BrokerPhase.FAILED
            return ()
        if exit_code == 0:
            self._phase = BrokerPhase.STOPPED
            self._failure = Failure(f"Broker {self._node_id} was asked to stop from outside and did.")
            return ()
        return self._restart_or_give_up(exit_code, now_ms)

    def _restart_or_give_up(self, exit_code: int, now_ms: int) -> tuple[Effect, ...]:
        ends = self._unexpected_ends
        while ends and ends[0] <= now_ms - self._policy.window_ms:
            ends.popleft()
        sentence = f"The process of broker {self._node_id} {describe_exit(exit_code)}."
        if len(ends) >= self._policy.max_restarts:
            self._phase = BrokerPhase.FAILED
            if ends:
                sentence += counted(len(ends), " It was restarted once before.", " It was restarted {} times before.")
            self._failure = Failure(sentence, "Read its log lines, then start it again.")
            return ()
        ends.append(now_ms)
        self._phase = BrokerPhase.WAITING
        self._failure = Failure(sentence)
        delay_ms = min(self._policy.first_delay_ms * 2 ** (len(ends) - 1), self._policy.max_delay_ms)
        return (SetDeadline(now_ms + delay_ms),)
