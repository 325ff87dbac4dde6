"""A fork's name and ports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.helpers.window_play import until, window_play
from workbench.cluster.copies import Copy
from workbench.ui.dialogs.fork_dialog import ForkDialog


async def test_names_and_ports_of_others_are_not_taken(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        play.model.preferences.put("start_clusters", "no")
        cluster: Any = play.model.add_local()
        await until(lambda: cluster.local.cluster is not None, "opened")
        spec = cluster.local.cluster.spec
        copy = Copy("good", tmp_path / "copies" / "good", 0, 100, spec)
        plans: list[Any] = []
        form: Any = ForkDialog(play.window, cluster, copy, lambda _cluster, plan: plans.append(plan))
        assert form.name.text() == "local-fork-1" and form.go.isEnabled()
        ports = form._ports.text()
        assert not {str(broker.port) for broker in spec.brokers} & set(ports.replace(".", "").replace(",", "").split())
        form.port.setText(str(spec.brokers[1].port))
        assert "belongs to a cluster in the list" in form.go.toolTip() == form._reason.text()
        form.port.setText("x")
        assert "1 to 65000" in form.go.toolTip()
        form.port.setText(str(form._free_from(20_000)))
        for name, words in (("local", "in the list"), ("a b", "A name of letters")):
            form.name.setText(name)
            assert words in form.go.toolTip()
        (play.model.clusters_dir / "full" / "x").mkdir(parents=True)
        form.name.setText("full")
        assert "not empty" in form.go.toolTip()
        form.name.setText("experiment")
        form.go.click()
        assert plans[0].title == "Fork “good” as experiment"
