import json
import subprocess
import sys

import pytest

from workbench.system.open_files import ENOUGH_OPEN_FILES, OpenFilesLimit

RAISE = """
import json, resource
from workbench.system.open_files import raise_open_files_limit
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
limit = raise_open_files_limit()
print(json.dumps([limit.soft, limit.hard, *resource.getrlimit(resource.RLIMIT_NOFILE)]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="macOS caps the limit and Windows has none")
def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    done = subprocess.run([sys.executable, "-c", RAISE], capture_output=True, text=True, check=True)
    told_soft, told_hard, soft, hard = json.loads(done.stdout)
    assert soft == hard
    assert (told_soft, told_hard) == ((0, 0) if hard == -1 else (soft, hard))


def test_what_is_tight() -> None:
    assert OpenFilesLimit(1_024, 1_024).is_tight
    assert not OpenFilesLimit(ENOUGH_OPEN_FILES, ENOUGH_OPEN_FILES).is_tight
    assert not OpenFilesLimit(0, 0).is_tight
