from pathlib import Path

import pytest

from workbench.system.directories import user_data_directory


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({}, "linux", "~/.local/share/kafka-workbench"),
        ({"XDG_DATA_HOME": "/data"}, "linux", "/data/kafka-workbench"),
        ({"XDG_DATA_HOME": "relative"}, "linux", "~/.local/share/kafka-workbench"),
        ({}, "darwin", "~/Library/Application Support/kafka-workbench"),
        ({"LOCALAPPDATA": "/local"}, "win32", "/local/kafka-workbench"),
        ({}, "win32", "~/AppData/Local/kafka-workbench"),
        ({"KAFKA_WORKBENCH_HOME": "/elsewhere"}, "linux", "/elsewhere"),
        ({"KAFKA_WORKBENCH_HOME": "~/mine"}, "darwin", "~/mine"),
    ],
)
def test_each_platform_has_its_place(environment: dict[str, str], platform: str, expected: str) -> None:
    assert user_data_directory(environment, platform) == Path(expected).expanduser()
