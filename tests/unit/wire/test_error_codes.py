"""Error codes are Kafka's, held against a client that others wrote."""

from __future__ import annotations

import kafka.errors

from workbench.wire.error_codes import ErrorCode

NAMED_OTHERWISE_THERE = {
    "UNKNOWN_SERVER_ERROR": "Unknown",
    "NONE": "No",
    "CORRUPT_MESSAGE": "CorruptRecordException",
    "INVALID_FETCH_SIZE": "InvalidFetchRequest",
    "NOT_LEADER_OR_FOLLOWER": "NotLeaderForPartition",
    "MESSAGE_TOO_LARGE": "MessageSizeTooLarge",
    "INVALID_TOPIC_EXCEPTION": "InvalidTopic",
    "UNSUPPORTED_VERSION": "IncompatibleBrokerVersion",
    "INVALID_REPLICA_ASSIGNMENT": "InvalidReplicationAssignment",
    "INVALID_CONFIG": "InvalidConfiguration",
    "KAFKA_STORAGE_ERROR": "KafkaStorage",
    "FETCH_SESSION_TOPIC_ID_ERROR": "FetchSessionTopicId",
}


def test_codes_are_without_gaps() -> None:
    codes = sorted(ErrorCode)
    assert codes == list(range(-1, codes[-1] + 1))


def test_each_stands_for_the_same_there() -> None:
    theirs = {
        error.errno: name.removesuffix("Error")
        for name, error in vars(kafka.errors).items()
        if isinstance(error, type) and issubclass(error, kafka.errors.BrokerResponseError) and error.errno is not None
    }
    differing = {
        code.name: theirs[code]
        for code in ErrorCode
        if code in theirs and theirs[code].upper() != code.name.replace("_", "")
    }
    assert differing == NAMED_OTHERWISE_THERE
    assert len(theirs) > 120
