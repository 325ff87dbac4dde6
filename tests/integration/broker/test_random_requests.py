"""A node under requests that nobody would send: random fields, changed bytes, cut and lengthened frames.

It answers or closes the connection, never with an error of its own; then it still serves, and starts again.
"""

from __future__ import annotations

import asyncio
import logging
import struct
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.helpers.random_messages import RandomMessages
from tests.helpers.whole_node import create, node_settings, running, write
from workbench.embedded_broker.requests import APIS, Api, Role
from workbench.wire.frames import encode_request_header
from workbench.wire.schema import FieldSchema, MessageSchema

DESTRUCTIVE = {"DeleteTopics", "UnregisterBroker", "AlterPartitionReassignments"}
"""They may do what they are asked to; it would be the end of what is looked at afterwards."""
PATIENCE_S = 0.05

TEXTS = {
    "topic": ("t", "__consumer_offsets", "", "t*/", "..", "new", "x" * 250),
    "group": ("g", "h", ""),
    "": ("", "1", "-1", "consumer", "range", "delete", "compact,delete", "9" * 22, "retention.ms", "t"),
}


class LikelyMessages(RandomMessages):
    """Names that exist, and numbers at the ends of what their fields hold: more of the code behind is reached."""

    def __init__(self, random: Random, topic_id: bytes) -> None:
        super().__init__(0)
        self._random = random
        self._topic_id = topic_id

    def _single(self, schema: MessageSchema, field: FieldSchema, version: int) -> Any:
        random = self._random
        if random.random() < 0.3 or field.type[0].isupper():
            return super()._single(schema, field, version)
        if field.type == "string":
            kind = next((kind for kind in TEXTS if kind in field.name), "")
            return random.choice(TEXTS["topic" if field.name == "name" else kind])
        if field.type == "uuid":
            return random.choice((self._topic_id, bytes(16)))
        if field.type.startswith("int"):
            bits = int(field.type[3:]) - 1
            return random.choice((0, 0, 1, 1, 2, -1, -1, -2, 2**bits - 1, -(2**bits)))
        return super()._single(schema, field, version)


def frame_of(api: Api, number: int, messages: LikelyMessages, random: Random) -> bytes:
    version = random.randint(api.lowest_version, api.highest_version)
    body = messages.message(api.request_class.__name__, version).encode(version)
    flexible = api.flexible_from is not None and version >= api.flexible_from
    frame = bytearray(encode_request_header(api.key, version, number, "tests", flexible) + body)
    match random.randrange(8):
        case 0 | 1:
            for _ in range(random.randint(1, 4)):
                frame[random.randrange(len(frame))] = random.choice((0, 1, 127, 128, 255, random.randrange(256)))
        case 2:
            del frame[random.randrange(len(frame)) :]
        case 3:
            frame += random.randbytes(5)
    return bytes(frame)


async def send(port: int, frame: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(struct.pack(">i", len(frame)) + frame)
        async with asyncio.timeout(PATIENCE_S):
            await reader.readexactly(8)
    except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
        """Some wait, and some are closed."""
    finally:
        writer.close()


@pytest.mark.parametrize("role", [Role.BROKER, Role.CONTROLLER], ids=["clients", "controllers"])
@pytest.mark.parametrize("count", [400, pytest.param(20_000, marks=[pytest.mark.slow, pytest.mark.timeout(1_200)])])
async def test_no_request_meets_an_error_of_the_broker(
    tmp_path: Path, role: Role, count: int, caplog: pytest.LogCaptureFixture
) -> None:
    random = Random(f"{role} {count}")
    settings = node_settings(tmp_path)
    listeners = settings.broker_listeners if role is Role.BROKER else settings.controller_listeners
    apis = sorted((api for api in APIS.values() if role in api.roles), key=lambda api: api.key)
    apis = [api for api in apis if api.name not in DESTRUCTIVE]
    async with running(settings) as node:
        await create(node, "t")
        topic_id = node.broker.image.topics.topic_id("t")
        assert topic_id is not None
        messages = LikelyMessages(random, topic_id)
        for number in range(count):
            frame = frame_of(random.choice(apis), number, messages, random)
            await send(listeners[0].port, frame)
            faults = [one for one in caplog.records if one.exc_info or one.levelno >= logging.ERROR]
            assert not faults, f"after {frame.hex()}: {faults[0].getMessage()}"
            caplog.clear()
        assert node.failure is None and node.broker.is_active_controller
        assert await write(node, "t", b"still there") == 0
    async with running(settings) as node:
        assert node.broker.replicas.partitions["t", 0].log.log_end_offset == 1
