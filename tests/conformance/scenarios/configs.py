"""DescribeConfigs, AlterConfigs and IncrementalAlterConfigs: values with their sources, and every wrong wish."""

from __future__ import annotations

from typing import Any

from tests.conformance.conversation import Conversation
from tests.conformance.registry import scenario

TOPIC, BROKER, LOGGER = 2, 4, 8
SET, DELETE, APPEND, SUBTRACT = 0, 1, 2, 3
SOURCES = {1: "topic", 2: "broker", 3: "cluster", 4: "static", 5: "default", 6: "logger", 7: "metrics", 8: "group"}
TYPES = ["unknown", "boolean", "string", "int", "short", "long", "double", "list", "class", "password"]
OF_THE_MACHINE = (
    "advertised.listeners",
    "broker.id",
    "controller.quorum.bootstrap.servers",
    "controller.quorum.voters",
    "listener.security.protocol.map",
    "listeners",
    "log.dir",
    "log.dirs",
    "metadata.log.dir",
    "node.id",
)
"""Configs whose values follow from where and under whom a broker runs; only that they are set is compared."""


def _resource(name: str, kind: int = TOPIC, keys: list[str] | None = None) -> dict[str, Any]:
    return {"resource_type": kind, "resource_name": name, "configuration_keys": keys}


def _line(config: dict[str, Any]) -> str:
    """One config on one line: name, value, where it is from, type, flags, synonyms."""
    shown = _shown(config["name"], config["value"])
    flags = " read-only" * config["read_only"] + " sensitive" * config["is_sensitive"]
    synonyms = " < ".join(
        f"{SOURCES[item['source']]} {item['name']}={_shown(item['name'], item['value'])}" for item in config["synonyms"]
    )
    text = " with a text" if config["documentation"] else ""
    source, kind = SOURCES[config["config_source"]], TYPES[config["config_type"]]
    return f"{config['name']}={shown} ({source}, {kind}{flags}{text}) {synonyms}"


def _shown(name: str, value: str | None) -> str:
    return "null" if value is None else "<set>" if name in OF_THE_MACHINE and value else repr(value)


def in_lines(body: dict[str, Any]) -> dict[str, Any]:
    """A DescribeConfigs answer of version 3 or 4 with one line per config, in the order of their names."""
    results = []
    for result in body["results"]:
        configs = sorted(result["configs"], key=lambda config: config["name"])
        results.append({**result, "configs": [_line(config) for config in configs]})
    return {**body, "results": results}


@scenario
def describe_at_each_version(talk: Conversation) -> None:
    """Chosen keys of a topic at every version, with synonyms, then with documentation."""
    name = talk.create_topic("described", retention_ms="1000", cleanup_policy="compact")
    keys = ["retention.ms", "cleanup.policy", "min.insync.replicas", "no.such.key"]
    asked: dict[str, Any] = {"resources": [_resource(name, keys=keys)], "include_synonyms": True}
    talk.ask_each("DescribeConfigs", range(1, 5), asked)
    talk.ask("DescribeConfigs", 4, **asked, include_documentation=True)
    talk.ask("DescribeConfigs", 4, resources=[_resource(name, keys=keys)])


@scenario
def describe_topic_completely(talk: Conversation) -> None:
    """Every config of a topic; an empty list of keys means all, as null does."""
    name = talk.create_topic("complete", retention_ms="1000")
    talk.ask("DescribeConfigs", 4, resources=[_resource(name)], include_synonyms=True, only=in_lines)
    answer = talk.setup("DescribeConfigs", 4, resources=[_resource(name, keys=[])])
    everything = talk.setup("DescribeConfigs", 4, resources=[_resource(name)])
    talk.note("an empty list means all", answer["results"][0]["configs"] == everything["results"][0]["configs"])


@scenario
def describe_broker_completely(talk: Conversation) -> None:
    """Every config of a broker, with its sources."""
    talk.ask("DescribeConfigs", 4, resources=[_resource("1", BROKER)], include_synonyms=True, only=in_lines)


@scenario
def describe_cluster_default(talk: Conversation) -> None:
    """The default of all brokers is the resource without a name: only what was set dynamically."""
    talk.ask("DescribeConfigs", 4, resources=[_resource("", BROKER)], include_synonyms=True, only=in_lines)


@scenario
def describe_wrong(talk: Conversation) -> None:
    """Unknown topics, brokers and kinds of resource."""
    name = talk.create_topic("known")
    keys = ["retention.ms"]
    talk.ask("DescribeConfigs", 4, resources=[_resource(talk.name("unknown"), keys=keys)])
    for topic in ("", "a b", "."):
        talk.ask("DescribeConfigs", 4, resources=[_resource(topic, keys=keys)])
    for broker in ("2", "one", "-1"):
        talk.ask("DescribeConfigs", 4, resources=[_resource(broker, BROKER, ["log.retention.ms"])])
    for kind in (0, 1, 3, 5, 99):
        talk.ask("DescribeConfigs", 4, resources=[_resource("x", kind, ["a"])])
    talk.ask("DescribeConfigs", 4, resources=[])
    talk.ask("DescribeConfigs", 4, resources=[_resource(name, keys=keys), _resource(name, keys=["cleanup.policy"])])


