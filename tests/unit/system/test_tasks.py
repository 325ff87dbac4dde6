import asyncio

from workbench.system.tasks import TaskKeeper


async def test_a_failure_is_seen_at_once_and_with_the_tasks_name() -> None:
    problems: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: problems.append(context))
    keeper = TaskKeeper()

    async def fail() -> None:
        raise ValueError("no")

    task = keeper.spawn(fail(), "the failing task")
    await asyncio.wait([task])
    await asyncio.sleep(0)
    (problem,) = problems
    assert problem["message"] == "task the failing task failed"
    assert isinstance(problem["exception"], ValueError)


async def test_cancel_all_leaves_none_behind_and_spares_the_caller() -> None:
    keeper = TaskKeeper()
    waiting = keeper.spawn(asyncio.Event().wait(), "waiting")
    ended: list[bool] = []

    async def end() -> None:
        await keeper.cancel_all()
        ended.append(waiting.cancelled())

    await keeper.spawn(end(), "ending")
    assert ended == [True]


async def test_a_task_that_ends_well_is_forgotten() -> None:
    keeper = TaskKeeper()
    assert await keeper.spawn(asyncio.sleep(0, "value"), "short") == "value"
    await keeper.cancel_all()
