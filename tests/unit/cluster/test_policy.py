import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cluster.policy import (
    NEVER_RESTART,
    BrokerMachine,
    BrokerPhase,
    ClearDeadline,
    ContinueProcess,
    DeadlinePassed,
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

POLICY = RestartPolicy(max_restarts=3, window_ms=10_000, first_delay_ms=500, max_delay_ms=1_500, stop_timeout_ms=2_000)


def machine_in(phase: BrokerPhase, policy: RestartPolicy = POLICY) -> BrokerMachine:
    machine = BrokerMachine(1, policy)
    ways: dict[BrokerPhase, list[Event]] = {
        BrokerPhase.STOPPED: [],
        BrokerPhase.STARTING: [StartRequested()],
        BrokerPhase.RUNNING: [StartRequested(), ReadyReported()],
        BrokerPhase.PAUSED: [StartRequested(), ReadyReported(), PauseRequested()],
        BrokerPhase.STOPPING: [StartRequested(), ReadyReported(), StopRequested()],
        BrokerPhase.KILLING: [StartRequested(), ReadyReported(), KillRequested()],
        BrokerPhase.KILLED: [StartRequested(), KillRequested(), ProcessEnded(-9)],
        BrokerPhase.WAITING: [StartRequested(), ReadyReported(), ProcessEnded(-9)],
        BrokerPhase.FAILED: [StartRequested(), FailureKnown(Failure("No.")), ProcessEnded(1)],
    }
    for event in ways[phase]:
        machine.step(event, 0)
    assert machine.phase is phase
    return machine


def test_starts_and_becomes_ready() -> None:
    machine = BrokerMachine(1, POLICY)
    assert machine.step(StartRequested(), 0) == (LaunchProcess(),)
    assert machine.phase is BrokerPhase.STARTING
    assert machine.step(ReadyReported(), 100) == ()
    assert machine.phase is BrokerPhase.RUNNING


@pytest.mark.parametrize("phase", [BrokerPhase.STARTING, BrokerPhase.RUNNING])
def test_stops_cleanly(phase: BrokerPhase) -> None:
    machine = machine_in(phase)
    assert machine.step(StopRequested(), 1_000) == (SendShutdown(), SetDeadline(3_000))
    assert machine.step(ProcessEnded(0), 1_500) == (ClearDeadline(),)
    assert (machine.phase, machine.failure) == (BrokerPhase.STOPPED, None)


def test_what_does_not_stop_is_killed_and_counts_as_stopped() -> None:
    machine = machine_in(BrokerPhase.STOPPING)
    assert machine.step(DeadlinePassed(), 3_000) == (KillProcess(),)
    machine.step(ProcessEnded(-9), 3_001)
    assert (machine.phase, machine.failure) == (BrokerPhase.STOPPED, None)


def test_a_paused_process_goes_on_before_it_is_asked_to_stop() -> None:
    machine = machine_in(BrokerPhase.PAUSED)
    assert machine.step(StopRequested(), 0) == (ContinueProcess(), SendShutdown(), SetDeadline(2_000))


def test_pause_and_resume() -> None:
    machine = machine_in(BrokerPhase.RUNNING)
    assert machine.step(PauseRequested(), 0) == (SuspendProcess(),)
    assert machine.step(PauseRequested(), 0) == ()
    assert machine.step(ResumeRequested(), 0) == (ContinueProcess(),)
    assert machine.phase is BrokerPhase.RUNNING


def test_a_kill_by_the_user_is_not_restarted() -> None:
    machine = machine_in(BrokerPhase.RUNNING)
    assert machine.step(KillRequested(), 0) == (KillProcess(),)
    assert machine.step(ProcessEnded(-9), 10) == ()
    assert (machine.phase, machine.failure) == (BrokerPhase.KILLED, None)
    assert machine.step(StartRequested(), 20) == (LaunchProcess(),)


def test_a_kill_while_stopping_forgets_the_deadline() -> None:
    machine = machine_in(BrokerPhase.STOPPING)
    assert machine.step(KillRequested(), 0) == (ClearDeadline(), KillProcess())


def test_a_start_while_stopping_happens_after_the_end() -> None:
    machine = machine_in(BrokerPhase.STOPPING)
    assert machine.step(StartRequested(), 0) == ()
    assert machine.step(ProcessEnded(0), 10) == (ClearDeadline(), LaunchProcess())
    assert machine.phase is BrokerPhase.STARTING


def test_an_unasked_end_is_restarted_later_and_later_and_then_given_up() -> None:
    machine = machine_in(BrokerPhase.RUNNING)
    delays = []
    for _ in range(3):
        (effect,) = machine.step(ProcessEnded(-9), 1_000)
        assert isinstance(effect, SetDeadline)
        delays.append(effect.at_ms - 1_000)
        assert machine.phase is BrokerPhase.WAITING
        assert machine.step(DeadlinePassed(), 1_000) == (LaunchProcess(),)
        machine.step(ReadyReported(), 1_000)
    assert delays == [500, 1_000, 1_500]
    assert machine.step(ProcessEnded(-9), 1_000) == ()
    assert machine.phase is BrokerPhase.FAILED
    assert machine.failure is not None
    assert "SIGKILL" in machine.failure.sentence and "3 times" in machine.failure.sentence


def test_ends_outside_the_window_do_not_count() -> None:
    machine = machine_in(BrokerPhase.RUNNING)
    for round_number in range(10):
        now_ms = 20_000 * round_number
        assert machine.step(ProcessEnded(1), now_ms) == (SetDeadline(now_ms + 500),)
        machine.step(DeadlinePassed(), now_ms + 500)
        machine.step(ReadyReported(), now_ms + 600)


def test_the_reason_of_a_restart_stays_until_the_broker_is_ready() -> None:
    machine = machine_in(BrokerPhase.WAITING)
    machine.step(DeadlinePassed(), 500)
    assert machine.failure is not None
    machine.step(ReadyReported(), 600)
    assert machine.failure is None


def test_a_known_failure_is_not_restarted() -> None:
    machine = machine_in(BrokerPhase.STARTING)
    failure = Failure("Port 9092 is in use.", "Take another.")
    machine.step(FailureKnown(failure), 0)
    assert machine.step(ProcessEnded(1), 10) == ()
    assert (machine.phase, machine.failure) == (BrokerPhase.FAILED, failure)
    assert machine.step(StartRequested(), 20) == (LaunchProcess(),)
    assert machine.failure is None


def test_a_crash_after_a_restart_is_not_taken_for_a_known_failure() -> None:
    machine = machine_in(BrokerPhase.WAITING)
    machine.step(DeadlinePassed(), 500)
    machine.step(ProcessEnded(1), 600)
    assert machine.phase is BrokerPhase.WAITING


def test_a_clean_end_that_somebody_else_asked_for_stays() -> None:
    machine = machine_in(BrokerPhase.RUNNING)
    assert machine.step(ProcessEnded(0), 0) == ()
    assert machine.phase is BrokerPhase.STOPPED
    assert machine.failure is not None


def test_never_restart() -> None:
    machine = machine_in(BrokerPhase.RUNNING, NEVER_RESTART)
    assert machine.step(ProcessEnded(-9), 0) == ()
    assert machine.phase is BrokerPhase.FAILED


@pytest.mark.parametrize(
    ("event", "phase", "effects"),
    [
        (StopRequested(), BrokerPhase.STOPPED, (ClearDeadline(),)),
        (KillRequested(), BrokerPhase.KILLED, (ClearDeadline(),)),
        (StartRequested(), BrokerPhase.STARTING, (ClearDeadline(), LaunchProcess())),
    ],
)
def test_while_waiting_to_restart(event: Event, phase: BrokerPhase, effects: tuple[object, ...]) -> None:
    machine = machine_in(BrokerPhase.WAITING)
    assert machine.step(event, 0) == effects
    assert machine.phase is phase


@pytest.mark.parametrize(
    ("code", "words"), [(0, "by itself"), (-9, "SIGKILL"), (-15, "SIGTERM"), (-7, "signal 7"), (3, "code 3")]
)
def test_exit_codes_in_words(code: int, words: str) -> None:
    assert words in describe_exit(code)


EVENTS = st.sampled_from(
    [
        StartRequested(),
        StopRequested(),
        KillRequested(),
        PauseRequested(),
        ResumeRequested(),
        ReadyReported(),
        FailureKnown(Failure("No.")),
        ProcessEnded(0),
        ProcessEnded(-9),
        DeadlinePassed(),
    ]
)


@given(st.lists(st.tuples(EVENTS, st.integers(0, 5_000)), max_size=60))
def test_at_most_one_process_and_one_deadline(steps: list[tuple[Event, int]]) -> None:
    machine, now_ms, alive, deadline = BrokerMachine(1, POLICY), 0, False, False
    for event, pause_ms in steps:
        now_ms += pause_ms
        if isinstance(event, ProcessEnded):
            if not alive:
                continue
            alive = False
        if isinstance(event, DeadlinePassed):
            if not deadline:
                continue
            deadline = False
        for effect in machine.step(event, now_ms):
            match effect:
                case LaunchProcess():
                    assert not alive
                    alive = True
                case SetDeadline(at_ms):
                    assert at_ms >= now_ms
                    deadline = True
                case ClearDeadline():
                    deadline = False
                case SendShutdown() | KillProcess() | SuspendProcess() | ContinueProcess():
                    assert alive
        assert machine.phase.has_process == alive
        if machine.phase in (BrokerPhase.STOPPED, BrokerPhase.KILLED, BrokerPhase.FAILED):
            assert not deadline
        if machine.phase is BrokerPhase.WAITING:
            assert deadline
