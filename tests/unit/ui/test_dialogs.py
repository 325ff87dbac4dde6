"""Dialogs: forms that refuse with a reason, plans that are seen before they are carried out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QDialog, QLabel

from tests.helpers.fake_session import FakeSession
from tests.helpers.window_play import WindowPlay, settle, window_play
from workbench.ui.dialogs.about_dialog import AboutDialog
from workbench.ui.dialogs.add_cluster_dialog import AddClusterDialog
from workbench.ui.dialogs.add_partitions_dialog import AddPartitionsDialog
from workbench.ui.dialogs.create_topic_dialog import CreateTopicDialog
from workbench.ui.dialogs.dialog import Dialog
from workbench.ui.dialogs.keys_dialog import KeysDialog
from workbench.ui.dialogs.message_dialog import MessageDialog
from workbench.ui.dialogs.plan_dialog import PlanDialog
from workbench.ui.dialogs.settings_dialog import SettingsDialog
from workbench.ui.theme import theme
from workbench.ui.widgets.labels import label
from workbench.ui.widgets.layouts import column
from workbench.ui.widgets.notice import Notice


def _open(play: WindowPlay, kind: type[QDialog]) -> Any:
    found = [dialog for dialog in play.window.findChildren(kind) if dialog.isVisible()]
    assert len(found) == 1, f"{len(found)} dialogs of {kind.__name__}"
    return found[0]


def _words(dialog: QDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel) if not label.isHidden())


async def test_a_topic_is_made_from_form_to_plan_to_cluster(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        session = await play.add_cluster()
        play.window.commands.run("topic.create")
        form = _open(play, CreateTopicDialog)
        assert not form._go.isEnabled()
        form.name.setText("orders")
        assert "exists" in form._go.toolTip() and form.name.property("state") == "err"
        form.name.setText("new-topic")
        form.partitions.setValue(3)
        form.key.setCurrentText("cleanup.policy")
        form.value.setCurrentText("compact")
        form._add.click()
        form.key.setCurrentText("my.own.key")
        form.value.setCurrentText("x")
        form._add.click()
        form._drop("my.own.key")
        form._go.click()
        await settle()
        plan = _open(play, PlanDialog)
        assert ("create_topic", "new-topic", 3, 1, {"cleanup.policy": "compact"}, True) in session.calls
        assert plan._checked.text() == "the broker accepts it (validate only)"
        assert play.model.clusters[0].topic("new-topic") is None
        plan._apply.click()
        await settle()
        assert play.window.findChildren(PlanDialog) == []
        assert play.model.clusters[0].topic("new-topic") is not None


async def test_a_refused_plan_stays_open_with_kafkas_answer(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        session = await play.add_cluster()
        play.window.commands.run("topic.delete", "orders")
        plan = _open(play, PlanDialog)
        session.down = True
        plan._apply.click()
        await settle()
        assert plan.isVisible() and plan._apply.isEnabled()
        assert "No broker answers" in plan._answer.words()
        assert "BROKER_NOT_AVAILABLE" in _words(plan)


async def test_a_plan_for_a_locked_cluster_cannot_be_applied(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        session = await play.add_cluster(read_only=True)
        play.window.commands.run("topic.delete", "orders")
        plan = _open(play, PlanDialog)
        assert not plan._apply.isEnabled() and "read-only" in plan._apply.toolTip()
        plan._apply.click()
        await settle()
        assert ("delete_topic", "orders") not in session.calls


async def test_partitions_can_only_grow(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        play.window.commands.run("topic.partitions", "orders")
        form = _open(play, AddPartitionsDialog)
        form.total.setValue(1)
        assert form.total.value() == 3
        form._plan()
        await settle()
        assert "-   partitions 2" in _open(play, PlanDialog)._plan.difference


async def test_a_cluster_is_tested_before_it_is_added(tmp_path: Path, monkeypatch: Any) -> None:
    from workbench.client import session as session_module

    made: list[FakeSession] = []

    def connect_to(address: str) -> FakeSession:
        made.append(FakeSession(address))
        made[-1].down = address.startswith("bad")
        return made[-1]

    monkeypatch.setattr(session_module, "ClusterSession", connect_to)
    async with window_play(tmp_path) as play:
        play.window.commands.run("cluster.add")
        form = _open(play, AddClusterDialog)
        assert not form._go.isEnabled()
        form.address.setText("bad:9092")
        form.name.setText("shop")
        form._go.click()
        await settle()
        assert form.isVisible() and "No broker answers" in form._answer.words()
        assert play.model.clusters == []
        form.address.setText("good:9092")
        form._go.click()
        await settle()
        assert play.window.findChildren(AddClusterDialog) == []
        cluster = play.model.cluster("shop")
        assert cluster is not None and cluster.read_only
        assert all(session.closed for session in made)
        assert [profile.name for profile in play.model.profiles.all()] == ["shop"]


async def test_settings_take_effect_and_are_checked(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        play.window.commands.run("settings.open")
        form = _open(play, SettingsDialog)
        preferences = play.model.preferences
        form.zone.setText("Nowhere/Land")
        assert preferences.get("time_zone") == "" and form.zone.property("state") == "err"
        form.zone.setText("Europe/Berlin")
        assert preferences.get("time_zone") == "Europe/Berlin"
        form.port.setText("banana")
        assert preferences.get("first_port") == "9092" and form.port.property("state") == "err"
        form.port.setText("9192")
        assert preferences.get("first_port") == "9192" and "next time" in form._restart.words()
        assert form.brokers.value() == "3"
        form.brokers._buttons["1"].click()
        assert preferences.get("brokers") == "1"
        preferences.put("theme", "dark")
        assert theme().is_dark
        preferences.put("time_zone", "")


async def test_messages_about_and_keys_say_what_they_must(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        message = MessageDialog(play.window, "It failed.", "Try again.", "SOME_CODE", "err")
        play.window.show_dialog(message)
        assert all(part in _words(message) for part in ("It failed.", "Try again.", "SOME_CODE"))
        message.reject()
        play.window.commands.run("help.about")
        assert "Apache License 2.0" in _words(_open(play, AboutDialog))
        _open(play, AboutDialog).reject()
        play.window.commands.run("help.keys")
        keys = _open(play, KeysDialog)
        assert keys.isModal()
        keys.reject()


async def test_an_unknown_failure_is_told_as_a_bug_with_the_way_to_report_it(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        play.window.show_error(ZeroDivisionError("oops"))
        words = _words(_open(play, MessageDialog))
        assert "bug" in words and "ZeroDivisionError: oops" in words and "diagnostics" in words


def test_a_notice_of_each_tone_exists(qtbot: Any) -> None:
    for tone in ("info", "warn", "err", "ok"):
        notice = Notice("words", tone)
        qtbot.addWidget(notice)
        assert notice.property("tone") == tone


async def test_a_dialog_is_as_high_as_its_words_need(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        dialog = Dialog(play.window, "Delete topic payments", "pending", "accent", 680)
        words = label("The topic goes with its messages and its configuration, and with what was to come.", wrap=True)
        dialog.build(column(words), [dialog.cancel_button()])
        dialog.open()
        await settle()
        layout = dialog.layout()
        assert layout is not None and dialog.height() == layout.totalHeightForWidth(dialog.width())
        dialog.reject()
