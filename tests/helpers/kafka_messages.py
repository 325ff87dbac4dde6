"""Kafka's API messages as plain dictionaries, encoded and decoded from kio's schema classes.

kio is generated from Kafka's own schemas, independently of this project: what is written and read here is no proof
of the project's codec by itself. Only kio's field names, types, tags and versions are used; values stay the plain
integers, strings and bytes of the wire, so that a wrong value (a null, a negative time) can be sent and seen.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import struct
import uuid
from typing import Any

from kio.index import load_request_schema, load_response_schema
from kio.schema.errors import ErrorCode
from kio.schema.index import api_key_map, schema_name_map
from kio.serial._introspect import EntityField, EntityTupleField, PrimitiveTupleField, classify_field, is_optional
from kio.static.constants import EntityType

API_KEYS = {"".join(part.capitalize() for part in name.split("_")): key for key, name in api_key_map.items()}

_FIXED = {
    "int8": ">b",
    "int16": ">h",
    "int32": ">i",
    "int64": ">q",
    "uint16": ">H",
    "float64": ">d",
    "error_code": ">h",
    "timedelta_i32": ">i",
    "timedelta_i64": ">q",
    "datetime_i64": ">q",
}


class MessageError(Exception):
    """A message of the broker that its schema cannot explain."""


@dataclasses.dataclass(frozen=True, slots=True)
class FieldPlan:
    """One field of a message at one version."""

    name: str
    kind: str  # a primitive's Kafka type, or "struct"
    is_array: bool
    nullable: bool
    tag: int | None
    default: Any
    entity: type | None


@functools.cache
def plan(entity: type) -> tuple[FieldPlan, ...]:
    """The fields of a kio class in wire order, tagged ones last."""
    fields = []
    for field in dataclasses.fields(entity):
        shape = classify_field(field)
        is_struct = isinstance(shape, EntityField | EntityTupleField)
        fields.append(
            FieldPlan(
                name=field.name,
                kind="struct" if is_struct else field.metadata["kafka_type"],
                is_array=isinstance(shape, PrimitiveTupleField | EntityTupleField),
                nullable=is_optional(field),
                tag=field.metadata.get("tag"),
                default=_plain(field.default) if field.default is not dataclasses.MISSING else ...,
                entity=shape.type_ if is_struct else None,
            )
        )
    return tuple(sorted(fields, key=lambda field: field.tag is not None))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.timedelta):
        return round(value.total_seconds() * 1000)
    if isinstance(value, datetime.datetime):
        return round(value.timestamp() * 1000)
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def error_name(code: int) -> str:
    """Kafka's name of an error code."""
    try:
        return str(ErrorCode(code).name.upper())
    except ValueError:
        return f"UNKNOWN_ERROR_{code}"


def error_code(name: str) -> int:
    return int(ErrorCode[name.lower()])


def versions_of(api: str) -> list[int]:
    """Every version of an API for which the oracle has a schema, rising."""
    name = api_key_map[API_KEYS[api]]
    return sorted(version for version, kinds in schema_name_map[name].items() if EntityType.request in kinds)


@functools.cache
def known_fields(api: str) -> frozenset[str]:
    """The names of all fields that any version of the request has, at any depth."""
    names: set[str] = set()

    def collect(entity: type) -> None:
        for field in plan(entity):
            names.add(field.name)
            if field.entity:
                collect(field.entity)

    for version in versions_of(api):
        collect(load_request_schema(API_KEYS[api], version))
    return frozenset(names)


def encode_request(
    api: str, version: int, values: dict[str, Any], *, correlation_id: int, client_id: str | None
) -> bytes:
    """A request's whole frame, without its size.

    A field that another version has, but this one has not, is left out; a field that no version has is an error.
    """
    entity = load_request_schema(API_KEYS[api], version)
    header = entity.__header_schema__
    out = bytearray()
    head = {
        "request_api_key": API_KEYS[api],
        "request_api_version": version,
        "correlation_id": correlation_id,
        "client_id": client_id,
    }
    encode(header, head, out)
    _refuse_unknown(values, known_fields(api))
    encode(entity, values, out)
    return bytes(out)


def _refuse_unknown(values: Any, names: frozenset[str]) -> None:
    if isinstance(values, dict):
        for name, value in values.items():
            if name not in names:
                raise KeyError(f"no version of this request has a field {name}")
            _refuse_unknown(value, names)
    elif isinstance(values, list):
        for value in values:
            _refuse_unknown(value, names)


def decode_response(api: str, version: int, frame: bytes) -> tuple[int, dict[str, Any]]:
    """Correlation id and body of a response's frame; every byte must be used."""
    entity = load_response_schema(API_KEYS[api], version)
    head, position = decode(entity.__header_schema__, frame, 0)
    body, position = decode(entity, frame, position)
    if position != len(frame):
        raise MessageError(f"{len(frame) - position} bytes left over after the {api} response v{version}")
    return head["correlation_id"], body


