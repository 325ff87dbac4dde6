"""Frames between the window and the browsing process, and the process itself."""

import io
import subprocess
import sys

import pytest

from workbench.client.browse.view_spec import ViewSpec
from workbench.client.browse.worker import read_frame, write_frame


def test_frames_come_out_as_they_went_in() -> None:
    stream = io.BytesIO()
    for value in ("a", (1, None), b"x" * 100_000):
        write_frame(stream, value)
    stream.seek(0)
    assert [read_frame(stream) for _ in range(3)] == ["a", (1, None), b"x" * 100_000]
    with pytest.raises(EOFError):
        read_frame(stream)


def test_a_cut_frame_is_the_end() -> None:
    stream = io.BytesIO()
    write_frame(stream, "something")
    for size in range(1, len(stream.getvalue())):
        with pytest.raises(EOFError):
            read_frame(io.BytesIO(stream.getvalue()[:size]))


def test_the_process_answers_and_ends_with_its_input() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench.client.browse.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None and process.stdout is not None
    spec = ViewSpec((), "orders")
    write_frame(process.stdin, ("page", 1, 1, (0, 10)))
    write_frame(process.stdin, ("open", 1, 2, (spec,)))
    process.stdin.flush()
    process.stdin.close()
    assert process.wait(20) == 0
    process.stdout.close()
