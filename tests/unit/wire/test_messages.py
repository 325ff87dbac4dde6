"""Every message at every version: round trip, the same bytes as an independent implementation, safe when cut."""

from __future__ import annotations

import importlib
import io
import random
from pathlib import Path

import pytest

from tests.helpers.random_messages import RandomMessages
from workbench.wire import messages
from workbench.wire.errors import UnsupportedFieldError, UnsupportedVersionError, WireError
from workbench.wire.schema import message_blocks, schema_of
from workbench.wire.stubs import stub_text

NAMES = sorted(message_blocks())
REQUESTS_AND_RESPONSES = [name for name in NAMES if schema_of(name).kind in ("request", "response")]


def versions_of(name: str) -> range:
    low, high = getattr(messages, name).VERSIONS
    return range(low, high + 1)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_encoded_is_decoded(name: str) -> None:
    message_class = getattr(messages, name)
    for version in versions_of(name):
        for seed in range(6):
            message = RandomMessages(seed).message(name, version)
            data = message.encode(version)
            decoded, end = message_class.decode(b"??" + data, version, 2)
            assert end == len(data) + 2
            assert decoded == message
            assert decoded.encode(version) == data


def _kio_module(name: str, version: int) -> object | None:
    kind = schema_of(name).kind
    plain = name.removesuffix("Request").removesuffix("Response")
    folder = "".join("_" + c.lower() if c.isupper() else c for c in plain).lstrip("_")
    try:
        return importlib.import_module(f"kio.schema.{folder}.v{version}.{kind}")
    except ModuleNotFoundError:
        return None


@pytest.mark.parametrize("name", REQUESTS_AND_RESPONSES)
def test_bytes_are_those_of_an_independent_implementation(name: str) -> None:
    from kio.serial import entity_reader, entity_writer

    compared = 0
    for version in versions_of(name):
        module = _kio_module(name, version)
        if module is None:
            continue
        entity = getattr(module, name)
        for seed in range(4):
            data = RandomMessages(seed).message(name, version).encode(version)
            theirs, size = entity_reader(entity)(memoryview(data), 0)
            assert size == len(data)
            written = io.BytesIO()
            entity_writer(entity)(written, theirs)
            assert written.getvalue() == data
        compared += 1
    assert compared, f"kio has no version of {name}"


@pytest.mark.parametrize("name", NAMES)
def test_a_cut_message_is_refused_and_never_read_past(name: str) -> None:
    message_class = getattr(messages, name)
    for version in versions_of(name):
        data = RandomMessages(11).message(name, version).encode(version)
        cuts = range(len(data)) if len(data) < 400 else sorted(random.Random(1).sample(range(len(data)), 400))
        for cut in cuts:
            with pytest.raises(WireError):
                message_class.decode(memoryview(data)[:cut], version)


@pytest.mark.parametrize("name", REQUESTS_AND_RESPONSES)
def test_garbage_raises_nothing_but_wire_errors(name: str) -> None:
    message_class = getattr(messages, name)
    roll = random.Random(name)
    for version in versions_of(name):
        data = bytearray(RandomMessages(3).message(name, version).encode(version))
        for _ in range(60):
            broken = bytearray(data)
            for _ in range(roll.randrange(1, 4)):
                if broken:
                    broken[roll.randrange(len(broken))] = roll.choice((0, 0x7F, 0x80, 0xFF, roll.randrange(256)))
            try:
                _, end = message_class.decode(broken, version)
            except WireError:
                continue
            assert end <= len(broken)


def test_a_null_that_the_version_does_not_allow_is_refused() -> None:
    null_name_v1 = b"\0\0\0\1" + b"\xff\xff"
    with pytest.raises(WireError, match="null"):
        messages.MetadataRequest.decode(null_name_v1, 1)


def test_a_field_that_the_version_lacks_is_not_dropped_silently() -> None:
    request = messages.FetchRequest(cluster_id="x", topics=[messages.FetchRequest.FetchTopic(topic="t")])
    assert request.encode(4)
    committed = messages.OffsetFetchResponse(groups=[messages.OffsetFetchResponse.OffsetFetchResponseGroup()])
    with pytest.raises(UnsupportedFieldError):
        committed.encode(1)


def test_an_unknown_version_is_told() -> None:
    with pytest.raises(UnsupportedVersionError):
        messages.MetadataRequest().encode(99)
    with pytest.raises(AttributeError):
        _ = messages.NoSuchMessage  # type: ignore[attr-defined]


def test_the_types_are_those_of_the_schemas() -> None:
    stub = Path(messages.__file__).with_suffix(".pyi")
    assert stub.read_text("utf-8") == stub_text()
