"""`server.properties`: read and written as Java's `java.util.Properties` does.

The reader follows the format of `Properties.load`: ISO-8859-1 with `\\uXXXX`, comments from `#` or `!`, `=`, `:` or
white space between key and value, a backslash for continuation and escapes, the last of several equal keys counts.
Kafka trims values where it parses them, not here.

Invariants: `parse(render(entries)) == entries` for any text; changing one key leaves every other line as it was.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from workbench.system.known_error import KnownError
from workbench.system.quick_dataclass import dataclass

_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_ESCAPED = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f"}
_BLANK = " \t\f"
_NATURAL_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


class PropertiesError(KnownError):
    """The text is not a properties file; the sentence names the line, and the file where it comes from one."""


@dataclass(slots=True)
class _Entry:
    """A logical line: `text` as it stands in the file, `key` None for comments and empty lines."""

    text: str
    key: str | None = None
    value: str = ""


class PropertiesFile:
    """The lines of one properties file."""

    def __init__(self, entries: list[_Entry]) -> None:
        self._entries = entries

    @classmethod
    def parse(cls, text: str) -> PropertiesFile:
        """Raises PropertiesError for a broken `\\u` escape, as Java does."""
        return cls(list(_entries(text)))

    @classmethod
    def read(cls, path: Path) -> PropertiesFile:
        """Reads a file; OSError where it cannot be read, PropertiesError where it is not well formed."""
        try:
            return cls.parse(path.read_bytes().decode("iso-8859-1"))
        except PropertiesError as error:
            raise PropertiesError(f"{path} is not a properties file: {error.sentence}", "Correct that line.") from error

    @classmethod
    def with_heading(cls, lines: Iterable[str]) -> PropertiesFile:
        """An empty file that begins with comments."""
        return cls([_Entry(f"# {_ascii(line)}\n") for line in lines])

    def values(self) -> dict[str, str]:
        """Every key with its value, in the file's order; the last of several equal keys counts."""
        found: dict[str, str] = {}
        for entry in self._entries:
            if entry.key is not None:
                found[entry.key] = entry.value
        return found

    def set(self, key: str, value: str) -> None:
        """Puts `key` at its old place, or at the end; further lines with the same key go."""
        existing = [entry for entry in self._entries if entry.key == key]
        if existing and existing[-1].value == value and len(existing) == 1:
            return
        line = _Entry(f"{_escape(key, is_key=True)}={_escape(value, is_key=False)}\n", key, value)
        if not existing:
            self._end_last_line()
            self._entries.append(line)
            return
        position = self._entries.index(existing[0])
        self._entries[position] = line
        self._entries = [entry for entry in self._entries if entry.key != key or entry is line]

    def _end_last_line(self) -> None:
        if not self._entries:
            return
        last = self._entries[-1]
        if not last.text.endswith(("\n", "\r")):
            last.text += "\n"
        if last.key is not None and _is_continued(last.text.rstrip("\r\n")):
            # The file ended inside a continued line, which would take the next one in: an empty line ends it.
            last.text += "\n\n" if last.text.endswith("\r") else "\n"

    def remove(self, key: str) -> None:
        """Takes the key's lines out."""
        self._entries = [entry for entry in self._entries if entry.key != key]

    def render(self) -> str:
        """The file's text."""
        return "".join(entry.text for entry in self._entries)

    def write(self, path: Path) -> None:
        """Replaces the file so that a crash leaves either the old one or the new one."""
        temporary = path.with_name(path.name + ".tmp")
        with temporary.open("wb") as file:
            file.write(self.render().encode("iso-8859-1"))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def read_properties(path: Path) -> dict[str, str]:
    """The keys and values of a properties file. Raises OSError, PropertiesError."""
    return PropertiesFile.read(path).values()


def given_properties(path: Path) -> dict[str, str]:
    """Those of a file that a person named. Raises KnownError where it is missing, unreadable or not well formed."""
    try:
        return read_properties(path)
    except FileNotFoundError:
        raise KnownError(f"There is no file {path}.", "Give the path of a server.properties.") from None
    except OSError as error:
        raise KnownError(f"{path} cannot be read: {error.strerror or error}.") from error


def _entries(text: str) -> Iterable[_Entry]:
    line_number = 1
    lines = [line for line in _NATURAL_LINE.findall(text) if line]
    position = 0
    while position < len(lines):
        raw = lines[position]
        position += 1
        first_line = line_number
        line_number += 1
        content = raw.rstrip("\r\n").lstrip(_BLANK)
        if not content or content[0] in "#!":
            yield _Entry(raw)
            continue
        logical = content
        while _is_continued(logical):
            logical = logical[:-1]
            if position >= len(lines):
                break
            raw += lines[position]
            logical += lines[position].rstrip("\r\n").lstrip(_BLANK)
            position += 1
            line_number += 1
        key, value = _split(logical, first_line)
        yield _Entry(raw, key, value)


def _is_continued(line: str) -> bool:
    backslashes = len(line) - len(line.rstrip("\\"))
    return backslashes % 2 == 1


def _split(line: str, line_number: int) -> tuple[str, str]:
    position = 0
    while position < len(line) and line[position] not in "=: \t\f":
        position += 2 if line[position] == "\\" else 1
    position = min(position, len(line))
    key, rest = line[:position], line[position:].lstrip(_BLANK)
    if rest and rest[0] in "=:":
        rest = rest[1:].lstrip(_BLANK)
    return _unescape(key, line_number), _unescape(rest, line_number)


def _unescape(text: str, line_number: int) -> str:
    if "\\" not in text:
        return text
    units: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if character != "\\" or position >= len(text):
            if character != "\\":
                units.append(character)
            continue
        escaped = text[position]
        position += 1
        if escaped != "u":
            units.append(_ESCAPES.get(escaped, escaped))
            continue
        digits = text[position : position + 4]
        if not re.fullmatch(r"[0-9A-Fa-f]{4}", digits):
            raise PropertiesError(f"Line {line_number} has a malformed \\u escape.")
        units.append(chr(int(digits, 16)))
        position += 4
    # Java's characters are UTF-16 units: pairs of surrogates are one character here.
    return "".join(units).encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _escape(text: str, *, is_key: bool) -> str:
    parts: list[str] = []
    for index, character in enumerate(text):
        if character in _ESCAPED:
            parts.append(_ESCAPED[character])
        elif character == " " and (is_key or index == 0):
            parts.append("\\ ")
        elif character in "=:#!" and (is_key or index == 0):
            parts.append("\\" + character)
        else:
            parts.append(_ascii(character))
    return "".join(parts)


def _ascii(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(
        character if " " <= (character := chr(int.from_bytes(units[i : i + 2]))) <= "~" else f"\\u{ord(character):04X}"
        for i in range(0, len(units), 2)
    )
