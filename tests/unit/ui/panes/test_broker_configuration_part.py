"""A broker's configuration: asked of the broker that is chosen, and of no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.helpers.played_window import own_cluster
from tests.helpers.window_play import settle, window_play
from workbench.ui.documents import DocumentKey
from workbench.ui.panes.broker_configuration_part import BrokerConfigurationPart


async def test_it_reads_the_chosen_broker_when_it_is_seen(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        _cluster, session = await own_cluster(play)
        key = DocumentKey("brokers", "local")
        part: Any = BrokerConfigurationPart(play.window._context_for(key), key)
        part.show_broker(2)
        assert not [call for call in session.calls if call[0] == "broker_configs"], "nobody sees it yet"
        part.shown()
        await settle()
        part.show_broker(2)
        part.show_broker(1)
        await settle()
        asked = [call[1] for call in session.calls if call[0] == "broker_configs"]
        assert asked == [2, 1]
        keys = [row.key for row in part.table.table_model.rows if row.key]
        assert "retention.ms" in keys
        part.deleteLater()
