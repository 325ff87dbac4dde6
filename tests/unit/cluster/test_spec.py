import json
from pathlib import Path

import pytest

from workbench.cluster.spec import SPEC_FILE_NAME, BrokerSpec, ClusterSpec, load_spec, save_spec
from workbench.system.known_error import KnownError

SPEC = ClusterSpec(
    "local",
    "cluster-id",
    (
        BrokerSpec(1, 9092, 9193, "dir-1", ("broker-1",), rack="a", settings={"log.retention.ms": "1000"}),
        BrokerSpec(2, 9093, 9194, "dir-2", ("broker-2", "/elsewhere")),
    ),
    {"num.partitions": "3"},
)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    save_spec(tmp_path, SPEC)
    assert load_spec(tmp_path) == SPEC
    assert [entry.name for entry in tmp_path.iterdir()] == [SPEC_FILE_NAME]


def test_no_file_is_no_spec(tmp_path: Path) -> None:
    assert load_spec(tmp_path) is None


def saved(tmp_path: Path) -> dict[str, object]:
    save_spec(tmp_path, SPEC)
    body = json.loads((tmp_path / SPEC_FILE_NAME).read_text())
    assert isinstance(body, dict)
    return body


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "version 2"),
        ({"brokers": []}, "no brokers"),
        ({"brokers": [{"node_id": "x"}]}, "not a description"),
        ({"brokers": None}, "not a description"),
        ({"name": None, "brokers": {}}, "no brokers"),
    ],
)
def test_what_is_not_understood_is_told(tmp_path: Path, change: dict[str, object], words: str) -> None:
    (tmp_path / SPEC_FILE_NAME).write_text(json.dumps({**saved(tmp_path), **change}))
    with pytest.raises(KnownError, match=words) as caught:
        load_spec(tmp_path)
    assert caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00"])
def test_a_damaged_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / SPEC_FILE_NAME).write_bytes(content)
    with pytest.raises(KnownError):
        load_spec(tmp_path)


def test_two_brokers_with_one_id_are_refused(tmp_path: Path) -> None:
    body = saved(tmp_path)
    brokers = body["brokers"]
    assert isinstance(brokers, list)
    brokers[1]["node_id"] = 1
    (tmp_path / SPEC_FILE_NAME).write_text(json.dumps(body))
    with pytest.raises(KnownError, match="same node id"):
        load_spec(tmp_path)


def test_brokers_by_id_and_added_settings() -> None:
    assert SPEC.broker(2).port == 9093
    with pytest.raises(KeyError):
        SPEC.broker(3)
    assert SPEC.with_settings({"a": "b", "num.partitions": "4"}).settings == {"num.partitions": "4", "a": "b"}
