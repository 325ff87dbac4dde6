"""Modules that have no mirror test yet: a list that may only shrink.

    python tests/architecture/untested_modules.py        takes out of the list what has a test by now

A module has its mirror test in `tests/unit`, at the module's own place and under its name, or, for a package of thin
modules, a test of the package's name beside or in the mirrored folder, which then names the module.
"""

from __future__ import annotations

import ast
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "workbench"
UNIT = PROJECT / "tests" / "unit"
LIST = Path(__file__).with_name("untested_modules.txt")


def modules_without_test() -> set[str]:
    """Modules with code of their own and no mirror test, relative to the package."""
    texts = {path: path.read_text() for path in UNIT.rglob("test_*.py")}
    return {str(relative) for relative in _modules() if not _is_tested(relative, texts)}


def listed() -> set[str]:
    """What the list holds."""
    return set(LIST.read_text().split())


def _modules() -> list[Path]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        body = ast.parse(path.read_text()).body
        has_code = any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for node in body)
        if has_code and path.name != "__main__.py":
            relative = path.relative_to(PACKAGE)
            found.append(relative.parent.with_suffix(".py") if path.name == "__init__.py" else relative)
    return found


def _is_tested(relative: Path, texts: dict[Path, str]) -> bool:
    name = f"test_{relative.name}"
    if UNIT / relative.parent / name in texts or UNIT / relative.with_suffix("") / name in texts:
        return True
    folder = UNIT / relative.parent
    shared = (folder / f"test_{folder.name}.py", folder.with_name(f"test_{folder.name}.py"))
    dotted = ".".join(("workbench", *relative.with_suffix("").parts))
    return any(dotted in texts[path] for path in shared if path in texts)


if __name__ == "__main__":
    remaining = sorted(listed() & modules_without_test()) if LIST.exists() else sorted(modules_without_test())
    LIST.write_text("".join(f"{name}\n" for name in remaining))
    print(f"{len(remaining)} modules are without a test of their own.")
