"""Where a program of this platform keeps its user's data.

The environment variable `KAFKA_WORKBENCH_HOME` overrides the place, for portable installations and tests.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

HOME_VARIABLE = "KAFKA_WORKBENCH_HOME"
FOLDER_NAME = "kafka-workbench"


def user_data_directory(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The folder for everything that the workbench keeps; it need not exist yet.

    Linux follows the XDG base directory specification, macOS and Windows their own conventions.
    """
    override = environment.get(HOME_VARIABLE)
    if override:
        return Path(override).expanduser().absolute()
    if platform == "win32":
        local = environment.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / FOLDER_NAME
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support" / FOLDER_NAME
    share = environment.get("XDG_DATA_HOME", "")
    # The specification tells to ignore a relative XDG_DATA_HOME.
    return (Path(share) if share.startswith("/") else Path.home() / ".local" / "share") / FOLDER_NAME
