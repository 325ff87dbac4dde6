"""The types that mypy is given."""

from __future__ import annotations

import ast

from workbench.wire import messages
from workbench.wire.schema import message_blocks, schema_of
from workbench.wire.stubs import stub_text

STUB = ast.parse(stub_text())
CLASSES = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}


def _types(node: ast.ClassDef) -> dict[str, str]:
    return {
        item.target.id: ast.unparse(item.annotation)
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }


def test_every_message_is_there_with_every_field_and_structure() -> None:
    assert set(CLASSES) == set(message_blocks())
    for name, node in CLASSES.items():
        made = getattr(messages, name)
        assert tuple(_types(node)) == made._FIELDS
        inner = {item.name for item in node.body if isinstance(item, ast.ClassDef)}
        assert inner == set(schema_of(name).structs)


def test_types_follow_the_schema() -> None:
    fetch = _types(CLASSES["FetchRequest"])
    assert fetch["max_wait_ms"] == "int" and fetch["cluster_id"] == "str | None"
    assert fetch["topics"] == "list[FetchRequest.FetchTopic]"
    inner = {node.name: node for node in CLASSES["FetchRequest"].body if isinstance(node, ast.ClassDef)}
    assert _types(inner["FetchTopic"])["topic_id"] == "bytes"
    assert _types(CLASSES["MetadataRequest"])["topics"] == "list[MetadataRequest.MetadataRequestTopic] | None"


def test_defaults_fit_their_types() -> None:
    """A nullable field may be None, another never is by default (`records` may always be)."""
    for name, node in CLASSES.items():
        message = getattr(messages, name)()
        for field, kind in _types(node).items():
            if getattr(message, field) is None:
                assert kind.endswith("| None") or kind == "Records", f"{name}.{field}: {kind}"