def encode(entity: type, values: dict[str, Any], out: bytearray) -> None:
    """Appends one struct; a field that `values` lacks gets its schema's default, else zero or nothing."""
    flexible = entity.__flexible__  # type: ignore[attr-defined]
    # The request header's client id stayed an old, two-byte-length string in the flexible header.
    legacy_strings = entity.__name__ == "RequestHeader"
    tagged = []
    for field in plan(entity):
        given = field.name in values
        value = values[field.name] if given else _default(field)
        if field.tag is not None:
            if given and value != field.default:
                tagged.append((field, value))
            continue
        _encode_field(field, value, flexible and not legacy_strings, out)
    if flexible:
        write_uvarint(len(tagged), out)
        for field, value in sorted(tagged, key=lambda pair: pair[0].tag or 0):
            content = bytearray()
            _encode_field(field, value, True, content)
            write_uvarint(field.tag or 0, out)
            write_uvarint(len(content), out)
            out += content


def _default(field: FieldPlan) -> Any:
    if field.default is not ...:
        return field.default
    if field.is_array:
        return []
    if field.kind == "struct":
        return None if field.nullable else {}
    if field.kind in ("string", "bytes", "records", "uuid"):
        return None if field.nullable else {"string": "", "bytes": b"", "records": b"", "uuid": None}[field.kind]
    return 0


def _encode_field(field: FieldPlan, value: Any, flexible: bool, out: bytearray) -> None:
    if not field.is_array:
        _encode_value(field, value, flexible, out)
        return
    if flexible:
        write_uvarint(0 if value is None else len(value) + 1, out)
    else:
        out += struct.pack(">i", -1 if value is None else len(value))
    for item in value or ():
        _encode_value(field, item, flexible, out)


def _encode_value(field: FieldPlan, value: Any, flexible: bool, out: bytearray) -> None:
    kind = field.kind
    if kind == "struct":
        assert field.entity is not None
        if field.nullable and not field.is_array:
            out += struct.pack(">b", -1 if value is None else 1)
            if value is None:
                return
        encode(field.entity, value, out)
    elif kind == "bool":
        out.append(1 if value else 0)
    elif kind == "uuid":
        out += b"\0" * 16 if value is None else value.bytes if isinstance(value, uuid.UUID) else value
    elif kind in _FIXED:
        out += struct.pack(_FIXED[kind], int(value))
    else:
        data = value.encode() if isinstance(value, str) else value
        if flexible:
            write_uvarint(0 if data is None else len(data) + 1, out)
        else:
            out += struct.pack(">h" if kind == "string" else ">i", -1 if data is None else len(data))
        out += data or b""


def decode(entity: type, data: bytes, position: int) -> tuple[dict[str, Any], int]:
    """One struct at `position`, and where it ends; raises MessageError where the bytes do not fit."""
    values: dict[str, Any] = {}
    fields = plan(entity)
    flexible = entity.__flexible__  # type: ignore[attr-defined]
    try:
        for field in fields:
            if field.tag is None:
                values[field.name], position = _decode_field(field, data, position, flexible)
            else:
                values[field.name] = _default(field)
        if flexible:
            by_tag = {field.tag: field for field in fields if field.tag is not None}
            count, position = read_uvarint(data, position)
            for _ in range(count):
                tag, position = read_uvarint(data, position)
                size, position = read_uvarint(data, position)
                known = by_tag.get(tag)
                if known is None:
                    values[f"tag {tag}"] = data[position : position + size]
                else:
                    values[known.name], end = _decode_field(known, data, position, True)
                    if end != position + size:
                        raise MessageError(f"tag {tag} of {entity.__name__} has the wrong size")
                position += size
    except (struct.error, IndexError) as error:
        raise MessageError(f"{entity.__name__} is cut short at byte {position} of {len(data)}") from error
    return values, position


def _decode_field(field: FieldPlan, data: bytes, position: int, flexible: bool) -> tuple[Any, int]:
    if not field.is_array:
        return _decode_value(field, data, position, flexible)
    if flexible:
        count, position = read_uvarint(data, position)
        count -= 1
    else:
        (count,), position = struct.unpack_from(">i", data, position), position + 4
    if count < 0:
        return None, position
    items = []
    for _ in range(count):
        item, position = _decode_value(field, data, position, flexible)
        items.append(item)
    return items, position


def _decode_value(field: FieldPlan, data: bytes, position: int, flexible: bool) -> tuple[Any, int]:
    kind = field.kind
    if kind == "struct":
        assert field.entity is not None
        if field.nullable and not field.is_array:
            if data[position] == 0xFF:
                return None, position + 1
            position += 1
        return decode(field.entity, data, position)
    if kind == "bool":
        return data[position] != 0, position + 1
    if kind == "uuid":
        if position + 16 > len(data):
            raise IndexError
        return uuid.UUID(bytes=bytes(data[position : position + 16])), position + 16
    if kind in _FIXED:
        (value,) = struct.unpack_from(_FIXED[kind], data, position)
        return value, position + struct.calcsize(_FIXED[kind])
    if flexible:
        size, position = read_uvarint(data, position)
        size -= 1
    else:
        form = ">h" if kind == "string" else ">i"
        (size,), position = struct.unpack_from(form, data, position), position + struct.calcsize(form)
    if size < 0:
        return None, position
    if position + size > len(data):
        raise IndexError
    content = bytes(data[position : position + size])
    return (content.decode() if kind == "string" else content), position + size


def write_uvarint(value: int, out: bytearray) -> None:
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def read_uvarint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
