import gc

import pytest

from workbench.system.garbage import pause_collection, resume_collection, settle


class Ring:
    """Garbage that only the collector finds."""

    freed = 0

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        Ring.freed += 1


@pytest.fixture(autouse=True)
def collection() -> object:
    yield
    gc.unfreeze()
    gc.enable()


def test_what_the_start_left_behind_is_freed_when_it_settles() -> None:
    Ring.freed = 0
    pause_collection()
    assert not gc.isenabled()
    Ring()
    resume_collection()
    assert gc.isenabled() and gc.get_freeze_count() > 0
    gc.collect()
    assert Ring.freed == 0
    settle()
    assert Ring.freed == 1 and gc.get_freeze_count() > 0
