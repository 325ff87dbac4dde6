"""The table of everything a user can do: menus, tool tips, keys and the palette are made from it.

An action is known by its id; `run` gets the commands and an argument ("" from a menu). `why_not` gives the reason
and the remedy while it cannot be done; a disabled action is shown with both, never hidden.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.ui.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from workbench.ui.commands import Commands


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why an action cannot be done now, and the action that helps (its id, argument and words), if one does."""

    reason: str
    remedy_action: str = ""
    remedy_argument: str = ""
    remedy_label: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """One line of the table; `menu` "" keeps it out of the menus, `group` separates lines of a menu."""

    id: str
    title: str
    menu: str
    run: Callable[[Commands, str], None]
    keys: str = ""
    icon: str = ""
    group: int = 0
    why_not: Callable[[Commands], Unavailable | None] | None = None
    checked: Callable[[Commands], bool] | None = None
    words: str = ""


MENUS: tuple[str, ...] = (
    QT_TRANSLATE_NOOP("actions", "File"),
    QT_TRANSLATE_NOOP("actions", "Edit"),
    QT_TRANSLATE_NOOP("actions", "View"),
    QT_TRANSLATE_NOOP("actions", "Cluster"),
    QT_TRANSLATE_NOOP("actions", "Topic"),
    QT_TRANSLATE_NOOP("actions", "Tools"),
    QT_TRANSLATE_NOOP("actions", "Help"),
)

