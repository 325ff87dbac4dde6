#!/usr/bin/env python3
"""Everything one does with a checkout, with nothing but Python's standard library.

    python3 x.py run [ARGUMENT ...]     open the window (without a display: the cluster in the terminal)
    python3 x.py test [ARGUMENT ...]    run the tests (arguments go to pytest)
    python3 x.py check                  lint, format, types, layers, and the tests
    python3 x.py setup                  only prepare the environment
    python3 x.py lock                   choose newest versions and write requirements.lock anew

The environment is `.venv` in the checkout, filled from requirements.lock and marked with what it was filled from, so
that later calls start at once. Works on any Python from 3.11 on; older ones get a sentence.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin", "python.exe" if os.name == "nt" else "python")
LOCK = os.path.join(ROOT, "requirements.lock")
MARK = os.path.join(VENV, "filled-from.json")
OLDEST, NEWEST = (3, 11), (3, 14)
PYTHON_VERSION = "{}.{}".format(*sys.version_info[:2])
MADE = f"with Python {PYTHON_VERSION} in {ROOT}"
"""An environment made otherwise cannot be used: its packages lie elsewhere, its scripts point elsewhere."""

SECTIONS = {
    "run": ["--extra", "window", "--group", "build"],
    "test": ["--group", "test"],
    "check": ["--group", "check"],
}
"""Sections of the lock, each with what it adds to the one before, as options of `uv pip compile`."""

QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
"""Libraries that Qt needs on Linux, and the Debian packages that have them."""
FONT_PACKAGE = "fonts-dejavu-core"
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")


class Stop(Exception):
    """Nothing more can be done; the message is a sentence with its remedy."""


def main(arguments):
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    commands = {"run": run, "test": test, "check": check, "setup": setup, "lock": lock}
    if command in ("", "-h", "--help", "help"):
        print(__doc__.strip())
        return 0 if command else 2
    if command not in commands:
        raise Stop(f"x.py has no command {command!r}; it has {', '.join(commands)}.")
    if command != "lock":
        find_python(arguments)
    # Every broker is a process of its own: it must find compiled what an earlier one compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return commands[command](rest)


# Commands.


def run(arguments):
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    fill("run", needs_window=has_display())
    return become([VENV_PYTHON, "-P", "-m", "workbench", *arguments])


def test(arguments):
    fill("test", needs_window=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return become([VENV_PYTHON, "-m", "pytest", *arguments], folder=ROOT)


def check(arguments):
    known = {"--no-tests"}
    if not set(arguments) <= known:
        raise Stop("x.py check takes no arguments but --no-tests.")
    fill("check", needs_window=True)
    tools = os.path.dirname(VENV_PYTHON)
    steps = [
        ["lint", [os.path.join(tools, "ruff"), "check", "."]],
        ["format", [os.path.join(tools, "ruff"), "format", "--check", "."]],
        ["types", [VENV_PYTHON, "-m", "mypy"]],
        ["layers", [os.path.join(tools, "lint-imports")]],
    ]
    failed = []
    for name, step in steps:
        say(f"{name}: {' '.join([os.path.basename(step[0]), *step[1:]])}")
        if subprocess.call(step, cwd=ROOT):
            failed.append(name)
    if "--no-tests" not in arguments:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        if subprocess.call([VENV_PYTHON, "-m", "pytest"], cwd=ROOT):
            failed.append("tests")
    if failed:
        raise Stop(f"Not clean: {', '.join(failed)}.")
    return 0


def setup(arguments):
    """`--also PACKAGE ...` names further system packages to install where that is permitted."""
    if arguments and arguments[0] != "--also":
        raise Stop("x.py setup takes no arguments but --also PACKAGE ...")
    wanted = [package for package in arguments[1:] if not shutil.which(package)]
    if wanted and may_install_packages():
        install_packages(wanted)
    fill("check", needs_window=True)
    say("Ready: python3 x.py run")
    return 0


def lock(arguments):
    """Writes requirements.lock: hashes and versions, no addresses, each package in the first section that needs it."""
    uv = shutil.which("uv") or os.path.join(os.path.dirname(VENV_PYTHON), "uv")
    if not os.path.exists(uv):
        raise Stop("x.py lock needs uv. Install it with: .venv/bin/python -m pip install uv")
    options = ["--universal", "--python-version", "{}.{}".format(*OLDEST), "--generate-hashes"]
    options += ["--no-emit-index-url", "--no-header", "--no-annotate", "--quiet"]
    chosen, blocks, text = [], [], ""
    with tempfile.TemporaryDirectory() as folder:
        everything = [option for section in SECTIONS.values() for option in section]
        constraint = os.path.join(folder, "all.txt")
        compile_requirements(uv, options, everything, constraint)
        for name, section in SECTIONS.items():
            chosen += section
            part = os.path.join(folder, name + ".txt")
            compile_requirements(uv, [*options, "--constraint", constraint], chosen, part)
            new = [block for block in requirement_blocks(read(part)) if block not in blocks]
            blocks += new
            text += f"# [{name}]\n{''.join(new)}"
    if "://" in text:
        raise Stop("The lock would hold an address; it was not written.")
    with open(LOCK, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    say(f"requirements.lock holds {len(blocks)} packages.")
    return 0


def compile_requirements(uv, options, chosen, output):
    if subprocess.call(
        [uv, "pip", "compile", "pyproject.toml", *options, *chosen, "--output-file", output],
        stdout=subprocess.DEVNULL,
        cwd=ROOT,
    ):
        raise Stop("uv could not choose versions; what it says stands above.")


# The environment.


def find_python(arguments):
    """Goes on in a Python of a fitting version; another one on the path is taken where this one does not fit."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for minor in range(NEWEST[1] - 1, OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other:
            sys.exit(become([other, os.path.abspath(__file__), *arguments]))
    raise Stop(
        "The workbench needs Python {}.{} to {}.{}, and this is {}.{}. Install one, and call x.py with it.".format(
            *OLDEST, *NEWEST, *sys.version_info[:2]
        )
    )


