"""Random messages made from the schemas, for properties of the codec."""

from __future__ import annotations

import random
from typing import Any

from workbench.wire import messages
from workbench.wire.schema import FieldSchema, MessageSchema, StructSchema, schema_of

_INTEGERS = {"int8": 7, "int16": 15, "uint16": 16, "int32": 31, "uint32": 32, "int64": 40}


class RandomMessages:
    """Values stay within what every reader takes for valid: error codes exist, times are of this age."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def message(self, name: str, version: int) -> Any:
        schema = schema_of(name)
        return self._structure(schema, schema.body, getattr(messages, name), version)

    def _structure(self, schema: MessageSchema, body: StructSchema, made: Any, version: int) -> Any:
        values = {field.name: self._value(schema, field, version) for field in body.fields if version in field.versions}
        return made(**values)

    def _value(self, schema: MessageSchema, field: FieldSchema, version: int) -> Any:
        roll = self._random
        if version in field.nullable and roll.random() < 0.3:
            return None
        if field.is_array:
            return [self._single(schema, field, version) for _ in range(roll.choice((0, 1, 1, 2, 3)))]
        return self._single(schema, field, version)

    def _single(self, schema: MessageSchema, field: FieldSchema, version: int) -> Any:
        roll = self._random
        kind = field.type
        if kind[0].isupper():
            made = getattr(getattr(messages, schema.name), kind)
            return self._structure(schema, schema.structs[kind], made, version)
        if kind == "string":
            return "".join(roll.choice("abcxyz.-_0é世") for _ in range(roll.choice((0, 1, 5, 5, 200))))
        if kind in ("bytes", "records"):
            return roll.randbytes(roll.choice((1, 4, 130)))
        if kind == "uuid":
            return roll.randbytes(16)
        if kind == "bool":
            return roll.random() < 0.5
        if kind == "float64":
            return roll.choice((0.5, 1.0, -3.25, 1e9))
        if "error_code" in field.name:
            return roll.randrange(0, 60)
        if field.name.endswith(("_ms", "timestamp", "time")):
            return roll.randrange(0, 2**30 if kind == "int32" else 2**40)
        bits = _INTEGERS[kind]
        return roll.getrandbits(roll.randrange(1, bits + 1))
