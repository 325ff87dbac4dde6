"""What the actions on brokers, quorum, faults and further clusters do; `Commands` hands them here.

`why_*` methods give the reason why something cannot be done now, with the remedy, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from workbench.cluster.plan import MAX_BROKERS
from workbench.system.known_error import KnownError
from workbench.ui.action import Unavailable
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.jobs import JobState

if TYPE_CHECKING:
    from workbench.cluster.supervisor import LocalCluster
    from workbench.ui.commands import Commands


class ClusterCommands(QObject):
    """Acts on the current cluster."""

    def __init__(self, commands: Commands) -> None:
        super().__init__(commands)
        self._commands = commands

    @property
    def _cluster(self) -> ClusterModel | None:
        return self._commands.cluster

    # -- faults ---------------------------------------------------------------------------------------------------

    def why_no_fault(self) -> Unavailable | None:
        """The cluster is not ours, or nothing of it runs."""
        return self._commands.why_not_embedded() or self._commands.why_not_stop()

    def why_nothing_to_heal(self) -> Unavailable | None:
        """No fault is in force."""
        refused = self._commands.why_not_embedded()
        if refused is not None or self._cluster is None or self._cluster.local is None:
            return refused
        if not self._cluster.local.active_faults:
            return Unavailable(self.tr("No fault is in force."), "faults.open", "", self.tr("Open Faults"))
        return None

    def open_faults(self, kind: str) -> None:
        """The Faults pane with a kind of fault chosen."""
        self._commands.open_kind("faults")
        choose = getattr(self._commands.window.documents.pane, "choose_kind", None)
        if choose is not None:
            choose(kind)

    def heal(self, fault_id: str = "") -> None:
        """Ends one fault, or all of them."""
        local = self._cluster.local if self._cluster is not None else None
        if local is None or local.cluster is None:
            return
        if fault_id:
            local.cluster.faults.heal(fault_id)
        else:
            local.cluster.faults.heal_all()

    def pause_or_resume(self, node_id: int) -> None:
        """Lets a broker's process stand still, as a fault that the timeline knows, or go on."""
        local = self._cluster.local if self._cluster is not None else None
        if local is None or local.cluster is None:
            return
        handle = local.handles[node_id]
        if handle.phase.value == "paused":
            handle.resume()
            return
        try:
            local.cluster.faults.pause(node_id)
        except KnownError as error:
            self._commands.window.show_error(error)

    # -- brokers --------------------------------------------------------------------------------------------------

    def why_not_roll(self) -> Unavailable | None:
        """A rolling restart needs every broker to run."""
        refused = self.why_no_fault()
        if refused is not None or self._cluster is None or self._cluster.local is None:
            return refused
        local = self._cluster.local
        if len(local.handles) < 2:
            return Unavailable(
                self.tr("A single broker cannot be restarted without an outage."),
                "cluster.new",
                "",
                self.tr("Start a cluster of three"),
            )
        return self._why_not_all_run()

    def rolling_restart(self) -> None:
        """Restarts one broker after another; each next one once every replica is in sync again."""
        local = self._cluster.local if self._cluster is not None else None
        if local is not None and local.cluster is not None:
            opened = local.cluster
            self._job(self.tr("Rolling restart of {}").format(opened.name), lambda number: self._roll(opened, number))

    def _job(self, title: str, work: Callable[[int], Coroutine[Any, Any, None]]) -> None:
        """Runs `work` with the number of its job; what fails is told and kept in the list of jobs."""
        model = self._commands.model
        number = model.jobs.begin(title)

        def failed(error: BaseException) -> None:
            model.jobs.end(number, JobState.FAILED, getattr(error, "sentence", str(error)))
            self._commands.window.show_error(error)

        model.bridge.spawn(work(number), title, on_error=failed)

    async def _roll(self, cluster: LocalCluster, number: int) -> None:
        from workbench.cluster.membership import rolling_restart

        await rolling_restart(cluster)
        self._commands.model.jobs.end(number, JobState.DONE, self.tr("every broker was restarted, one at a time"))

    def why_not_add_broker(self) -> Unavailable | None:
        """The cluster is not ours, does not run, or has as many as it may."""
        refused = self.why_no_fault()
        if refused is None and self._cluster is not None and self._cluster.local is not None:
            if len(self._cluster.local.handles) >= MAX_BROKERS:
                return Unavailable(self.tr("A cluster has {} brokers at most.").format(MAX_BROKERS))
            return self._why_not_all_run()
        return refused

    def add_broker(self) -> None:
        """One more broker, on the next free ports; it gets replicas when topics are made or moved."""
        local = self._cluster.local if self._cluster is not None else None
        if local is not None and local.cluster is not None:
            opened = local.cluster
            self._job(self.tr("Add a broker to {}").format(opened.name), lambda number: self._add(opened, number))

    async def _add(self, cluster: LocalCluster, number: int) -> None:
        from workbench.cluster.membership import add_broker

        node_id = await add_broker(cluster)
        words = self.tr("broker {} runs; move replicas to it, or create topics").format(node_id)
        self._commands.model.jobs.end(number, JobState.DONE, words)

    def why_not_edit(self) -> Unavailable | None:
        """The cluster is not ours, or its folder could not be opened."""
        refused = self._commands.why_not_embedded()
        if refused is not None or self._cluster is None or self._cluster.local is None:
            return refused
        if self._cluster.local.cluster is None:
            return Unavailable(self.tr("The folder of {} is not open.").format(self._cluster.name))
        return None

    def why_not_take_out(self) -> Unavailable | None:
        """The cluster is not ours, does not run, or has one broker alone."""
        refused = self.why_not_edit() or self.why_no_fault()
        if refused is None and self._cluster is not None and self._cluster.local is not None:
            if len(self._cluster.local.handles) < 2:
                return Unavailable(
                    self.tr("A cluster's only broker cannot be taken out."), "data.location", "", self.tr("Wipe it")
                )
            if self._cluster.session is None:
                return self._commands.why_not_write()
        return refused

    def take_out_broker(self, argument: str) -> None:
        """The dialog that takes a broker out; it says what hinders it."""
        from workbench.ui.dialogs.take_out_dialog import TakeOutDialog

        cluster, window = self._cluster, self._commands.window
        node_id = self._broker(argument)
        if cluster is not None and node_id is not None:
            window.show_dialog(TakeOutDialog(window, cluster, node_id, window.show_plan))

    def edit_broker(self, argument: str) -> None:
        """The dialog that changes a broker's rack, port, directories and settings."""
        from workbench.ui.dialogs.edit_broker_dialog import EditBrokerDialog

        cluster, window = self._cluster, self._commands.window
        node_id = self._broker(argument)
        if cluster is not None and node_id is not None:
            window.show_dialog(EditBrokerDialog(window, cluster, node_id, window.show_plan))

    def _broker(self, argument: str) -> int | None:
        """The broker that is named, chosen in the pane in front, or the first."""
        handles = self._cluster.local.handles if self._cluster is not None and self._cluster.local is not None else {}
        chosen = getattr(self._commands.window.documents.pane, "chosen_broker", None)
        wanted = int(argument) if argument.isdigit() else chosen() if chosen is not None else None
        return wanted if wanted in handles else next(iter(handles), None)

    def _why_not_all_run(self) -> Unavailable | None:
        local = self._cluster.local if self._cluster is not None else None
        down = [node for node, handle in (local.handles if local else {}).items() if handle.phase.value != "running"]
        if not down:
            return None
        words = self.tr("Start broker {}").format(down[0])
        return Unavailable(self.tr("Broker {} does not run.").format(down[0]), "broker.start", str(down[0]), words)

    def why_not_elect(self) -> Unavailable | None:
        """Nothing is away from home, or nothing can be written."""
        from workbench.ui.view_models.reassignment import leaders_away

        refused = self._commands.why_not_write()
        if refused is not None or self._cluster is None:
            return refused
        away = leaders_away(self._cluster.topics)
        if not away:
            return Unavailable(self.tr("Every partition is led by its preferred broker."))
        if not any(part.can_return for part in away):
            homes = ", ".join(str(node) for node in sorted({part.home for part in away}))
            return Unavailable(self.tr("Not yet: broker {} is not in sync.").format(homes))
        return None

    def elect_preferred(self) -> None:
        """The plan to bring leaders home."""
        from workbench.ui.view_models.broker_plans import elect_preferred
        from workbench.ui.view_models.reassignment import leaders_away

        cluster = self._cluster
        if cluster is not None and cluster.session is not None:
            away = leaders_away(cluster.topics)
            self._commands.window.show_plan(cluster, elect_preferred(cluster.session, cluster.bootstrap, away))

    def why_not_reassign(self) -> Unavailable | None:
        """There are no topics, or nothing can be written."""
        refused = self._commands.why_not_write()
        if refused is None and self._cluster is not None and not self._cluster.topics:
            return Unavailable(self.tr("There is no topic."), "topic.create", "", self.tr("Create a topic"))
        return refused

    def reassign(self, topic: str) -> None:
        """The dialog that moves a topic's replicas."""
        from workbench.ui.dialogs.reassign_dialog import ReassignDialog

        cluster, window = self._cluster, self._commands.window
        if cluster is not None:
            window.show_dialog(ReassignDialog(window, cluster, topic, window.show_plan))

    # -- clusters -------------------------------------------------------------------------------------------------

    def take_snapshot(self) -> None:
        """The Data pane, and on it the dialog for a snapshot."""
        self._commands.open_kind("data")
        take = getattr(self._commands.window.documents.pane, "take_snapshot", None)
        if take is not None:
            take()

    def new_cluster(self) -> None:
        """The dialog for a further cluster on this computer."""
        from workbench.ui.dialogs.new_cluster_dialog import NewClusterDialog

        self._commands.window.show_dialog(NewClusterDialog(self._commands.window, self._commands.model))