def fill(section, needs_window):
    """Makes the environment hold everything up to `section` of the lock, where it does not yet."""
    sections = section_names_up_to(section)
    parts = read_sections()
    filled = read_mark()
    if all(filled.get(name) == digest(parts[name]) for name in sections) and filled.get("project") == project_digest():
        if os.path.exists(VENV_PYTHON):
            return
        filled = {}
    begun = time.monotonic()
    packages = missing_system_packages(needs_window)
    if packages:
        require_packages(packages, is_venv_missing="python3-venv" in packages, needs_window=section != "run")
    make_venv()
    text = "".join(parts[name] for name in sections if filled.get(name) != digest(parts[name]))
    if text:
        say("Installing the packages of requirements.lock into .venv (this happens once) ...")
        install_locked(text)
    if filled.get("project") != project_digest():
        say("Installing the workbench itself ...")
        pip_install(["--no-deps", "--no-build-isolation", "--quiet", "--editable", ROOT])
        # Every broker is a process of its own and would compile what no earlier one could write down.
        package = os.path.join(ROOT, "workbench")
        subprocess.call([VENV_PYTHON, "-m", "compileall", "-q", "-j", "0", package], stdout=subprocess.DEVNULL)
    filled.update({name: digest(parts[name]) for name in sections}, project=project_digest(), made=MADE)
    write_mark(filled)
    say(f"The environment is ready after {time.monotonic() - begun:.0f} s.")


