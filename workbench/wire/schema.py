"""Reads the notation in which the messages of the protocol are written down.

One block a message, fields in wire order, two spaces of indentation a level:

    message NAME KIND [key=N] versions=A-B flexible=C+|none [listeners=broker,controller] [unstable]
      struct NAME VERSIONS              a structure that several fields use
        ...
      name type VERSIONS [nullable=VERSIONS] [tag=N:VERSIONS] [default=VALUE] [ignorable] [flexible=none]

Types are bool, int8, int16, uint16, int32, uint32, int64, float64, string, uuid, bytes, records, the name of a
structure, or `[]` before any of them. A field whose type is a structure that was not declared above it is followed
by that structure's fields. `ignorable` means that a version without the field may silently drop it.
"""

from __future__ import annotations

from dataclasses import field
from functools import cache
from pkgutil import get_data

from workbench.system.quick_dataclass import dataclass

ALWAYS = 32767

SCHEMA_FILES = ("headers", "client", "cluster", "control", "metadata", "group", "share", "transaction")


@dataclass(frozen=True, slots=True)
class VersionRange:
    """Inclusive; `lowest > highest` means no version at all."""

    lowest: int
    highest: int

    @staticmethod
    @cache
    def parse(text: str) -> VersionRange:
        if text == "none":
            return VersionRange(1, 0)
        if text.endswith("+"):
            return VersionRange(int(text[:-1]), ALWAYS)
        low, _, high = text.partition("-")
        return VersionRange(int(low), int(high or low))

    def __contains__(self, version: int) -> bool:
        return self.lowest <= version <= self.highest


NEVER = VersionRange(1, 0)


@dataclass(frozen=True, slots=True)
class FieldSchema:
    name: str
    type: str
    """Element type for arrays."""
    is_array: bool
    versions: VersionRange
    nullable: VersionRange
    tag: int | None
    tagged: VersionRange
    default: str | None
    ignorable: bool
    never_flexible: bool


@dataclass(frozen=True, slots=True)
class StructSchema:
    name: str
    fields: tuple[FieldSchema, ...]


@dataclass(frozen=True, slots=True)
class MessageSchema:
    name: str
    kind: str
    key: int
    """Api key, record type, or -1."""
    versions: VersionRange
    flexible: VersionRange
    listeners: tuple[str, ...]
    body: StructSchema
    structs: dict[str, StructSchema]


@dataclass(slots=True)
class _Open:
    """A structure whose fields are still being read."""

    indent: int
    name: str
    fields: list[FieldSchema] = field(default_factory=list)


@cache
def _parse_field(line: str) -> FieldSchema:
    """Many messages have fields that are written alike."""
    name, type_name, versions, *options = line.split()
    nullable, tag, tagged = NEVER, None, NEVER
    default: str | None = None
    for option in options:
        key, _, value = option.partition("=")
        if key == "nullable":
            nullable = VersionRange.parse(value)
        elif key == "tag":
            number, _, span = value.partition(":")
            tag, tagged = int(number), VersionRange.parse(span)
        elif key == "default":
            default = value
    return FieldSchema(
        name=name,
        type=type_name.removeprefix("[]"),
        is_array=type_name.startswith("[]"),
        versions=VersionRange.parse(versions),
        nullable=nullable,
        tag=tag,
        tagged=tagged,
        default=default,
        ignorable="ignorable" in options,
        never_flexible="flexible=none" in options,
    )


def parse_message(text: str) -> MessageSchema:
    """The schema of one block."""
    lines = [line for line in text.splitlines() if line.strip()]
    _, name, kind, *options = lines[0].split()
    settings = dict(option.partition("=")[::2] for option in options)
    structs: dict[str, StructSchema] = {}
    root = _Open(0, name)
    stack = [root]

    def close(until_indent: int) -> None:
        while stack[-1].indent >= until_indent and len(stack) > 1:
            done = stack.pop()
            structs[done.name] = StructSchema(done.name, tuple(done.fields))

    for line in lines[1:]:
        indent = len(line) - len(line.lstrip())
        text = line[indent:]
        close(indent)
        if text.startswith("struct "):
            stack.append(_Open(indent, text.split()[1]))
            continue
        parsed = _parse_field(text)
        stack[-1].fields.append(parsed)
        if parsed.type[0].isupper() and parsed.type not in structs:
            stack.append(_Open(indent, parsed.type))
    close(1)
    return MessageSchema(
        name=name,
        kind=kind,
        key=int(settings.get("key", "-1")),
        versions=VersionRange.parse(settings["versions"]),
        flexible=VersionRange.parse(settings["flexible"]),
        listeners=tuple(settings["listeners"].split(",")) if "listeners" in settings else (),
        body=StructSchema(name, tuple(root.fields)),
        structs=structs,
    )


@cache
def message_blocks() -> dict[str, str]:
    """Text of every message's block by its name; cutting blocks is cheap, parsing them is left to who needs one."""
    blocks: dict[str, str] = {}
    for file_name in SCHEMA_FILES:
        text = (get_data("workbench.wire", f"schemas/{file_name}.schema") or b"").decode("ascii")
        for block in ("\n" + text).split("\nmessage ")[1:]:
            blocks[block[: block.index(" ")]] = "message " + block
    return blocks


def schema_of(name: str) -> MessageSchema:
    """Raises KeyError for a name that is no message."""
    return parse_message(message_blocks()[name])
