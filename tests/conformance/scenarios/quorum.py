"""DescribeQuorum: the metadata log's leader, voters and observers, as a broker's listener tells them."""

from __future__ import annotations

from typing import Any

from tests.conformance.conversation import Conversation
from tests.conformance.registry import scenario


def _steady(body: dict[str, Any]) -> dict[str, Any]:
    """The answer without what moves from one moment to the next."""
    shown = {**body}
    shown["topics"] = [
        {**topic, "partitions": [_partition(part) for part in topic["partitions"]]} for topic in body["topics"]
    ]
    return shown


def _partition(part: dict[str, Any]) -> dict[str, Any]:
    moving = {}
    for name in ("leader_epoch", "high_watermark"):
        moving[name] = "<number>" if part[name] > 0 else part[name]
    voters = [
        {**replica, "log_end_offset": "<number>" if replica["log_end_offset"] > 0 else replica["log_end_offset"]}
        for replica in part["current_voters"]
    ]
    return {**part, **moving, "current_voters": voters}


@scenario
def at_each_version(talk: Conversation) -> None:
    """One voter, which leads and is no observer; version 1 tells times, version 2 directories and endpoints."""
    asked = [{"topic_name": "__cluster_metadata", "partitions": [{"partition_index": 0}]}]
    talk.ask_each("DescribeQuorum", range(3), {"topics": asked}, only=_steady)


@scenario
def wrong(talk: Conversation) -> None:
    """Other topics and partitions, and none at all."""
    for topics in (
        [{"topic_name": "other", "partitions": [{"partition_index": 0}]}],
        [{"topic_name": "__cluster_metadata", "partitions": [{"partition_index": 1}]}],
        [{"topic_name": "__cluster_metadata", "partitions": []}],
        [],
    ):
        talk.ask("DescribeQuorum", 2, topics=topics)
