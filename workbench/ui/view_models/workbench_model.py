"""The whole as the window sees it: clusters, which of them is current, jobs, settings, workspace.

Invariants: names of clusters are unique; a cluster is followed by exactly one named task; closing stops every
embedded cluster before the workspace is closed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.client.errors import ClientError
from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.storage.workspace.history import HistoryEntry, HistoryStore
from workbench.storage.workspace.layouts import LayoutStore
from workbench.storage.workspace.metrics import MetricsStore
from workbench.storage.workspace.profiles import ClusterProfile, ProfileStore
from workbench.storage.workspace.settings_store import SettingsStore
from workbench.system.known_error import KnownError
from workbench.ui.bridge import Bridge
from workbench.ui.view_models.cluster_model import ClusterModel, ClusterState, OpenSession
from workbench.ui.view_models.jobs import JobProgress, Jobs, JobState
from workbench.ui.view_models.local_brokers import LocalBrokers
from workbench.ui.view_models.plan import JobWork, Plan, Work
from workbench.ui.view_models.preferences import Preferences
from workbench.ui.view_models.rate_history import RateHistory

LOCAL_NAME = "local"
LOCAL_RANK = 4
WRITE_METRICS_EVERY_MS = 15_000
UNLOCKED_MS = 15 * 60_000


class WorkbenchModel(QObject):
    """Clusters in the navigator's order; `current` is the one that the open document belongs to."""

    clusters_changed = Signal()
    current_changed = Signal()
    welcome_wanted = Signal()
    job_failed = Signal(object)  # what a job's work raised
    done = Signal(str, object)  # words, the undo as (words, Work) or None

    def __init__(
        self,
        bridge: Bridge,
        database: WorkspaceDatabase,
        data_dir: Path,
        open_session: OpenSession | None = None,
    ) -> None:
        super().__init__()
        self._open_session = open_session
        self.bridge, self.database, self.data_dir = bridge, database, data_dir
        self.preferences = Preferences(SettingsStore(database), self)
        self.profiles = ProfileStore(database)
        self.layouts = LayoutStore(database)
        self.history = HistoryStore(database)
        self.metrics = MetricsStore(database)
        self.jobs = Jobs(lambda: time.time_ns() // 1_000_000, self)
        self.clusters: list[ClusterModel] = []
        self.current: ClusterModel | None = None
        self._followers: dict[str, asyncio.Task[None]] = {}
        self._writer = QTimer(self)
        self._writer.setInterval(WRITE_METRICS_EVERY_MS)
        self._writer.timeout.connect(self._write_metrics)

    local_name = LOCAL_NAME
    """The cluster that is there at the very first start."""

    @property
    def clusters_dir(self) -> Path:
        """The folder with one sub-folder per embedded cluster."""
        return self.data_dir / "clusters"

    def cluster(self, name: str) -> ClusterModel | None:
        """A cluster by name."""
        return next((cluster for cluster in self.clusters if cluster.name == name), None)

    def make_current(self, cluster: ClusterModel | None) -> None:
        """Tells which cluster the user looks at."""
        if cluster is not self.current:
            self.current = cluster
            self.current_changed.emit()

    # -- opening --------------------------------------------------------------------------------------------------

    def open_known(self) -> None:
        """Adds the clusters of the profiles, and `local` at the very first start; starts or connects them."""
        profiles = self.profiles.all()
        if not profiles:
            profiles = [ClusterProfile(LOCAL_NAME, "embedded", "", LOCAL_RANK)]
            self.profiles.put(profiles[0])
        for profile in profiles:
            if self.cluster(profile.name) is None:
                self._add(profile)
        self._writer.start()

    def add_remote(self, name: str, bootstrap: str, *, read_only: bool, rank: int, keep: bool) -> ClusterModel:
        """Adds a foreign cluster and connects; `keep` remembers it for the next start."""
        profile = ClusterProfile(name, "remote", bootstrap, rank, read_only)
        if keep:
            self.profiles.put(profile)
        self._writer.start()
        return self._add(profile)

    def add_local(
        self, name: str = LOCAL_NAME, port: int | None = None, *, brokers: int | None = None, rank: int = LOCAL_RANK
    ) -> ClusterModel:
        """Adds an embedded cluster and starts it; the same name again starts the one that is there.

        `brokers` counts for a cluster that was never started; by default it is the setting of that name.
        """
        present = self.cluster(name)
        if present is not None:
            self.bridge.spawn(self._restart_local(present, port, brokers), f"start cluster {name}")
            return present
        profile = ClusterProfile(name, "embedded", "", rank)
        self.profiles.put(profile)
        self._writer.start()
        return self._add(profile, port, brokers)

    def _add(self, profile: ClusterProfile, port: int | None = None, brokers: int | None = None) -> ClusterModel:
        rates = RateHistory(profile.name, self.metrics, self)
        local = None
        if profile.kind == "embedded":
            folder = Path(profile.address) if profile.address else self.clusters_dir / profile.name
            local = LocalBrokers(folder, rates, self)
        cluster = ClusterModel(
            self.bridge,
            profile.name,
            "" if local is not None else profile.address,
            rank=profile.colour,
            rates=rates,
            local=local,
            read_only=profile.read_only,
            open_session=self._open_session,
            parent=self,
        )
        self.clusters.append(cluster)
        if self.current is None:
            self.make_current(cluster)
        self.clusters_changed.emit()
        work = self._run_local(cluster, port, brokers) if local is not None else self._follow(cluster)
        self.bridge.spawn(work, f"cluster {profile.name}")
        return cluster

    async def _run_local(self, cluster: ClusterModel, port: int | None = None, brokers: int | None = None) -> None:
        start = self.preferences.is_on("start_clusters") or port is not None
        await self._open_local(cluster, port, brokers, start=start)

    async def _open_local(self, cluster: ClusterModel, port: int | None, brokers: int | None, *, start: bool) -> None:
        local = cluster.local
        assert local is not None
        await asyncio.to_thread(cluster.rates.load, time.time_ns() // 1_000_000)
        try:
            count = brokers or int(self.preferences.get("brokers"))
            await local.open(cluster.name, port or self._first_port(cluster), count)
        except KnownError as error:
            self._start_failed(cluster, error)
            return
        if start:
            await self.start_cluster(cluster)
        else:
            cluster.set_state(ClusterState.STOPPED)

    def _first_port(self, cluster: ClusterModel) -> int | None:
        if cluster.name != LOCAL_NAME:
            return None
        try:
            return int(self.preferences.get("first_port"))
        except ValueError:
            return None

    async def _restart_local(self, cluster: ClusterModel, port: int | None, brokers: int | None) -> None:
        local = cluster.local
        assert local is not None
        if local.cluster is None:
            await self._run_local(cluster, port, brokers)
            return
        try:
            if port is not None and not local.any_process:
                local.cluster.move_to_port(port, brokers)
                self._stop_following(cluster)
        except KnownError as error:
            self._start_failed(cluster, error)
            return
        await self.start_cluster(cluster)

    async def start_cluster(self, cluster: ClusterModel) -> None:
        """Starts an embedded cluster's brokers and follows it; a failure is shown on it."""
        local = cluster.local
        assert local is not None
        cluster.set_state(ClusterState.STARTING)
        self._follow_soon(cluster)
        try:
            await local.start_all()
        except KnownError as error:
            self._start_failed(cluster, error)
            return
        cluster.refresh()

    async def restart_empty(self, cluster: ClusterModel, delete: Callable[[], object]) -> None:
        """Stops an embedded cluster, lets `delete` take its content away in a thread, starts an empty one."""

        async def work() -> None:
            try:
                await asyncio.to_thread(delete)
                await asyncio.to_thread(self.metrics.forget, cluster.name)
            except OSError as error:
                raise KnownError(f"The folder cannot be deleted: {error}.", "Check its permissions.") from error

        await self.while_closed(cluster, work, start=True)

    async def while_closed(self, cluster: ClusterModel, work: Work, *, start: bool) -> None:
        """Stops an embedded cluster and gives its folder up for `work`, then opens it again, and starts it if asked.

        It comes back at the port where it was, whatever the work did; a folder that is empty then gets as many brokers
        as there were.
        """
        local = cluster.local
        assert local is not None
        spec = local.cluster.spec if local.cluster is not None else None
        port = spec.brokers[0].port if spec is not None else None
        brokers = len(spec.brokers) if spec is not None else None
        self._stop_following(cluster)
        cluster.set_state(ClusterState.STOPPED)
        await local.close()
        try:
            await work()
        finally:
            cluster.forget_seen()
            await self._open_local(cluster, port, brokers, start=start)

    def _start_failed(self, cluster: ClusterModel, error: KnownError) -> None:
        cluster.set_state(ClusterState.FAILED, error)
        if not any(other.state is not ClusterState.FAILED for other in self.clusters):
            self.welcome_wanted.emit()

    def ensure_followed(self, cluster: ClusterModel) -> None:
        """Polls a cluster whose brokers come one by one."""
        self._follow_soon(cluster)

    def follow_anew(self, cluster: ClusterModel) -> None:
        """Connects again: the cluster listens elsewhere than before."""
        self._stop_following(cluster)
        self._follow_soon(cluster)

    def _follow_soon(self, cluster: ClusterModel) -> None:
        task = self._followers.get(cluster.name)
        if task is None or task.done():
            started = self.bridge.spawn(cluster.follow(), f"poll of {cluster.name}")
            if started is not None:
                self._followers[cluster.name] = started

    def _stop_following(self, cluster: ClusterModel) -> None:
        task = self._followers.pop(cluster.name, None)
        if task is not None:
            task.cancel()

    async def _follow(self, cluster: ClusterModel) -> None:
        self._follow_soon(cluster)

    # -- doing ----------------------------------------------------------------------------------------------------

    async def apply(self, cluster: ClusterModel, plan: Plan) -> None:
        """Carries a plan out, writes history, polls at once; raises what the write raised.

        A plan that is a job is only begun: what becomes of it stands in the list of jobs, `job_failed` tells a failure.
        """
        if plan.job is not None:
            self._begin_job(cluster, plan, plan.job)
            return
        assert plan.apply is not None
        number = self.jobs.begin(plan.title)
        try:
            await plan.apply()
        except (ClientError, KnownError) as error:
            self.jobs.end(number, JobState.FAILED, error.sentence)
            self._note(cluster, plan, error.sentence)
            raise
        except BaseException:
            self.jobs.end(number, JobState.FAILED)
            raise
        self.jobs.end(number, JobState.DONE, plan.done)
        self._note(cluster, plan, "done")
        cluster.refresh()
        undo = (self.tr("Undo"), plan.undo_work) if plan.undo_work is not None else None
        self.done.emit(plan.done, undo)

    def _begin_job(self, cluster: ClusterModel, plan: Plan, work: JobWork) -> None:
        running: list[asyncio.Task[None]] = []
        number = self.jobs.begin(plan.title, cancel=lambda: [task.cancel() for task in running])
        task = self.bridge.spawn(self._run_job(cluster, plan, work, number), plan.title, on_error=self.job_failed.emit)
        if task is not None:
            running.append(task)

    async def _run_job(self, cluster: ClusterModel, plan: Plan, work: JobWork, number: int) -> None:
        try:
            await work(JobProgress(self.jobs, number))
        except asyncio.CancelledError:
            self.jobs.end(number, JobState.CANCELLED)
            self._note(cluster, plan, "cancelled")
            raise
        except BaseException as error:
            sentence = getattr(error, "sentence", str(error))
            self.jobs.end(number, JobState.FAILED, sentence)
            self._note(cluster, plan, sentence)
            raise
        self.jobs.end(number, JobState.DONE, plan.done)
        self._note(cluster, plan, "done")
        cluster.refresh()
        self.done.emit(plan.done, None)

    def _note(self, cluster: ClusterModel, plan: Plan, outcome: str) -> None:
        now_ms = time.time_ns() // 1_000_000
        self.history.add(HistoryEntry(now_ms, cluster.name, plan.title, plan.shell, outcome))

    def unlock(self, cluster: ClusterModel) -> None:
        """Lets a read-only cluster be written to for 15 minutes."""
        cluster.unlocked_until_ms = time.time_ns() // 1_000_000 + UNLOCKED_MS
        cluster.changed.emit()

    def forget(self, cluster: ClusterModel) -> None:
        """Takes a cluster out of the list; nothing of it is touched. An embedded one is closed before."""
        self._stop_following(cluster)
        self.profiles.remove(cluster.name)
        self.clusters.remove(cluster)
        if self.current is cluster:
            self.make_current(self.clusters[0] if self.clusters else None)
        self.clusters_changed.emit()

    def set_visible(self, visible: bool) -> None:
        """A window that nobody sees polls less."""
        for cluster in self.clusters:
            cluster.visible = visible

    def _write_metrics(self) -> None:
        for cluster in self.clusters:
            batch = cluster.rates.take_unwritten()
            if batch:
                work = asyncio.to_thread(cluster.rates.write, batch)
                self.bridge.spawn(work, f"write rates of {cluster.name}")

    async def close(self) -> None:
        """Ends every task, stops the embedded clusters, writes what is left, closes the workspace."""
        self._writer.stop()
        await self.bridge.close()
        for cluster in self.clusters:
            if cluster.local is not None:
                await cluster.local.close()
            cluster.rates.write(cluster.rates.take_unwritten(all_of_them=True))
        self.metrics.thin_out(time.time_ns() // 1_000_000)
        self.database.close()
