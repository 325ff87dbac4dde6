from __future__ import annotations

import pytest

from workbench.wire.schema import VersionRange, message_blocks, parse_message, schema_of


def test_notation() -> None:
    schema = parse_message(
        "message XRequest request key=7 versions=1-3 flexible=2+ listeners=broker\n"
        "  struct Shared 0+\n"
        "    a int8 0+\n"
        "  one []Shared 0+ nullable=2+ default=null\n"
        "  two Inner 1+ tag=0:2+ ignorable\n"
        "    b string 0+ nullable=0+ flexible=none\n"
    )
    assert (schema.name, schema.key, schema.versions, schema.listeners) == (
        "XRequest",
        7,
        VersionRange(1, 3),
        ("broker",),
    )
    one, two = schema.body.fields
    assert one.is_array and one.type == "Shared" and 1 not in one.nullable and 2 in one.nullable
    assert (two.tag, two.ignorable) == (0, True) and 1 not in two.tagged and 2 in two.tagged
    assert [field.name for field in schema.structs["Inner"].fields] == ["b"]
    assert schema.structs["Inner"].fields[0].never_flexible


def test_ranges() -> None:
    assert 5 in VersionRange.parse("3+")
    assert 3 in VersionRange.parse("3")
    assert 4 not in VersionRange.parse("3")
    assert 0 not in VersionRange.parse("none")


def test_every_block_is_found_and_every_structure_resolved() -> None:
    assert len(message_blocks()) > 260
    for name in message_blocks():
        schema = schema_of(name)
        for body in (schema.body, *schema.structs.values()):
            for field in body.fields:
                assert not field.type[0].isupper() or field.type in schema.structs, (name, field.name)
    with pytest.raises(KeyError):
        schema_of("NoSuchMessage")
