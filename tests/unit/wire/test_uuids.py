from __future__ import annotations

import uuid

import pytest

from workbench.wire.uuids import METADATA_TOPIC_ID, random_uuid, random_uuid_text, uuid_from_text, uuid_to_text


def test_text_is_kafkas() -> None:
    assert uuid_to_text(METADATA_TOPIC_ID) == "AAAAAAAAAAAAAAAAAAAAAQ"
    assert uuid_from_text("AAAAAAAAAAAAAAAAAAAAAQ") == METADATA_TOPIC_ID


def test_random_ids_are_distinct_and_can_be_arguments() -> None:
    ids = {random_uuid() for _ in range(500)}
    assert len(ids) == 500
    for one in ids:
        text = uuid_to_text(one)
        assert len(text) == 22
        assert not text.startswith("-")
        assert uuid_from_text(text) == one
        assert uuid.UUID(bytes=one).version == 4 and uuid.UUID(bytes=one).variant == uuid.RFC_4122


def test_javas_text_is_a_random_uuid() -> None:
    texts = {random_uuid_text() for _ in range(500)}
    assert len(texts) == 500
    for text in texts:
        assert str(uuid.UUID(text)) == text and uuid.UUID(text).version == 4


@pytest.mark.parametrize("text", ["", "abc", "!" * 22, "A" * 23, "AAAAAAAAAAAAAAAAAAAAA/"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64"):
        uuid_from_text(text)
