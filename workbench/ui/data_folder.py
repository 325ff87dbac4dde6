"""Which folder holds everything: the platform's, unless a pointer file in it names another."""

from __future__ import annotations

from pathlib import Path

POINTER_NAME = "data-folder.txt"


def chosen_data_dir(platform_dir: Path) -> Path:
    """The folder that the pointer in the platform's folder names, else the platform's folder itself."""
    try:
        text = (platform_dir / POINTER_NAME).read_text(encoding="utf-8").strip()
    except OSError:
        return platform_dir
    chosen = Path(text)
    return chosen if text and chosen.is_absolute() else platform_dir


def choose_data_dir(platform_dir: Path, chosen: Path) -> None:
    """Writes the pointer; takes effect at the next start. OSError where the folder cannot be written."""
    platform_dir.mkdir(parents=True, exist_ok=True)
    pointer = platform_dir / POINTER_NAME
    if chosen == platform_dir:
        pointer.unlink(missing_ok=True)
    else:
        chosen.mkdir(parents=True, exist_ok=True)
        pointer.write_text(f"{chosen}\n", encoding="utf-8")
