"""What can stand in a document tab: its kinds, how a document is known, and which module makes its pane.

Panes are imported when they are first opened, so that the window stands before numpy or a decoder is loaded.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from workbench.system.quick_dataclass import dataclass
from workbench.ui.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from workbench.ui.panes.pane import Pane, PaneContext


TIMELINE, LOGS, JOBS, RATES = range(4)
"""The views of the bottom dock, in their order."""


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """A document: its kind, its cluster's name, and what of the cluster (a topic, a group) it shows."""

    kind: str
    cluster: str = ""
    subject: str = ""

    def as_text(self) -> str:
        """One line, for the layout."""
        return "\t".join((self.kind, self.cluster, self.subject))

    @staticmethod
    def from_text(text: str) -> DocumentKey | None:
        """The key of such a line, None if it is none."""
        parts = text.split("\t")
        return DocumentKey(*parts) if len(parts) == 3 and parts[0] in KINDS else None


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of document; an empty title means that the subject is the title."""

    kind: str
    title: str
    icon: str
    module: str
    class_name: str


KINDS: dict[str, DocumentKind] = {
    kind.kind: kind
    for kind in (
        DocumentKind(
            "welcome",
            QT_TRANSLATE_NOOP("documents", "Welcome"),
            "home",
            "workbench.ui.panes.welcome_pane",
            "WelcomePane",
        ),
        DocumentKind(
            "overview",
            QT_TRANSLATE_NOOP("documents", "Overview"),
            "overview",
            "workbench.ui.panes.overview_pane",
            "OverviewPane",
        ),
        DocumentKind(
            "topics", QT_TRANSLATE_NOOP("documents", "Topics"), "topic", "workbench.ui.panes.topics_pane", "TopicsPane"
        ),
        DocumentKind("topic", "", "topic", "workbench.ui.panes.topic_pane", "TopicPane"),
        DocumentKind(
            "groups", QT_TRANSLATE_NOOP("documents", "Groups"), "group", "workbench.ui.panes.groups_pane", "GroupsPane"
        ),
        DocumentKind("group", "", "group", "workbench.ui.panes.group_pane", "GroupPane"),
        DocumentKind(
            "throughput",
            QT_TRANSLATE_NOOP("documents", "Throughput"),
            "throughput",
            "workbench.ui.panes.throughput_pane",
            "ThroughputPane",
        ),
        DocumentKind(
            "brokers",
            QT_TRANSLATE_NOOP("documents", "Brokers"),
            "broker",
            "workbench.ui.panes.brokers_pane",
            "BrokersPane",
        ),
        DocumentKind(
            "quorum",
            QT_TRANSLATE_NOOP("documents", "Quorum"),
            "quorum",
            "workbench.ui.panes.quorum_pane",
            "QuorumPane",
        ),
        DocumentKind(
            "faults",
            QT_TRANSLATE_NOOP("documents", "Faults"),
            "fault",
            "workbench.ui.panes.faults_pane",
            "FaultsPane",
        ),
        DocumentKind(
            "connect",
            QT_TRANSLATE_NOOP("documents", "Connect your program"),
            "code",
            "workbench.ui.panes.connect_pane",
            "ConnectPane",
        ),
        DocumentKind(
            "data",
            QT_TRANSLATE_NOOP("documents", "Where the data lies"),
            "database",
            "workbench.ui.panes.data_pane",
            "DataPane",
        ),
    )
}


def make_pane(key: DocumentKey, context: PaneContext) -> Pane:
    """The pane of a document; imports its module at first use."""
    kind = KINDS[key.kind]
    made: Pane = getattr(importlib.import_module(kind.module), kind.class_name)(context, key)
    return made
