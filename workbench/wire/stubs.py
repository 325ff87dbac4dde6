"""Writes `messages.pyi` from the schemas: `python -m workbench.wire.stubs`."""

from __future__ import annotations

from pathlib import Path

from workbench.wire.schema import FieldSchema, MessageSchema, StructSchema, message_blocks, schema_of

_TYPES = {"bool": "bool", "string": "str", "float64": "float", "uuid": "bytes", "bytes": "bytes", "records": "Records"}

_HEAD = """\
# Written by `python -m workbench.wire.stubs` from the schemas; a test holds the two together.
from typing import Self, TypeAlias

from workbench.wire.compiler import Message, Structure
from workbench.wire.varints import Buffer

Records: TypeAlias = bytes | bytearray | memoryview | None
"""


def _type_of(field: FieldSchema, message: MessageSchema) -> str:
    if field.type[0].isupper():
        element = f"{message.name}.{field.type}"
    else:
        element = _TYPES.get(field.type, "int")
    shown = f"list[{element}]" if field.is_array else element
    nullable = field.nullable.lowest <= field.nullable.highest or field.default == "null"
    return f"{shown} | None" if nullable and field.type != "records" else shown


def _class_lines(body: StructSchema, base: str, message: MessageSchema, pad: str) -> list[str]:
    lines = [f"{pad}class {body.name}({base}):"]
    if base == "Message":
        for inner in message.structs.values():
            lines += _class_lines(inner, "Structure", message, pad + "    ")
    typed = [(field.name, _type_of(field, message)) for field in body.fields]
    lines += [f"{pad}    {name}: {kind}" for name, kind in typed]
    arguments = "".join(f", {name}: {kind} = ..." for name, kind in typed)
    star = ", *" if typed else ""
    lines.append(f"{pad}    def __init__(self{star}{arguments}) -> None: ...")
    if base == "Message":
        lines.append(f"{pad}    @classmethod")
        lines.append(
            f"{pad}    def decode(cls, buffer: Buffer, version: int, offset: int = 0) -> tuple[Self, int]: ..."
        )
    return lines


def stub_text() -> str:
    """The whole stub file."""
    lines = [_HEAD]
    for name in sorted(message_blocks()):
        schema = schema_of(name)
        lines += [*_class_lines(schema.body, "Message", schema, ""), ""]
    return "\n".join(lines)


def main() -> None:
    Path(__file__).with_name("messages.pyi").write_text(stub_text(), "utf-8")


if __name__ == "__main__":
    main()
