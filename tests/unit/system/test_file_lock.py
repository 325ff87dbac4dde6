import subprocess
import sys
from pathlib import Path

from workbench.system.file_lock import FileLock

TRY = """
import sys
from pathlib import Path
from workbench.system.file_lock import FileLock
print(FileLock(Path(sys.argv[1])).try_acquire())
"""


def other_process_gets_it(path: Path) -> bool:
    done = subprocess.run([sys.executable, "-c", TRY, str(path)], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "True"


def test_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    lock = FileLock(path)
    assert lock.try_acquire() and lock.is_held
    assert not other_process_gets_it(path)
    lock.release()
    assert not lock.is_held
    assert other_process_gets_it(path)


def test_one_object_of_a_process_at_a_time_and_the_refused_one_does_not_break_the_lock(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    first, second = FileLock(path), FileLock(tmp_path / "." / ".lock")
    assert first.try_acquire() and first.try_acquire()
    assert not second.try_acquire()
    second.release()
    assert not other_process_gets_it(path)
    first.release()
    assert second.try_acquire()
    second.release()


def test_the_file_stays(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / ".lock")
    lock.try_acquire()
    lock.release()
    lock.release()
    assert (tmp_path / ".lock").exists()
