"""What the actions do: opens documents and dialogs, asks the model to act; one method for each kind of action.

`why_*` methods give the reason why something cannot be done now, with the remedy, or None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from workbench.client.model import TopicInfo
from workbench.system.known_error import KnownError
from workbench.ui.action import Unavailable
from workbench.ui.actions import BY_ID
from workbench.ui.cluster_commands import ClusterCommands
from workbench.ui.documents import LOGS, DocumentKey
from workbench.ui.theme import ThemeChoice, theme
from workbench.ui.view_models.cluster_model import ClusterModel, ClusterState
from workbench.ui.view_models.plan import Plan, Work

if TYPE_CHECKING:
    from workbench.ui.main_window import MainWindow
    from workbench.ui.view_models.workbench_model import WorkbenchModel


class Commands(QObject):
    """Acts on the current cluster, and on the topic or group of the document in front."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.model: WorkbenchModel = window.model
        self._undo: Work | None = None
        self.on_cluster: ClusterCommands = ClusterCommands(self)
        self.model.done.connect(self._remember_undo)

    def run(self, action_id: str, argument: str = "") -> None:
        """Runs an action if it can be done now; else tells why not."""
        action = BY_ID[action_id]
        refused = action.why_not(self) if action.why_not is not None and not argument else None
        if refused is not None:
            self.window.say(refused.reason, "warn")
            return
        self.model.history.count_use(action_id)
        action.run(self, argument)

    # -- what is in front -----------------------------------------------------------------------------------------

    @property
    def cluster(self) -> ClusterModel | None:
        """The current cluster."""
        return self.model.current

    def _topic(self, name: str) -> TopicInfo | None:
        key = self.window.documents.current
        wanted = name or (key.subject if key is not None and key.kind == "topic" else "")
        if not wanted:
            pane = self.window.documents.pane
            chosen = getattr(pane, "chosen_topics", None)
            names = chosen() if chosen is not None else []
            wanted = names[0] if names else ""
        return self.cluster.topic(wanted) if self.cluster is not None and wanted else None

    def _group(self, name: str) -> str:
        key = self.window.documents.current
        if name or key is None:
            return name
        if key.kind == "group":
            return key.subject
        chosen = getattr(self.window.documents.pane, "chosen_group", None)
        return str(chosen()) if chosen is not None else ""

    # -- why not --------------------------------------------------------------------------------------------------

    def why_no_cluster(self) -> Unavailable | None:
        """No cluster is there."""
        if self.cluster is None:
            return Unavailable(self.tr("No cluster yet."), "welcome.open", "", self.tr("Open the welcome page"))
        return None

    def why_no_document(self) -> Unavailable | None:
        """No tab is open."""
        if self.window.documents.current is None:
            return Unavailable(self.tr("No tab is open."), "overview.open", "", self.tr("Open Overview"))
        return None

    def why_not_write(self) -> Unavailable | None:
        """The cluster does not take writes now."""
        missing = self.why_no_cluster()
        if missing is not None or self.cluster is None:
            return missing
        reason = self.cluster.why_not_write()
        if not reason:
            return None
        if self.cluster.state is ClusterState.RUNNING:
            return Unavailable(reason, "cluster.unlock", "", self.tr("Unlock it for 15 minutes"))
        if self.cluster.embedded and self.cluster.state in (ClusterState.STOPPED, ClusterState.FAILED):
            return Unavailable(reason, "cluster.start", "", self.tr("Start it"))
        return Unavailable(reason)

    def why_no_topic(self, *, read: bool = False) -> Unavailable | None:
        """No topic is chosen, or nothing can be written."""
        refused = self.why_no_cluster() if read else self.why_not_write()
        if refused is None and self._topic("") is None:
            return Unavailable(
                self.tr("No topic is open or chosen."), "topics.open", "", self.tr("Open the list of topics")
            )
        return refused

    def why_no_group(self) -> Unavailable | None:
        """No group is chosen, or nothing can be written."""
        refused = self.why_not_write()
        if refused is None and not self._group(""):
            return Unavailable(
                self.tr("No group is open or chosen."), "groups.open", "", self.tr("Open the list of groups")
            )
        return refused

    def why_not_embedded(self) -> Unavailable | None:
        """The cluster is not ours."""
        if self.cluster is None or self.cluster.local is None:
            return Unavailable(self.tr("Only a cluster that runs inside the workbench has its data here."))
        return None

    def why_not_start(self) -> Unavailable | None:
        """It runs already, or is not ours."""
        refused = self.why_not_embedded()
        if refused is not None or self.cluster is None or self.cluster.local is None:
            return refused
        handles = self.cluster.local.handles
        if handles and all(handle.phase.has_process for handle in handles.values()):
            return Unavailable(self.tr("{} runs already.").format(self.cluster.name))
        return None

    def why_not_stop(self) -> Unavailable | None:
        """It does not run, or is not ours."""
        refused = self.why_not_embedded()
        if refused is not None or self.cluster is None or self.cluster.local is None:
            return refused
        if not self.cluster.local.any_process:
            return Unavailable(
                self.tr("{} does not run.").format(self.cluster.name), "cluster.start", "", self.tr("Start it")
            )
        return None

    def why_no_broker(self, what: str) -> Unavailable | None:
        """No broker can be started, stopped, paused or killed now."""
        refused = self.why_not_embedded()
        if refused is not None or self.cluster is None or self.cluster.local is None:
            return refused
        if self._first_broker(what) is None:
            reasons = {"start": self.tr("Every broker runs."), "pause": self.tr("No broker runs.")}
            return Unavailable(reasons.get(what, self.tr("No broker runs.")))
        return None

    def why_not_unlock(self) -> Unavailable | None:
        """It is not read-only."""
        if self.cluster is None or not self.cluster.read_only:
            return Unavailable(self.tr("This cluster is not read-only."))
        return None

    def why_not_forget(self) -> Unavailable | None:
        """Embedded clusters are wiped, not forgotten."""
        if self.cluster is None or self.cluster.embedded:
            return Unavailable(
                self.tr("An embedded cluster is wiped or deleted where its data lies."),
                "data.location",
                "",
                self.tr("Where the data lies"),
            )
        return None

    def why_no_undo(self) -> Unavailable | None:
        """Nothing was done that can be taken back."""
        if self._undo is None:
            return Unavailable(self.tr("Nothing was changed yet that Kafka can take back."))
        return None

    # -- documents and view ---------------------------------------------------------------------------------------

    def open_kind(self, kind: str, subject: str = "") -> None:
        """Opens a document of the current cluster."""
        name = self.cluster.name if self.cluster is not None and kind != "welcome" else ""
        self.window.open_document(DocumentKey(kind, name, subject))

    def open_topic(self, name: str, tab: str = "") -> None:
        """Opens a topic's page, on one of its tabs."""
        topic = self._topic(name)
        if topic is None:
            return
        self.open_kind("topic", topic.name)
        show = getattr(self.window.documents.pane, "show_tab", None)
        if tab and show is not None:
            show(tab)

    def close_document(self) -> None:
        """Closes the tab in front."""
        self.window.documents.close_current()

    def step_document(self, by: int) -> None:
        """The next or previous tab."""
        self.window.documents.step(by)

    def find(self) -> None:
        """The filter of the pane in front."""
        if self.window.documents.pane is not None:
            self.window.documents.pane.focus_filter()

    def toggle(self, dock: str) -> None:
        """Folds or unfolds navigator, inspector or dock."""
        self.window.toggle_dock(dock)

    def show_inspector(self) -> None:
        """Unfolds the inspector if it is folded."""
        if not self.window.is_dock_open("inspector"):
            self.window.toggle_dock("inspector")

    def is_open(self, dock: str) -> bool:
        """Whether a dock is unfolded."""
        return self.window.is_dock_open(dock)

    def show_dock(self, place: int) -> None:
        """Unfolds the dock on one of its views."""
        self.window.show_dock(place)

    def show_logs(self, argument: str) -> None:
        """Broker logs, of one broker if the argument names it."""
        self.window.show_dock(LOGS)
        if argument.isdigit():
            self.window.dock.logs.show_broker(int(argument))

    def toggle_theme(self) -> None:
        """From light to dark and back; chosen for good."""
        choice = ThemeChoice.LIGHT if theme().is_dark else ThemeChoice.DARK
        self.model.preferences.put("theme", choice.value)

    def toggle_internal(self) -> None:
        """Shows or hides Kafka's own topics."""
        self.model.preferences.put("show_internal", "no" if self.model.preferences.is_on("show_internal") else "yes")

    def refresh(self) -> None:
        """Polls the cluster at once."""
        if self.cluster is not None:
            self.cluster.refresh()

    # -- clusters and brokers -------------------------------------------------------------------------------------

    def add_cluster(self) -> None:
        """The dialog for a foreign cluster."""
        from workbench.ui.dialogs.add_cluster_dialog import AddClusterDialog

        self.window.show_dialog(AddClusterDialog(self.window, self.model))

    def start_cluster(self) -> None:
        """Starts what does not run."""
        if self.cluster is not None:
            self.model.add_local(self.cluster.name)

    def stop_cluster(self) -> None:
        """Stops every broker cleanly."""
        local = self.cluster.local if self.cluster is not None else None
        if local is not None:
            self.model.bridge.spawn(local.stop_all(), "stop cluster", on_error=self.window.show_error)

    def broker(self, what: str, argument: str) -> None:
        """start, stop, pause (or resume) or kill one broker; without argument the first that it fits."""
        cluster = self.cluster
        if cluster is None or cluster.local is None:
            return
        node = int(argument) if argument.isdigit() else self._first_broker(what)
        handle = cluster.local.handles.get(node) if node is not None else None
        if handle is None:
            return
        if what == "pause":
            self.on_cluster.pause_or_resume(handle.node_id)
            return
        work = {"start": handle.start, "stop": handle.stop, "kill": handle.kill}[what]()
        if what == "start":
            self.model.ensure_followed(cluster)
        self.model.bridge.spawn(work, f"{what} broker {node}", on_error=self._broker_error)

    def _first_broker(self, what: str) -> int | None:
        cluster = self.cluster
        if cluster is None or cluster.local is None:
            return None
        for node, handle in cluster.local.handles.items():
            if (what == "start") != handle.phase.has_process:
                return node
        return None

    def _broker_error(self, error: BaseException) -> None:
        if not isinstance(error, KnownError):
            self.window.show_error(error)
            return
        # The card and the list of problems say it; the log lines say why.
        self.show_logs("")

    def unlock(self) -> None:
        """Lets the read-only cluster be written to for a while."""
        if self.cluster is not None:
            self.model.unlock(self.cluster)
            self.window.say(self.tr("{} can be changed for 15 minutes").format(self.cluster.name), "ok")

    def forget_cluster(self) -> None:
        """Takes a foreign cluster out of the list."""
        cluster = self.cluster
        if cluster is not None:
            self.window.documents.close_all_of(lambda key: key.cluster == cluster.name)
            self.model.forget(cluster)

    # -- topics and groups ----------------------------------------------------------------------------------------

    def create_topic(self) -> None:
        """The dialog for a new topic."""
        from workbench.ui.dialogs.create_topic_dialog import CreateTopicDialog

        if self.cluster is not None:
            self.window.show_dialog(CreateTopicDialog(self.window, self.cluster, self.window.show_plan))

    def add_partitions(self, name: str) -> None:
        """The dialog for more partitions."""
        from workbench.ui.dialogs.add_partitions_dialog import AddPartitionsDialog

        topic = self._topic(name)
        if topic is not None and self.cluster is not None:
            self.window.show_dialog(AddPartitionsDialog(self.window, self.cluster, topic, self.window.show_plan))

    def purge(self, name: str) -> None:
        """The plan to delete every message of a topic."""
        from workbench.ui.view_models import topic_plans

        topic = self._topic(name)
        if topic is not None and self.cluster is not None and self.cluster.session is not None:
            self._show(topic_plans.purge(self.cluster.session, self.cluster.bootstrap, topic))

    def delete_topics(self, names: str) -> None:
        """The plan to delete topics; several names are separated by tabs."""
        from workbench.ui.view_models import topic_plans

        topics = [self._topic(name) for name in names.split("\t")]
        found = tuple(topic for topic in topics if topic is not None)
        if found and self.cluster is not None and self.cluster.session is not None:
            self._show(topic_plans.delete_topics(self.cluster.session, self.cluster.bootstrap, found))

    def produce(self, name: str) -> None:
        """The Produce tab of a topic."""
        self.open_topic(name, "produce")

    def delete_group(self, name: str) -> None:
        """The plan to delete a group."""
        from workbench.ui.view_models import group_plans

        group, cluster = self._group(name), self.cluster
        if group and cluster is not None and cluster.session is not None:
            rows = cluster.lags.get(group)
            committed = None if rows is None else sum(1 for row in rows if row.committed_offset is not None)
            self._show(group_plans.delete_group(cluster.session, cluster.bootstrap, group, committed))

    def _show(self, plan: Plan) -> None:
        if self.cluster is not None:
            self.window.show_plan(self.cluster, plan)

    # -- the workbench itself -------------------------------------------------------------------------------------

    def palette(self) -> None:
        """Ctrl+K."""
        self.window.show_palette()

    def settings(self) -> None:
        """The dialog of settings."""
        from workbench.ui.dialogs.settings_dialog import SettingsDialog

        self.window.show_dialog(SettingsDialog(self.window, self.model))

    def about(self) -> None:
        """Version and licences."""
        from workbench.ui.dialogs.about_dialog import AboutDialog

        self.window.show_dialog(AboutDialog(self.window))

    def show_keys(self) -> None:
        """All keys."""
        from workbench.ui.dialogs.keys_dialog import KeysDialog

        self.window.show_dialog(KeysDialog(self.window))

    def copy_address(self) -> None:
        """Bootstrap servers to the clipboard."""
        if self.cluster is not None:
            QGuiApplication.clipboard().setText(self.cluster.bootstrap)
            self.window.say(self.tr("Copied {}").format(self.cluster.bootstrap), "ok")

    def copy_diagnostics(self) -> None:
        """Versions, state and the end of the log to the clipboard."""
        from workbench.ui.diagnostics import diagnostics

        QGuiApplication.clipboard().setText(diagnostics(self.model))
        self.window.say(self.tr("Diagnostics copied: no message of yours is in them"), "ok")

    def show_log_file(self) -> None:
        """Opens the log file with the desktop's program."""
        from workbench.ui.log_file import log_file_path

        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_file_path(self.model.data_dir))))

    def undo(self) -> None:
        """Takes the last change back."""
        work, self._undo = self._undo, None
        if work is not None:
            self.window.run_undo(work)

    def _remember_undo(self, _words: str, undo: tuple[str, Work] | None) -> None:
        self._undo = undo[1] if undo is not None else None

    def quit(self) -> None:
        """Closes the window, which stops the embedded clusters."""
        self.window.close()


def title_of(action_id: str) -> str:
    """The translated title of an action."""
    return QCoreApplication.translate("actions", BY_ID[action_id].title)