def _change(name: str, *changes: tuple[int, str, str | None], kind: int = TOPIC) -> dict[str, Any]:
    configs = [{"config_operation": how, "name": key, "value": value} for how, key, value in changes]
    return {"resources": [{"resource_type": kind, "resource_name": name, "configs": configs}]}


def _show(talk: Conversation, name: str, *keys: str, kind: int = TOPIC) -> None:
    answer = talk.setup("DescribeConfigs", 4, resources=[_resource(name, kind, list(keys))], include_synonyms=True)
    for line in in_lines(answer)["results"][0]["configs"]:
        talk.write(f"   now {line}")


@scenario
def incremental(talk: Conversation) -> None:
    """Set, delete, append and subtract, at both versions."""
    name = talk.create_topic("changing")
    keys = ("cleanup.policy", "retention.ms")
    for change in (
        (SET, "retention.ms", "5000"),
        (SET, "retention.ms", "6000"),
        (DELETE, "retention.ms", None),
        (DELETE, "retention.ms", None),
        (APPEND, "cleanup.policy", "compact"),
        (APPEND, "cleanup.policy", "compact"),
        (SUBTRACT, "cleanup.policy", "delete"),
        (SUBTRACT, "cleanup.policy", "compact"),
        (SET, "cleanup.policy", "compact,delete"),
        (DELETE, "cleanup.policy", ""),
    ):
        for version in (0, 1):
            talk.ask("IncrementalAlterConfigs", version, **_change(name, change))
        _settle(talk)
        _show(talk, name, *keys)


def _settle(talk: Conversation) -> None:
    """A topic made after a change is seen only once that change has been applied."""
    talk.create_topic(f"settled{len(talk.lines)}")


@scenario
def incremental_wrong(talk: Conversation) -> None:
    """Unknown names and operations, bad values, lists that are none, doubled keys and resources; nothing is changed."""
    name = talk.create_topic("steady")
    for changes in (
        [(SET, "no.such.config", "1")],
        [(DELETE, "no.such.config", None)],
        [(SET, "", "1")],
        [(SET, "retention.ms", "soon")],
        [(SET, "retention.ms", "-5")],
        [(SET, "retention.ms", None)],
        [(SET, "cleanup.policy", "keep")],
        [(APPEND, "retention.ms", "1")],
        [(SUBTRACT, "retention.ms", "1")],
        [(APPEND, "cleanup.policy", "keep")],
        [(9, "retention.ms", "1")],
        [(-1, "retention.ms", "1")],
        [(SET, "retention.ms", "1"), (SET, "retention.ms", "2")],
        [(SET, "retention.ms", "1"), (SET, "no.such.config", "2")],
        [(SET, "segment.bytes", "1000")],
        [(SET, "log.retention.ms", "1000")],
        [(SET, "leader.replication.throttled.replicas", "nonsense")],
        [(SET, "leader.replication.throttled.replicas", "*")],
        [(APPEND, "leader.replication.throttled.replicas", "0:1")],
        [],
    ):
        talk.ask("IncrementalAlterConfigs", 1, **_change(name, *changes))
    talk.ask("IncrementalAlterConfigs", 1, **_change(talk.name("unknown"), (SET, "retention.ms", "1")))
    talk.ask("IncrementalAlterConfigs", 1, **_change("", (SET, "retention.ms", "1")))
    for kind in (0, 1, 99):
        talk.ask("IncrementalAlterConfigs", 1, **_change("x", (SET, "a", "1"), kind=kind))
    twice = _change(name, (SET, "retention.ms", "1"))
    twice["resources"] *= 2
    talk.ask("IncrementalAlterConfigs", 1, **twice)
    mixed = _change(name, (SET, "retention.ms", "7000"))
    mixed["resources"] += _change(talk.name("unknown"), (SET, "retention.ms", "1"))["resources"]
    talk.ask("IncrementalAlterConfigs", 1, **mixed)
    _settle(talk)
    _show(talk, name, "cleanup.policy", "retention.ms", "leader.replication.throttled.replicas")


@scenario
def validate_only(talk: Conversation) -> None:
    """Validating changes nothing and refuses the same."""
    name = talk.create_topic("validated")
    for value in ("5000", "soon"):
        asked = {**_change(name, (SET, "retention.ms", value)), "validate_only": True}
        talk.ask("IncrementalAlterConfigs", 1, **asked)
        configs = [{"name": "retention.ms", "value": value}]
        legacy = [{"resource_type": TOPIC, "resource_name": name, "configs": configs}]
        talk.ask("AlterConfigs", 2, resources=legacy, validate_only=True)
    _settle(talk)
    _show(talk, name, "retention.ms")


