"""Every message of the protocol by Kafka's own name, compiled when it is first asked for.

`from workbench.wire.messages import MetadataRequest`; types are in `messages.pyi`, which `stubs.py` writes.
"""

from __future__ import annotations

from workbench.wire.compiler import Message, compile_message
from workbench.wire.schema import message_blocks, schema_of


def __getattr__(name: str) -> type[Message]:
    if name.startswith("_") or name not in message_blocks():
        raise AttributeError(f"the protocol has no message {name!r}")
    made = compile_message(schema_of(name))
    globals()[name] = made
    return made


def __dir__() -> list[str]:
    return sorted(message_blocks())
