"""A write before it is done: what changes, what it touches, the same by hand, and how to do it.

A plan is a value; only `apply` touches the cluster, and only the plan dialog calls it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from workbench.cluster.progress import Progress
from workbench.system.quick_dataclass import dataclass

Work = Callable[[], Awaitable[object]]
JobWork = Callable[[Progress], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Plan:
    """One write. `difference` lines begin with "+ " (added), "- " (removed) or two spaces.

    `check` asks the cluster whether it would accept (validate only); it raises `ClientError` if not. `undo` says
    how to take it back, or why that is impossible; `undo_work` does it. What takes long is a `job` instead of `apply`:
    it goes on in the list of jobs, with its progress, and the window stays usable. What concerns the files of an
    embedded cluster does not need it to run.
    """

    title: str
    summary: str
    difference: tuple[str, ...]
    touches: tuple[tuple[str, str], ...]
    shell: str
    python: str
    apply: Work | None
    apply_label: str
    done: str
    destructive: bool = False
    warning: str = ""
    undo: str = ""
    undo_work: Work | None = None
    check: Work | None = None
    job: JobWork | None = None
    needs_running: bool = True


def shell_command(tool: str, bootstrap: str, *options: str) -> str:
    """`kafka-topics.sh --bootstrap-server ... \\` with one option group to a line."""
    lines = [tool, f"--bootstrap-server {bootstrap}", *options]
    return " \\\n  ".join(lines)


def shell_word(text: str) -> str:
    """A word as a POSIX shell takes it, quoted only where needed."""
    plain = text and all(letter.isalnum() or letter in "._-/=:,@%+" for letter in text)
    return text if plain else "'" + text.replace("'", "'\\''") + "'"