ACTIONS: tuple[Action, ...] = (
    # File
    Action(
        "cluster.add",
        QT_TRANSLATE_NOOP("actions", "Connect to a cluster…"),
        "File",
        lambda c, _a: c.add_cluster(),
        "Ctrl+Shift+N",
        "connect",
        words="bootstrap servers remote add",
    ),
    Action(
        "welcome.open",
        QT_TRANSLATE_NOOP("actions", "Welcome page"),
        "File",
        lambda c, _a: c.open_kind("welcome"),
        icon="home",
    ),
    Action(
        "document.close",
        QT_TRANSLATE_NOOP("actions", "Close tab"),
        "File",
        lambda c, _a: c.close_document(),
        "Ctrl+W",
        "close",
        1,
        lambda c: c.why_no_document(),
    ),
    Action(
        "data.location",
        QT_TRANSLATE_NOOP("actions", "Where the data lies"),
        "File",
        lambda c, _a: c.open_kind("data"),
        "",
        "database",
        1,
        lambda c: c.why_not_embedded(),
        words="folder size wipe disk delete",
    ),
    Action(
        "settings.open",
        QT_TRANSLATE_NOOP("actions", "Settings…"),
        "File",
        lambda c, _a: c.settings(),
        "Ctrl+,",
        "settings",
        2,
        words="preferences ports theme time zone data folder",
    ),
    Action("app.quit", QT_TRANSLATE_NOOP("actions", "Quit"), "File", lambda c, _a: c.quit(), "Ctrl+Q", "", 3),
    # Edit
    Action(
        "edit.undo",
        QT_TRANSLATE_NOOP("actions", "Undo the last change"),
        "Edit",
        lambda c, _a: c.undo(),
        "Ctrl+Z",
        "undo",
        0,
        lambda c: c.why_no_undo(),
    ),
    Action(
        "edit.find",
        QT_TRANSLATE_NOOP("actions", "Find in this tab"),
        "Edit",
        lambda c, _a: c.find(),
        "Ctrl+F",
        "search",
        1,
        lambda c: c.why_no_document(),
    ),
    Action(
        "address.copy",
        QT_TRANSLATE_NOOP("actions", "Copy the cluster's address"),
        "Edit",
        lambda c, _a: c.copy_address(),
        "Ctrl+Shift+A",
        "copy",
        1,
        lambda c: c.why_no_cluster(),
        words="bootstrap servers localhost port",
    ),
    # View
    Action(
        "overview.open",
        QT_TRANSLATE_NOOP("actions", "Overview"),
        "View",
        lambda c, _a: c.open_kind("overview"),
        "Ctrl+1",
        "overview",
        0,
        lambda c: c.why_no_cluster(),
        words="brokers problems partitions",
    ),
    Action(
        "topics.open",
        QT_TRANSLATE_NOOP("actions", "Topics"),
        "View",
        lambda c, _a: c.open_kind("topics"),
        "Ctrl+2",
        "topic",
        0,
        lambda c: c.why_no_cluster(),
    ),
    Action(
        "groups.open",
        QT_TRANSLATE_NOOP("actions", "Groups"),
        "View",
        lambda c, _a: c.open_kind("groups"),
        "Ctrl+3",
        "group",
        0,
        lambda c: c.why_no_cluster(),
        words="consumers lag offsets members",
    ),
    Action(
        "throughput.open",
        QT_TRANSLATE_NOOP("actions", "Throughput"),
        "View",
        lambda c, _a: c.open_kind("throughput"),
        "Ctrl+4",
        "throughput",
        0,
        lambda c: c.why_no_cluster(),
        words="rates bytes messages requests charts",
    ),
    Action(
        "dock.logs",
        QT_TRANSLATE_NOOP("actions", "Broker logs"),
        "View",
        lambda c, a: c.show_logs(a),
        "Ctrl+L",
        "log",
        1,
    ),
    Action(
        "dock.jobs",
        QT_TRANSLATE_NOOP("actions", "Jobs"),
        "View",
        lambda c, _a: c.show_dock(1),
        "Ctrl+Shift+J",
        "job",
        1,
    ),
    Action(
        "dock.rates",
        QT_TRANSLATE_NOOP("actions", "Rates"),
        "View",
        lambda c, _a: c.show_dock(2),
        "Ctrl+Shift+R",
        "throughput",
        1,
    ),
    Action(
        "view.navigator",
        QT_TRANSLATE_NOOP("actions", "Navigator"),
        "View",
        lambda c, _a: c.toggle("navigator"),
        "Ctrl+B",
        "",
        2,
        checked=lambda c: c.is_open("navigator"),
    ),
    Action(
        "view.inspector",
        QT_TRANSLATE_NOOP("actions", "Inspector"),
        "View",
        lambda c, _a: c.toggle("inspector"),
        "Ctrl+I",
        "",
        2,
        checked=lambda c: c.is_open("inspector"),
    ),
    Action(
        "view.dock",
        QT_TRANSLATE_NOOP("actions", "Dock"),
        "View",
        lambda c, _a: c.toggle("dock"),
        "Ctrl+J",
        "",
        2,
        checked=lambda c: c.is_open("dock"),
    ),
    Action(
        "view.next",
        QT_TRANSLATE_NOOP("actions", "Next tab"),
        "View",
        lambda c, _a: c.step_document(1),
        "Ctrl+PgDown",
        "",
        3,
        lambda c: c.why_no_document(),
    ),
    Action(
        "view.previous",
        QT_TRANSLATE_NOOP("actions", "Previous tab"),
        "View",
        lambda c, _a: c.step_document(-1),
        "Ctrl+PgUp",
        "",
        3,
        lambda c: c.why_no_document(),
    ),
    Action(
        "view.theme",
        QT_TRANSLATE_NOOP("actions", "Dark or light"),
        "View",
        lambda c, _a: c.toggle_theme(),
        "Ctrl+Shift+D",
        "dark",
        4,
        words="theme mode",
    ),
    Action(
        "view.internal",
        QT_TRANSLATE_NOOP("actions", "Internal topics"),
        "View",
        lambda c, _a: c.toggle_internal(),
        "Ctrl+.",
        "",
        4,
        checked=lambda c: c.model.preferences.is_on("show_internal"),
        words="__consumer_offsets hidden",
    ),
    Action(
        "view.refresh",
        QT_TRANSLATE_NOOP("actions", "Refresh"),
        "View",
        lambda c, _a: c.refresh(),
        "F5",
        "refresh",
        4,
        lambda c: c.why_no_cluster(),
    ),
    # Cluster
    Action(
        "program.connect",
        QT_TRANSLATE_NOOP("actions", "Connect your program"),
        "Cluster",
        lambda c, _a: c.open_kind("connect"),
        "Ctrl+Shift+P",
        "code",
        0,
        lambda c: c.why_no_cluster(),
        words="snippet python java kcat properties client",
    ),
    Action(
        "cluster.start",
        QT_TRANSLATE_NOOP("actions", "Start the cluster"),
        "Cluster",
        lambda c, _a: c.start_cluster(),
        "",
        "start",
        1,
        lambda c: c.why_not_start(),
        words="run brokers",
    ),
    Action(
        "cluster.stop",
        QT_TRANSLATE_NOOP("actions", "Stop the cluster"),
        "Cluster",
        lambda c, _a: c.stop_cluster(),
        "",
        "stop",
        1,
        lambda c: c.why_not_stop(),
        words="shut down brokers",
    ),
    Action(
        "broker.start",
        QT_TRANSLATE_NOOP("actions", "Start a broker…"),
        "Cluster",
        lambda c, a: c.broker("start", a),
        "",
        "start",
        2,
        lambda c: c.why_no_broker("start"),
    ),
    Action(
        "broker.stop",
        QT_TRANSLATE_NOOP("actions", "Stop a broker…"),
        "Cluster",
        lambda c, a: c.broker("stop", a),
        "",
        "stop",
        2,
        lambda c: c.why_no_broker("stop"),
    ),
    Action(
        "broker.pause",
        QT_TRANSLATE_NOOP("actions", "Pause or resume a broker…"),
        "Cluster",
        lambda c, a: c.broker("pause", a),
        "",
        "pause",
        2,
        lambda c: c.why_no_broker("pause"),
        words="suspend freeze",
    ),
    Action(
        "broker.kill",
        QT_TRANSLATE_NOOP("actions", "Kill a broker…"),
        "Cluster",
        lambda c, a: c.broker("kill", a),
        "",
        "kill",
        2,
        lambda c: c.why_no_broker("kill"),
        words="kill -9 crash fault",
    ),
    Action(
        "cluster.reconnect",
        QT_TRANSLATE_NOOP("actions", "Try to connect now"),
        "Cluster",
        lambda c, _a: c.refresh(),
        "",
        "refresh",
        3,
        lambda c: c.why_no_cluster(),
    ),
    Action(
        "cluster.unlock",
        QT_TRANSLATE_NOOP("actions", "Unlock for 15 minutes"),
        "Cluster",
        lambda c, _a: c.unlock(),
        "",
        "locked",
        3,
        lambda c: c.why_not_unlock(),
        words="read-only write",
    ),
    Action(
        "cluster.forget",
        QT_TRANSLATE_NOOP("actions", "Take out of the list"),
        "Cluster",
        lambda c, _a: c.forget_cluster(),
        "",
        "close",
        3,
        lambda c: c.why_not_forget(),
        words="disconnect remove",
    ),
    Action(
        "group.delete",
        QT_TRANSLATE_NOOP("actions", "Delete group…"),
        "Cluster",
        lambda c, a: c.delete_group(a),
        "",
        "delete",
        4,
        lambda c: c.why_no_group(),
    ),
    # Topic
    Action(
        "topic.create",
        QT_TRANSLATE_NOOP("actions", "Create topic…"),
        "Topic",
        lambda c, _a: c.create_topic(),
        "Ctrl+N",
        "add",
        0,
        lambda c: c.why_not_write(),
        words="new",
    ),
    Action(
        "topic.produce",
        QT_TRANSLATE_NOOP("actions", "Produce a message…"),
        "Topic",
        lambda c, a: c.produce(a),
        "Ctrl+P",
        "produce",
        0,
        lambda c: c.why_no_topic(),
        words="send write",
    ),
    Action(
        "topic.partitions",
        QT_TRANSLATE_NOOP("actions", "Add partitions…"),
        "Topic",
        lambda c, a: c.add_partitions(a),
        "",
        "partition",
        1,
        lambda c: c.why_no_topic(),
    ),
    Action(
        "topic.configuration",
        QT_TRANSLATE_NOOP("actions", "See configuration"),
        "Topic",
        lambda c, a: c.open_topic(a, "configuration"),
        "",
        "config",
        1,
        lambda c: c.why_no_topic(read=True),
    ),
    Action(
        "topic.purge",
        QT_TRANSLATE_NOOP("actions", "Purge messages…"),
        "Topic",
        lambda c, a: c.purge(a),
        "",
        "purge",
        2,
        lambda c: c.why_no_topic(),
        words="delete records empty truncate",
    ),
    Action(
        "topic.delete",
        QT_TRANSLATE_NOOP("actions", "Delete topic…"),
        "Topic",
        lambda c, a: c.delete_topics(a),
        "",
        "delete",
        2,
        lambda c: c.why_no_topic(),
    ),
    # Tools
    Action(
        "palette.open",
        QT_TRANSLATE_NOOP("actions", "Search everything"),
        "Tools",
        lambda c, _a: c.palette(),
        "Ctrl+K",
        "search",
    ),
    Action(
        "diagnostics.copy",
        QT_TRANSLATE_NOOP("actions", "Copy diagnostics"),
        "Tools",
        lambda c, _a: c.copy_diagnostics(),
        "",
        "copy",
        1,
        words="versions bug report",
    ),
    Action(
        "log.open",
        QT_TRANSLATE_NOOP("actions", "Show the log file"),
        "Tools",
        lambda c, _a: c.show_log_file(),
        "",
        "log",
        1,
    ),
    # Help
    Action("help.keys", QT_TRANSLATE_NOOP("actions", "Keys"), "Help", lambda c, _a: c.show_keys(), "F1", "keyboard"),
    Action(
        "help.about",
        QT_TRANSLATE_NOOP("actions", "About Kafka Workbench"),
        "Help",
        lambda c, _a: c.about(),
        "",
        "advice",
        1,
        words="version licence",
    ),
)

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}
