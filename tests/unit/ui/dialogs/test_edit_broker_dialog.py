"""Changing a broker: judged by the broker program while it is typed, then a plan; on a real cluster's description."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.window_play import WindowPlay, settle, until, window_play
from workbench.client.model import LogDirectory
from workbench.ui.dialogs.edit_broker_dialog import EditBrokerDialog
from workbench.ui.view_models.cluster_model import ClusterModel


class Dialogue:
    """The dialog for broker 2 of a cluster that was described and not started."""

    def __init__(self, play: WindowPlay, cluster: ClusterModel) -> None:
        self.play, self.cluster = play, cluster
        self.plans: list[Any] = []
        self.dialog: Any = None

    def open(self) -> Any:
        self.dialog = EditBrokerDialog(
            self.play.window, self.cluster, 2, lambda _cluster, plan: self.plans.append(plan)
        )
        return self.dialog

    async def judged(self) -> str:
        await until(lambda: self.dialog._faults is not None, "judged")
        return str(self.dialog.settings.words())


@pytest.fixture
async def dialogue(tmp_path: Path) -> AsyncIterator[Dialogue]:
    async with window_play(tmp_path) as play:
        play.model.preferences.put("start_clusters", "no")
        cluster = play.model.add_local()
        local = cluster.local
        assert local is not None
        await until(lambda: local.cluster is not None, "opened")
        made = Dialogue(play, cluster)
        yield made
        if made.dialog is not None:
            made.dialog.deleteLater()


async def test_nothing_is_offered_before_anything_changes(dialogue: Dialogue) -> None:
    dialog = dialogue.open()
    assert await dialogue.judged() == "Nothing beyond the defaults."
    assert dialog.go.toolTip() == "Nothing is changed yet." == dialog._reason.text()
    dialog.rack.setText("cellar")
    assert dialog.go.isEnabled()
    dialog.port.setText(str(dialogue.cluster.local.cluster.brokers[1].spec.port))  # type: ignore[union-attr]
    assert dialog._port_note.text() == "the port of broker 1" and not dialog.go.isEnabled()


async def test_a_wrong_value_gets_kafkas_sentence_while_it_is_typed(dialogue: Dialogue) -> None:
    dialog = dialogue.open()
    dialog.settings.text.setPlainText("num.io.threads=many")
    assert dialog.go.toolTip() == "The settings are being checked."
    assert "Not a number of type INT" in await dialogue.judged()
    assert dialog.go.toolTip() == "A setting is not acceptable."
    dialog.settings.text.setPlainText("num.io.thread=8")
    assert "did you mean num.io.threads?" in await dialogue.judged()
    assert dialog.go.isEnabled(), "Kafka ignores it"
    dialog.settings.text.setPlainText("node.id=8")
    assert "cannot be set" in await dialogue.judged()
    dialog.settings.text.setPlainText("num.io.threads=8")
    assert await dialogue.judged() == "Kafka accepts them."
    dialog.go.click()
    assert dialogue.plans[0].difference == ("+ num.io.threads=8",)


async def test_a_directory_more_and_none_less(dialogue: Dialogue) -> None:
    dialog = dialogue.open()
    await dialogue.judged()
    dialog.place.setText("broker-1")
    assert "belongs to broker 1" in dialog._place_note.text() and not dialog.add_place.isEnabled()
    dialog.place.setText("disk-2")
    assert dialog.go.toolTip() == "Add the directory, or empty its field."
    dialog.add_place.click()
    assert dialog._chosen == ["broker-2", "disk-2"] and dialog.go.isEnabled()
    dialog._drop_place("disk-2")
    assert dialog.go.toolTip() == "Nothing is changed yet."


async def test_what_a_directory_holds_is_asked(dialogue: Dialogue) -> None:
    local = dialogue.cluster.local
    assert local is not None and local.cluster is not None
    from dataclasses import replace

    spec = local.cluster.spec
    two = replace(spec.broker(2), log_directories=("broker-2", "disk-2"))
    local.cluster.adopt(replace(spec, brokers=(spec.broker(1), two, spec.broker(3))))

    class Session:
        async def log_directories(self) -> Any:
            return {2: (LogDirectory(str(local.folder / "disk-2"), 10, 4, 100, 50),)}

    dialogue.cluster.session = Session()  # type: ignore[assignment]
    dialog = dialogue.open()
    await dialogue.judged()
    await until(lambda: dialog._replicas is not None, "told")
    assert dialog._count("disk-2") == 4 and dialog._held("disk-2") == "4 replicas"
    dialogue.cluster.session = None


async def test_settings_of_every_broker(dialogue: Dialogue) -> None:
    dialog = dialogue.open()
    dialog.whose._buttons["every"].click()
    assert dialog._only_one.isHidden() and "all 3 brokers" in dialog._settings_note.text()
    dialog.settings.text.setPlainText("num.partitions=2")
    await dialogue.judged()
    dialog.go.click()
    await settle()
    assert dialogue.plans[0].title == "Change every broker of local"
