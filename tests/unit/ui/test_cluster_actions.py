"""The table of actions on brokers and faults: keys that no other action has, reasons, words to find them by."""

from __future__ import annotations

from workbench.ui.actions import ACTIONS, BY_ID
from workbench.ui.cluster_actions import BROKER_ACTIONS, FAULT_ACTIONS, MOVE_REPLICAS, NEW_CLUSTER, VIEW_ACTIONS

MINE = (*VIEW_ACTIONS, *BROKER_ACTIONS, *FAULT_ACTIONS, MOVE_REPLICAS, NEW_CLUSTER)


def test_every_action_has_keys_of_its_own_and_stands_in_a_menu() -> None:
    assert all(action.keys and action.menu and action.icon for action in MINE)
    keys = [action.keys for action in ACTIONS if action.keys]
    assert len(keys) == len(set(keys))


def test_every_action_is_in_the_table_and_can_be_found() -> None:
    for action in MINE:
        assert BY_ID[action.id] is action
        assert action.words


def test_what_acts_on_a_cluster_says_why_it_cannot() -> None:
    assert [action.id for action in MINE if action.why_not is None] == ["dock.timeline", "cluster.new"]
