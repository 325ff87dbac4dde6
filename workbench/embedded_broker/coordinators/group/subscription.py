"""The topics named in the subscription that a consumer embeds in its join (the consumer protocol of the clients).

Every version of the subscription begins as version 0 does, so only that part is read: int16 version, an array of
topic names, user data. Source: ConsumerProtocolSubscription.json of the clients.
"""

from __future__ import annotations

import struct

CONSUMER_PROTOCOL_TYPE = "consumer"


def subscribed_topics(subscription: bytes) -> frozenset[str]:
    """The topics of one member. Raises ValueError when `subscription` is not of the consumer protocol."""
    try:
        _, count = struct.unpack_from(">hi", subscription, 0)
        if not 0 <= count <= len(subscription):
            raise ValueError(f"{count} topics are not a subscription")
        topics = []
        position = 6
        for _ in range(count):
            (size,) = struct.unpack_from(">h", subscription, position)
            position += 2
            if size < 0 or position + size > len(subscription):
                raise ValueError("a topic name reaches past the end of the subscription")
            topics.append(subscription[position : position + size].decode())
            position += size
        (size,) = struct.unpack_from(">i", subscription, position)
        if size > len(subscription) - position - 4:
            raise ValueError("the user data reaches past the end of the subscription")
    except (struct.error, UnicodeDecodeError) as error:
        raise ValueError("the subscription is cut or not UTF-8") from error
    return frozenset(topics)