def make_venv():
    probe = "import pip, sys; print('{}.{}'.format(*sys.version_info[:2]))"
    if os.path.exists(VENV_PYTHON):
        found = subprocess.run([VENV_PYTHON, "-c", probe], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if found.stdout.strip() == PYTHON_VERSION:
            return
    say("Making the environment .venv ...")
    command = [sys.executable, "-m", "venv", "--clear", VENV]
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode:
        raise Stop(f"The environment .venv could not be made: {sentence(last_line(made.stdout))}")


def install_locked(text):
    with tempfile.TemporaryDirectory() as folder:
        requirements = os.path.join(folder, "requirements.txt")
        with open(requirements, "w", encoding="utf-8") as file:
            file.write(text)
        pip_install(["--require-hashes", "--only-binary", ":all:", "--no-deps", "--requirement", requirements])


def pip_install(arguments):
    command = [VENV_PYTHON, "-m", "pip", "--disable-pip-version-check", "install", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    said = []
    on_terminal = sys.stdout.isatty()
    for line in process.stdout:
        line = line.rstrip()
        said.append(line)
        match = re.match(r"(Collecting|Installing collected packages|Successfully installed)\b:? ?(\S*)", line)
        if not match:
            continue
        if match.group(1) == "Collecting":
            news = f"  {match.group(2).split(';')[0]}"
        else:
            news = "  unpacking ..." if match.group(1).startswith("Inst") else "  done"
        print("\r\x1b[K" + news if on_terminal else news, end="" if on_terminal else "\n", flush=True)
    if on_terminal:
        print("\r\x1b[K", end="", flush=True)
    if process.wait() == 0:
        return
    with open(os.path.join(VENV, "pip-failed.log"), "w", encoding="utf-8") as file:
        file.write("\n".join(said) + "\n")
    problems = [line for line in said if line.startswith("ERROR")] or said[-1:]
    raise Stop(
        f"The packages could not be installed: {sentence(problems[0] if problems else 'pip said nothing')} Check the "
        "network connection and call x.py again; all that pip said stands in .venv/pip-failed.log."
    )


def section_names_up_to(section):
    names = list(SECTIONS)
    return names[: names.index(section) + 1]


def read_sections():
    if not os.path.exists(LOCK):
        raise Stop(
            "The file requirements.lock is missing; get the whole project again (git checkout requirements.lock)."
        )
    pieces = re.split(r"^# \[(\w+)\]\n", read(LOCK), flags=re.MULTILINE)
    parts = dict(zip(pieces[1::2], pieces[2::2]))
    if set(parts) != set(SECTIONS):
        raise Stop("The file requirements.lock is damaged; get it again (git checkout requirements.lock).")
    return parts


def requirement_blocks(text):
    """The requirements of a lock, each with the lines of its hashes."""
    return re.findall(r"^\S.*\n(?:[ \t]+.*\n)*", text, flags=re.MULTILINE)


def read_mark():
    """What the environment was filled from; nothing where it was made by another Python or for another folder."""
    try:
        mark = json.loads(read(MARK))
    except (OSError, ValueError):
        return {}
    return mark if isinstance(mark, dict) and mark.get("made") == MADE else {}


def write_mark(mark):
    with open(MARK, "w", encoding="utf-8") as file:
        json.dump(mark, file, indent=2, sort_keys=True)


def digest(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def project_digest():
    return digest(read(os.path.join(ROOT, "pyproject.toml")))


# What the system has to have.


def has_display():
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def missing_system_packages(needs_window):
    packages = []
    if not os.path.exists(VENV_PYTHON):
        try:
            import ensurepip  # noqa: F401
            import venv  # noqa: F401
        except ImportError:
            packages.append("python3-venv")
    if needs_window and sys.platform.startswith("linux"):
        import ctypes

        # Tests draw into memory; only a real window needs what X11 does.
        for library, package in {**QT_LIBRARIES, **(X11_LIBRARIES if has_display() else {})}.items():
            try:
                ctypes.CDLL(library)
            except OSError:
                packages.append(package)
        if not has_font():
            packages.append(FONT_PACKAGE)
    return packages


def has_font():
    for folder in FONT_FOLDERS:
        for _, _, files in os.walk(os.path.expanduser(folder)):
            if any(name.lower().endswith((".ttf", ".otf", ".ttc", ".pfb")) for name in files):
                return True
    return False


def may_install_packages():
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def require_packages(packages, is_venv_missing, needs_window):
    if may_install_packages():
        install_packages(packages)
        return
    if shutil.which("apt-get"):
        remedy = f"Install with: sudo apt-get install -y {' '.join(packages)}"
    else:
        remedy = f"Install what your system calls these Debian packages: {' '.join(packages)}"
    lacking = f"The system lacks {' and '.join(list_of(packages))}"
    if is_venv_missing or needs_window:
        raise Stop(f"{lacking}. {remedy} (as an administrator), then call x.py again.")
    say(f"{lacking}, so no window can open. {remedy}")


def list_of(packages):
    return [", ".join(packages[:-1]), packages[-1]] if len(packages) > 1 else packages


def install_packages(packages):
    say(f"Installing system packages: {' '.join(packages)} ...")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    said = ""
    for command in (["apt-get", "update"], install):
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        said = done.stdout
    if done.returncode:
        problems = [line for line in said.splitlines() if line.startswith("E:")] or [last_line(said)]
        raise Stop(f"The system packages could not be installed: {sentence(problems[0])} Try: {' '.join(install)}")


# Small things.


def become(command, folder=None):
    """Goes on as another program, which takes this one's place where the system permits that."""
    if folder:
        os.chdir(folder)
    if os.name == "nt":
        return subprocess.call(command)
    sys.stdout.flush()
    return os.execv(command[0], command)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def sentence(text):
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else text + "."


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        sys.exit(f"x.py: {stop}")
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"x.py: {error}.")