@scenario
def legacy_alter(talk: Conversation) -> None:
    """AlterConfigs replaces all of a resource's configuration, at every version."""
    name = talk.create_topic("replaced", cleanup_policy="compact")
    for version in range(3):
        configs = [{"name": "retention.ms", "value": str(1000 + version)}]
        talk.ask(
            "AlterConfigs", version, resources=[{"resource_type": TOPIC, "resource_name": name, "configs": configs}]
        )
        _settle(talk)
        _show(talk, name, "cleanup.policy", "retention.ms")
    wishes: list[list[tuple[str, str | None]]] = [
        [("no.such.config", "1")],
        [("retention.ms", "soon")],
        [("retention.ms", None)],
        [],
    ]
    for wrong in wishes:
        wrong_configs = [{"name": key, "value": value} for key, value in wrong]
        resource = {"resource_type": TOPIC, "resource_name": name, "configs": wrong_configs}
        talk.ask("AlterConfigs", 2, resources=[resource])
    _settle(talk)
    _show(talk, name, "cleanup.policy", "retention.ms")


@scenario
def broker_dynamic(talk: Conversation) -> None:
    """Dynamic configs of one broker and of all; topics follow; unknown ones are taken, fixed ones refused."""
    name = talk.create_topic("follower")
    key = "log.message.timestamp.before.max.ms"
    talk.ask("IncrementalAlterConfigs", 1, **_change("", (SET, key, "9000000000000001"), kind=BROKER))
    talk.ask("IncrementalAlterConfigs", 1, **_change("1", (SET, key, "9000000000000002"), kind=BROKER))
    _settle(talk)
    talk.until(lambda: _value(talk, "1", key) == "9000000000000002", "the broker's own value")
    _show(talk, "1", key, kind=BROKER)
    _show(talk, name, "message.timestamp.before.max.ms")
    talk.ask("IncrementalAlterConfigs", 1, **_change("1", (DELETE, key, None), kind=BROKER))
    talk.until(lambda: _value(talk, "1", key) == "9000000000000001", "the cluster's value")
    _show(talk, "1", key, kind=BROKER)
    _show(talk, name, "message.timestamp.before.max.ms")
    talk.ask("IncrementalAlterConfigs", 1, **_change("", (DELETE, key, None), kind=BROKER))
    talk.until(lambda: _value(talk, "1", key) == str(2**63 - 1), "the default value")
    _show(talk, "1", key, kind=BROKER)
    for broker, change in (
        ("1", (SET, "log.dirs", "/elsewhere")),
        ("1", (SET, "node.id", "5")),
        ("", (SET, "listeners", "PLAINTEXT://:1")),
        ("1", (SET, "num.io.threads", "many")),
        ("1", (SET, "num.io.threads", "1000")),
        ("1", (SET, "max.connections", "-5")),
        ("2", (SET, "log.retention.ms", "1")),
        ("one", (SET, "log.retention.ms", "1")),
    ):
        talk.ask("IncrementalAlterConfigs", 1, **_change(broker, change, kind=BROKER))
    talk.ask("IncrementalAlterConfigs", 1, **_change("", (SET, "my.own.setting", "x"), kind=BROKER))
    talk.until(lambda: "my.own.setting" in _names(talk, ""), "the unknown config")
    talk.ask(
        "DescribeConfigs",
        4,
        resources=[_resource("", BROKER, ["my.own.setting"])],
        include_synonyms=True,
        only=in_lines,
    )
    talk.ask("IncrementalAlterConfigs", 1, **_change("", (DELETE, "my.own.setting", None), kind=BROKER))
    talk.until(lambda: "my.own.setting" not in _names(talk, ""), "its end")


@scenario
def sensitive_values(talk: Conversation) -> None:
    """A password that fits no listener is refused, and none is ever told."""
    key = "ssl.truststore.password"
    talk.ask("IncrementalAlterConfigs", 1, **_change("1", (SET, key, "secret"), kind=BROKER))
    talk.until(lambda: key in _names(talk, "1"), "the password")
    _settle(talk)
    talk.ask("DescribeConfigs", 4, resources=[_resource("1", BROKER, [key])], include_synonyms=True, only=in_lines)
    talk.ask("IncrementalAlterConfigs", 1, **_change("1", (DELETE, key, None), kind=BROKER))


def _value(talk: Conversation, broker: str, key: str) -> str | None:
    answer = talk.setup("DescribeConfigs", 4, resources=[_resource(broker, BROKER, [key])])
    found = [config["value"] for config in answer["results"][0]["configs"]]
    return found[0] if found else None


def _names(talk: Conversation, broker: str) -> set[str]:
    answer = talk.setup("DescribeConfigs", 4, resources=[_resource(broker, BROKER)])
    return {config["name"] for config in answer["results"][0]["configs"]}


@scenario
def in_force(talk: Conversation) -> None:
    """A changed topic config rules the very next produce."""
    from tests.conformance.conversation import produce_fields
    from tests.helpers.record_batches import batch

    name = talk.create_topic("ruled")
    talk.ask("Produce", 9, **produce_fields(name, batch([b"x" * 500])))
    talk.ask("IncrementalAlterConfigs", 1, **_change(name, (SET, "max.message.bytes", "100")))
    _settle(talk)
    talk.ask("Produce", 9, **produce_fields(name, batch([b"x" * 500])))
