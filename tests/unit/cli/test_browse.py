"""The browsing process as a frozen program starts it."""

import subprocess
import sys

from workbench.client.browse.service import SUB_COMMAND
from workbench.client.browse.view_spec import ViewSpec
from workbench.client.browse.worker import write_frame


def test_it_serves_until_its_input_ends() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench", SUB_COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None and process.stdout is not None
    write_frame(process.stdin, ("open", 1, 1, (ViewSpec((), "orders"),)))  # type: ignore[arg-type]
    process.stdin.close()
    assert process.wait(30) == 0
    process.stdout.close()
