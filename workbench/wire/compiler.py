"""Turns a message schema into Python classes whose encoders and decoders are generated source, one pair a version.

Generated code is what makes the codec quick: runs of fixed-size fields become one `struct` call, versions are
resolved before any byte is seen. Decoders never read past the end of their buffer and refuse nulls and lengths that
the schema does not allow; whatever goes wrong in them leaves `decode` as a WireError.

Bytes of a string that are not UTF-8 become replacement characters, as in Java.
A decoded message owns its strings and `bytes` fields; `records` fields stay views of the buffer that was decoded.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, ClassVar

from workbench.wire.errors import UnsupportedFieldError, UnsupportedVersionError, WireError
from workbench.wire.schema import FieldSchema, MessageSchema, StructSchema
from workbench.wire.varints import Buffer, append_unsigned_varint, unsigned_varint_rest

_FIXED = {
    "bool": "?",
    "int8": "b",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "float64": "d",
    "uuid": "16s",
}

_MISSING: Any = object()


class Structure:
    """A part of a message: slots for its fields, equality by value."""

    __slots__ = ()
    _FIELDS: ClassVar[tuple[str, ...]] = ()

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self._FIELDS)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._FIELDS)
        return f"{type(self).__name__}({shown})"


class Message(Structure):
    """A whole message; `encode` and `decode` take the version."""

    __slots__ = ()
    NAME: ClassVar[str]
    API_KEY: ClassVar[int]
    """Api key of a request or response, type of a record, -1 for the rest."""
    VERSIONS: ClassVar[tuple[int, int]]
    FLEXIBLE: ClassVar[int | None]
    """First version with compact lengths and tagged fields (KIP-482)."""
    LISTENERS: ClassVar[tuple[str, ...]]
    _compiler: ClassVar[_MessageCompiler]
    _encoders: ClassVar[dict[int, Callable[[Any, bytearray], None]]]
    _decoders: ClassVar[dict[int, Callable[[Buffer, int], tuple[Any, int]]]]

    def encode(self, version: int) -> bytes:
        """Raises UnsupportedFieldError, UnsupportedVersionError, and struct.error for values out of range."""
        out = bytearray()
        self.encode_into(out, version)
        return bytes(out)

    def encode_into(self, out: bytearray, version: int) -> None:
        """Appends the message to `out`."""
        encoder = self._encoders.get(version)
        if encoder is None:
            encoder = self._compiler.encoder(version)
        encoder(self, out)

    @classmethod
    def decode(cls, buffer: Buffer, version: int, offset: int = 0) -> tuple[Any, int]:
        """The message that begins at `offset`, and where it ends. Raises WireError, UnsupportedVersionError."""
        decoder = cls._decoders.get(version)
        if decoder is None:
            decoder = cls._compiler.decoder(version)
        try:
            return decoder(buffer, offset)
        except (IndexError, struct.error) as error:
            raise WireError(f"{cls.NAME} version {version} is cut short") from error
        except RecursionError as error:
            raise WireError(f"{cls.NAME} version {version}: {error}") from error


def _default_source(field: FieldSchema) -> str:
    """Source of the default of an immutable field."""
    default = field.default
    if default == "null":
        return "None"
    if field.type == "bool":
        return "True" if default == "true" else "False"
    if field.type in ("string",):
        return repr(default or "")
    if field.type == "bytes":
        return "b''"
    if field.type == "records":
        return "None"
    if field.type == "uuid":
        return repr(bytes(16))
    if field.type == "float64":
        return repr(float(default or 0))
    return repr(int(default or "0", 0))


def _is_mutable(field: FieldSchema) -> bool:
    return field.default != "null" and (field.is_array or field.type[0].isupper())


class _MessageCompiler:
    """Makes the classes of one message at once and its codecs when a version is first used."""

    def __init__(self, schema: MessageSchema) -> None:
        self.schema = schema
        self.structs: dict[str, StructSchema] = schema.structs
        self._namespace: dict[str, Any] = {
            "_uvarint_rest": unsigned_varint_rest,
            "_put_uvarint": append_unsigned_varint,
            "WireError": WireError,
            "UnsupportedFieldError": UnsupportedFieldError,
            "_unpack_from": struct.unpack_from,
            "_pack": struct.pack,
            "_MISSING": _MISSING,
            "_h": struct.Struct(">h"),
            "_i": struct.Struct(">i"),
        }
        self._structs_used: dict[str, str] = {}
        self.message_class: type[Message] = self._make_class(schema.body, Message)
        for name, body in schema.structs.items():
            setattr(self.message_class, name, self._make_class(body, Structure))
        self.message_class.NAME = schema.name
        self.message_class.API_KEY = schema.key
        self.message_class.VERSIONS = (schema.versions.lowest, schema.versions.highest)
        flexible = schema.flexible
        self.message_class.FLEXIBLE = None if flexible.lowest > flexible.highest else flexible.lowest
        self.message_class.LISTENERS = schema.listeners
        self.message_class._compiler = self
        self.message_class._encoders = {}
        self.message_class._decoders = {}

    # Classes

    def _make_class(self, body: StructSchema, base: type[Any]) -> Any:
        names = tuple(field.name for field in body.fields)
        made: Any = type(body.name, (base,), {"__slots__": names, "_FIELDS": names})
        made.__module__ = "workbench.wire.messages"
        self._namespace[f"C_{body.name}"] = made
        self._namespace[f"new_{body.name}"] = made.__new__

        def make_init(self: Any, **values: Any) -> None:
            # Most programs make only a few of the messages that they name, so this is compiled at the first one.
            made.__init__ = self_compiler._init_of(body)
            made.__init__(self, **values)

        self_compiler = self
        made.__init__ = make_init
        return made

    def _init_of(self, body: StructSchema) -> Any:
        arguments, lines = [], []
        for field in body.fields:
            if _is_mutable(field):
                arguments.append(f"{field.name}=_MISSING")
                fresh = self._fresh_source(field)
                lines.append(f"    self.{field.name} = {fresh} if {field.name} is _MISSING else {field.name}")
            else:
                arguments.append(f"{field.name}={_default_source(field)}")
                lines.append(f"    self.{field.name} = {field.name}")
        head = f"def __init__(self{', *, ' if arguments else ''}{', '.join(arguments)}):"
        self._run("\n".join([head, *(lines or ["    pass"])]))
        return self._namespace.pop("__init__")

    def _fresh_source(self, field: FieldSchema) -> str:
        return "[]" if field.is_array else f"C_{field.type}()"

    def _initial_source(self, field: FieldSchema) -> str:
        return self._fresh_source(field) if _is_mutable(field) else _default_source(field)

    def _run(self, source: str) -> None:
        exec(compile(source, f"<{self.schema.name}>", "exec"), self._namespace)

    def _fixed(self, letters: str) -> str:
        """Name of the Struct for these format letters."""
        format_text = ">" + letters
        name = self._structs_used.get(format_text)
        if name is None:
            name = f"_s{len(self._structs_used)}"
            self._structs_used[format_text] = name
            self._namespace[name] = struct.Struct(format_text)
        return name

    def _check_version(self, version: int) -> None:
        if version not in self.schema.versions:
            raise UnsupportedVersionError(f"{self.schema.name} has no version {version}")

    # Encoding

    def encoder(self, version: int) -> Callable[[Any, bytearray], None]:
        self._check_version(version)
        function = self._encoder_name(self.schema.body, version)
        made: Callable[[Any, bytearray], None] = self._namespace[function]
        self.message_class._encoders[version] = made
        return made

    def _encoder_name(self, body: StructSchema, version: int) -> str:
        name = f"encode_{body.name}_{version}"
        if name not in self._namespace:
            self._namespace[name] = None
            self._run("\n".join([f"def {name}(o, out):", *self._encoder_lines(body, version)]))
        return name

    def _encoder_lines(self, body: StructSchema, version: int) -> list[str]:
        flexible = version in self.schema.flexible
        lines: list[str] = []
        run: list[FieldSchema] = []

        def end_run() -> None:
            if run:
                values = ", ".join(f"o.{field.name}" for field in run)
                lines.append(f"    out += {self._fixed(''.join(_FIXED[field.type] for field in run))}.pack({values})")
                run.clear()

        tagged: list[FieldSchema] = []
        for field in body.fields:
            if version not in field.versions:
                if not field.ignorable:
                    default = self._initial_source(field)
                    lines.append(f"    if o.{field.name} != {default}:")
                    what = f"{body.name}.{field.name} cannot be sent in version {version}"
                    lines.append(f"        raise UnsupportedFieldError({what!r})")
                continue
            if version in field.tagged:
                tagged.append(field)
            elif field.type in _FIXED and not field.is_array:
                run.append(field)
            else:
                end_run()
                lines.append(f"    v = o.{field.name}")
                lines += self._encode_value(field, version, flexible and not field.never_flexible, 1)
        end_run()
        if flexible:
            lines += self._encode_tags(tagged, version)
        return lines or ["    pass"]

    def _encode_tags(self, tagged: list[FieldSchema], version: int) -> list[str]:
        if not tagged:
            return ["    out.append(0)"]
        lines = ["    tags = []"]
        for field in sorted(tagged, key=lambda item: item.tag or 0):
            lines.append(f"    v = o.{field.name}")
            # Of a structure Kafka leaves out the empty one, not null.
            is_struct = field.type[0].isupper() and not field.is_array
            lines.append(f"    if v != {self._fresh_source(field) if is_struct else self._initial_source(field)}:")
            lines.append("        outer, out = out, bytearray()")
            if field.type in _FIXED and not field.is_array:
                lines.append(f"        out += {self._fixed(_FIXED[field.type])}.pack(v)")
            else:
                lines += self._encode_value(field, version, True, 2, null_struct=0)
            lines.append(f"        tags.append(({field.tag}, out))")
            lines.append("        out = outer")
        lines += [
            "    _put_uvarint(out, len(tags))",
            "    for tag, body in tags:",
            "        _put_uvarint(out, tag)",
            "        _put_uvarint(out, len(body))",
            "        out += body",
        ]
        return lines

    def _encode_value(
        self, field: FieldSchema, version: int, flexible: bool, depth: int, null_struct: int = 255
    ) -> list[str]:
        """Lines that append the non-fixed value `v` of a field to `out`."""
        pad = "    " * depth
        nullable = version in field.nullable
        is_struct = field.type[0].isupper()
        if not field.is_array and is_struct:
            call = f"{self._encoder_name(self.structs[field.type], version)}(v, out)"
            if not nullable:
                return [f"{pad}{call}"]
            return [
                f"{pad}if v is None:",
                f"{pad}    out.append({null_struct})",
                f"{pad}else:",
                f"{pad}    out.append(1)",
                f"{pad}    {call}",
            ]
        lines = [f"{pad}if v is None:"]
        if not nullable:
            lines.append(f"{pad}    raise UnsupportedFieldError('{field.name} may not be null in version {version}')")
        elif flexible:
            lines.append(f"{pad}    out.append(0)")
        else:
            narrow = field.type == "string" and not field.is_array
            lines.append(f"{pad}    out += {'_h' if narrow else '_i'}.pack(-1)")
        lines.append(f"{pad}else:")
        pad += "    "
        if not field.is_array and field.type == "string":
            lines.append(f"{pad}v = v.encode()")
            if flexible:
                lines.append(f"{pad}_put_uvarint(out, len(v) + 1)")
            else:
                lines.append(f"{pad}out += _h.pack(len(v))")
            lines.append(f"{pad}out += v")
            return lines
        size = f"{pad}_put_uvarint(out, len(v) + 1)" if flexible else f"{pad}out += _i.pack(len(v))"
        lines.append(size)
        if not field.is_array:
            lines.append(f"{pad}out += v")
        elif is_struct:
            lines.append(f"{pad}for e in v:")
            lines.append(f"{pad}    {self._encoder_name(self.structs[field.type], version)}(e, out)")
        elif field.type == "string":
            lines.append(f"{pad}for e in v:")
            lines.append(f"{pad}    e = e.encode()")
            lines.append(f"{pad}    " + ("_put_uvarint(out, len(e) + 1)" if flexible else "out += _h.pack(len(e))"))
            lines.append(f"{pad}    out += e")
        elif field.type == "uuid":
            lines.append(f"{pad}out += b''.join(v)")
        else:
            lines.append(f"{pad}out += _pack(f'>{{len(v)}}{_FIXED[field.type]}', *v)")
        return lines

    # Decoding

    def decoder(self, version: int) -> Callable[[Buffer, int], tuple[Any, int]]:
        self._check_version(version)
        function = self._decoder_name(self.schema.body, version)
        made: Callable[[Buffer, int], tuple[Any, int]] = self._namespace[function]
        self.message_class._decoders[version] = made
        return made

    def _decoder_name(self, body: StructSchema, version: int) -> str:
        name = f"decode_{body.name}_{version}"
        if name not in self._namespace:
            self._namespace[name] = None
            self._run("\n".join([f"def {name}(buf, pos):", *self._decoder_lines(body, version)]))
        return name

    def _decoder_lines(self, body: StructSchema, version: int) -> list[str]:
        flexible = version in self.schema.flexible
        lines = [f"    o = new_{body.name}(C_{body.name})"]
        run: list[FieldSchema] = []

        def end_run() -> None:
            if run:
                layout = self._fixed("".join(_FIXED[field.type] for field in run))
                targets = ", ".join(f"o.{field.name}" for field in run)
                lines.append(f"    {targets}{',' if len(run) == 1 else ''} = {layout}.unpack_from(buf, pos)")
                lines.append(f"    pos += {self._namespace[layout].size}")
                run.clear()

        tagged: list[FieldSchema] = []
        for field in body.fields:
            if version not in field.versions:
                lines.append(f"    o.{field.name} = {self._initial_source(field)}")
            elif version in field.tagged:
                lines.append(f"    o.{field.name} = {self._initial_source(field)}")
                tagged.append(field)
            elif field.type in _FIXED and not field.is_array:
                run.append(field)
            else:
                end_run()
                lines += self._decode_value(field, version, flexible and not field.never_flexible, 1)
                lines.append(f"    o.{field.name} = v")
        end_run()
        if flexible:
            lines += self._decode_tags(tagged, version)
        lines.append("    return o, pos")
        return lines

    def _read_uvarint(self, target: str, pad: str) -> list[str]:
        return [
            f"{pad}{target} = buf[pos]; pos += 1",
            f"{pad}if {target} > 127: {target}, pos = _uvarint_rest(buf, pos, {target})",
        ]

    def _decode_tags(self, tagged: list[FieldSchema], version: int) -> list[str]:
        lines = self._read_uvarint("count", "    ")
        lines.append("    while count:")
        lines.append("        count -= 1")
        lines += self._read_uvarint("tag", "        ")
        lines += self._read_uvarint("size", "        ")
        lines.append("        if size > len(buf) - pos: raise WireError('a tagged field reaches past the end')")
        word = "if"
        for field in tagged:
            lines.append(f"        {word} tag == {field.tag}:")
            word = "elif"
            if field.type in _FIXED and not field.is_array:
                layout = self._fixed(_FIXED[field.type])
                lines.append(f"            v, = {layout}.unpack_from(buf, pos)")
                lines.append(f"            pos += {self._namespace[layout].size}")
            else:
                lines += self._decode_value(field, version, True, 3, is_null_struct="n == 0")
            lines.append(f"            o.{field.name} = v")
        if tagged:
            lines.append("        else:")
            lines.append("            pos += size")
        else:
            lines.append("        pos += size")
        return lines

    def _decode_value(
        self, field: FieldSchema, version: int, flexible: bool, depth: int, is_null_struct: str = "n > 127"
    ) -> list[str]:
        """Lines that leave the non-fixed value of a field in `v` and move `pos` behind it."""
        pad = "    " * depth
        nullable = version in field.nullable
        is_struct = field.type[0].isupper()
        null_source = (
            "v = None" if nullable else f"raise WireError('{field.name} may not be null in version {version}')"
        )
        if not field.is_array and is_struct:
            call = f"v, pos = {self._decoder_name(self.structs[field.type], version)}(buf, pos)"
            if not nullable:
                return [f"{pad}{call}"]
            return [
                f"{pad}n = buf[pos]; pos += 1",
                f"{pad}if {is_null_struct}: v = None",
                f"{pad}else:",
                f"{pad}    {call}",
            ]
        if flexible:
            lines = [*self._read_uvarint("n", pad), f"{pad}n -= 1"]
        elif field.type == "string" and not field.is_array:
            lines = [f"{pad}n, = _h.unpack_from(buf, pos)", f"{pad}pos += 2"]
        else:
            lines = [f"{pad}n, = _i.unpack_from(buf, pos)", f"{pad}pos += 4"]
        lines.append(f"{pad}if n < 0: {null_source}")
        lines.append(f"{pad}else:")
        pad += "    "
        lines.append(f"{pad}if n > len(buf) - pos: raise WireError('{field.name} reaches past the end')")
        if not field.is_array:
            lines.append(f"{pad}end = pos + n")
            if field.type == "string":
                lines.append(f"{pad}if n > 32767: raise WireError('{field.name} is longer than 32767 bytes')")
                lines.append(f"{pad}v = str(buf[pos:end], 'utf-8', 'replace')")
            elif field.type == "bytes":
                lines.append(f"{pad}v = bytes(buf[pos:end])")
            else:
                lines.append(f"{pad}v = buf[pos:end]")
            lines.append(f"{pad}pos = end")
            return lines
        if is_struct:
            element = self._decoder_name(self.structs[field.type], version)
            lines += [
                f"{pad}v = []",
                f"{pad}for _ in range(n):",
                f"{pad}    e, pos = {element}(buf, pos)",
                f"{pad}    v.append(e)",
            ]
        elif field.type == "string":
            lines += [f"{pad}v = []", f"{pad}for _ in range(n):"]
            inner = pad + "    "
            if flexible:
                lines += [*self._read_uvarint("m", inner), f"{inner}m -= 1"]
            else:
                lines += [f"{inner}m, = _h.unpack_from(buf, pos)", f"{inner}pos += 2"]
            lines += [
                f"{inner}if m < 0: raise WireError('an element of {field.name} may not be null')",
                f"{inner}end = pos + m",
                f"{inner}if end > len(buf): raise WireError('{field.name} reaches past the end')",
                f"{inner}v.append(str(buf[pos:end], 'utf-8', 'replace'))",
                f"{inner}pos = end",
            ]
        elif field.type == "uuid":
            lines += [
                f"{pad}v = [x for x, in _pack_iter(buf, pos, n)]",
                f"{pad}pos += 16 * n",
            ]
            self._namespace["_pack_iter"] = _iterate_uuids
        else:
            letter = _FIXED[field.type]
            lines += [
                f"{pad}v = list(_unpack_from(f'>{{n}}{letter}', buf, pos))",
                f"{pad}pos += {struct.calcsize('>' + letter)} * n",
            ]
        return lines


def _iterate_uuids(buffer: Buffer, position: int, count: int) -> list[tuple[bytes]]:
    if 16 * count > len(buffer) - position:
        raise WireError("an array of uuids reaches past the end")
    return [(bytes(buffer[at : at + 16]),) for at in range(position, position + 16 * count, 16)]


def compile_message(schema: MessageSchema) -> type[Message]:
    """The class of a message; its structures are attributes of it by their Kafka names."""
    return _MessageCompiler(schema).message_class
