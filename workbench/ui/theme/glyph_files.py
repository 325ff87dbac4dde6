"""Two tiny SVG files that the style sheet needs by path: the arrow of a combo box and the tick of a check box.

Qt style sheets take pictures only from files, and their colour must follow the theme; so they are written once
a colour into a temporary directory that goes with the process.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

_ARROW = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="6" viewBox="0 0 9 6">'
    '<path d="M1 1l3.5 3.5L8 1" fill="none" stroke="{color}" stroke-width="1.2"/></svg>'
)
_TICK = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="12" height="12" viewBox="0 0 12 12">'
    '<path d="M2.5 6.3l2.4 2.4 4.6-5" fill="none" stroke="{color}" stroke-width="1.5"/></svg>'
)


@cache
def _directory() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="workbench-glyphs-")


@cache
def _written(name: str, svg: str) -> str:
    path = Path(_directory().name) / name
    path.write_text(svg, encoding="utf-8")
    return path.as_posix()


def arrow_file(color: str) -> str:
    """Path of a downward arrow in `#RRGGBB`."""
    return _written(f"arrow-{color[1:]}.svg", _ARROW.format(color=color))


def tick_file(color: str) -> str:
    """Path of a tick in `#RRGGBB`."""
    return _written(f"tick-{color[1:]}.svg", _TICK.format(color=color))
