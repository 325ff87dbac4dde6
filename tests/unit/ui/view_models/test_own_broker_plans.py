"""Plans for own brokers say what changes and who waits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.helpers.fake_session import partition, topic
from workbench.cluster.plan import new_spec
from workbench.ui.view_models.data_plans import FolderSize
from workbench.ui.view_models.own_broker_plans import change_broker, change_every_broker, take_out
from workbench.ui.view_models.removal import removal

FOLDER = Path("/data/local")
BROKER = new_spec("local", 3, 9092, {}, lambda: "id").broker(2)
TOPICS = (topic("a", partition(0, 2, (2,)), partition(1, 2, (2, 3)), partition(2, 1, (1, 2))),)


async def _job(_progress: Any) -> None:
    return


def test_a_change_is_told_as_lines_of_the_properties() -> None:
    after = replace(BROKER, port=9500, rack="b", log_directories=("broker-2", "more"), settings={"num.io.threads": "3"})
    plan = change_broker(FOLDER, BROKER, after, {"by.hand": "1"}, TOPICS, runs=True, job=_job)
    assert "- listeners=PLAINTEXT://localhost:9093" in plan.difference
    assert "+ listeners=PLAINTEXT://localhost:9500" in plan.difference
    assert {"+ broker.rack=b", "+ num.io.threads=3", "- by.hand=1"} <= set(plan.difference)
    assert "+ log.dirs=/data/local/broker-2,/data/local/more" in plan.difference
    assert dict(plan.touches)["Partitions that wait for it"] == "1"
    assert dict(plan.touches)["Partitions that others lead meanwhile"] == "1"
    assert "1 partition has no other replica" in plan.warning
    assert "kafka-server-stop.sh --node-id=2" in plan.shell and "# without by.hand" in plan.shell
    assert plan.job is _job and not plan.needs_running


def test_a_broker_that_does_not_run_is_only_described() -> None:
    plan = change_broker(FOLDER, BROKER, replace(BROKER, rack="b"), {}, TOPICS, runs=False, job=_job)
    assert plan.difference == ("+ broker.rack=b",) and plan.apply_label == "Change it"
    assert plan.warning == "" and "kafka-server-stop" not in plan.shell


def test_directories_that_are_given_up_stay_on_disk() -> None:
    before = replace(BROKER, log_directories=("broker-2", "more"))
    plan = change_broker(FOLDER, before, BROKER, {}, (), runs=True, job=_job)
    assert ("Directories that stay on disk, unused", "1") in plan.touches


def test_every_broker_restarts_one_at_a_time() -> None:
    plan = change_every_broker("local", {"a": "1"}, {"a": "2", "b": "3"}, [1, 2, 3], TOPICS, job=_job)
    assert plan.difference == ("- a=1", "+ a=2", "+ b=3")
    assert plan.touches == (("Brokers that restart", "1, 2, 3"),)
    assert "1 partition has no other replica" in plan.warning
    stopped = change_every_broker("local", {"a": "1"}, {}, [], TOPICS, job=_job)
    assert stopped.warning == "" and stopped.apply_label == "Change them"


def test_a_broker_that_leaves_is_told_with_replicas_vote_and_directory() -> None:
    spec = new_spec("local", 3, 9092, {}, lambda: "id")
    found = removal(spec, 3, (topic("a", partition(0, 3, (3, 1))), topic("b", partition(0, 1, (1, 2, 3)))))
    places = (FolderSize("broker-3", FOLDER / "broker-3", 3, 2048),)
    plan = take_out("local", "localhost:9092", found, "localhost:9094", places, delete=False, refused=("b",), job=_job)
    assert plan.difference == (
        "- broker 3  localhost:9094",
        "- quorum voter 2",
        "- quorum voter 3",
        "- a-0  replicas 3, 1",
        "+ a-0  replicas 2, 1",
        "- b-0  replicas 1, 2, 3",
        "+ b-0  replicas 1, 2",
        "  /data/local/broker-3  2.0 KiB, kept",
    )
    touched = dict(plan.touches)
    assert (touched["Replicas to copy"], touched["Leaders that move"]) == ("1", "1")
    assert (touched["Voters afterwards"], touched["Others that restart for their role"]) == ("1", "2")
    assert "acks=all to b" in plan.warning and plan.destructive
    assert "remove-controller --controller-id 3" in plan.shell and plan.shell.endswith("--id 3")
    deleted = take_out("local", "l:1", found, "l:3", places, delete=True, refused=(), job=_job)
    assert deleted.difference[-1] == "- /data/local/broker-3  2.0 KiB" and deleted.warning == ""
