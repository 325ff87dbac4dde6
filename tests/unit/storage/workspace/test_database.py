"""The workspace file: made, opened again, damaged, newer, out of reach."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from workbench.storage.workspace.database import FILE_NAME, WorkspaceDatabase
from workbench.system.known_error import KnownError


def test_what_was_written_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    first = WorkspaceDatabase.open(tmp_path / "new" / "folder")
    with first.transaction() as connection:
        connection.execute("INSERT INTO setting VALUES ('a', 'b')")
    first.close()
    again = WorkspaceDatabase.open(tmp_path / "new" / "folder")
    assert again.rows("SELECT * FROM setting") == [("a", "b")]
    assert again.set_aside is None


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    database = WorkspaceDatabase.open(tmp_path)
    with pytest.raises(RuntimeError), database.transaction() as connection:
        connection.execute("INSERT INTO setting VALUES ('a', 'b')")
        raise RuntimeError
    assert database.rows("SELECT * FROM setting") == []


def test_a_damaged_file_is_set_aside_and_kept(tmp_path: Path) -> None:
    damaged = b"this is not a database at all, but long enough to be looked at" * 20
    (tmp_path / FILE_NAME).write_bytes(damaged)
    database = WorkspaceDatabase.open(tmp_path)
    assert database.rows("SELECT * FROM setting") == []
    assert database.set_aside is not None
    assert database.set_aside.read_bytes() == damaged


def test_a_file_of_a_newer_version_is_refused_and_not_touched(tmp_path: Path) -> None:
    WorkspaceDatabase.open(tmp_path).close()
    raw = sqlite3.connect(tmp_path / FILE_NAME)
    raw.execute("PRAGMA user_version=99")
    raw.commit()
    raw.close()
    with pytest.raises(KnownError, match="newer version"):
        WorkspaceDatabase.open(tmp_path)
    raw = sqlite3.connect(tmp_path / FILE_NAME)
    assert raw.execute("PRAGMA user_version").fetchone() == (99,)


def test_a_place_that_cannot_be_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(KnownError, match="cannot be opened"):
        WorkspaceDatabase.open(tmp_path / "file")


def test_threads_share_it() -> None:
    database = WorkspaceDatabase.in_memory()

    def write(start: int) -> None:
        for number in range(start, start + 50):
            with database.transaction() as connection:
                connection.execute("INSERT INTO setting VALUES (?, '')", (str(number),))

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert database.rows("SELECT count(*) FROM setting") == [(150,)]
