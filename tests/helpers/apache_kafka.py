"""The real Apache Kafka, as the reference that tests compare with: its jars and its command line tools.

The jars are brought once through Maven into a cache folder (`APACHE_KAFKA_JARS`, else below ~/.cache) and never
change; nothing of them is part of the project. `find_reason_to_skip` says in a sentence what is missing.
`single_node` runs nodes of it.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

VERSION = "4.3.1"
CACHE = Path(os.environ.get("APACHE_KAFKA_JARS", Path.home() / f".cache/apache-kafka-{VERSION}"))
ARTIFACTS = (
    ("org.apache.kafka", "kafka_2.13", VERSION),
    ("org.apache.kafka", "kafka-tools", VERSION),
    ("org.slf4j", "slf4j-simple", "1.7.36"),
)
TOOLS = {
    "kafka-broker-api-versions": "org.apache.kafka.tools.BrokerApiVersionsCommand",
    "kafka-cluster": "org.apache.kafka.tools.ClusterTool",
    "kafka-configs": "kafka.admin.ConfigCommand",
    "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "kafka-console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "kafka-consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "kafka-consumer-perf-test": "org.apache.kafka.tools.ConsumerPerformance",
    "kafka-delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
    "kafka-dump-log": "org.apache.kafka.tools.DumpLogSegments",
    "kafka-features": "org.apache.kafka.tools.FeatureCommand",
    "kafka-get-offsets": "org.apache.kafka.tools.GetOffsetShell",
    "kafka-leader-election": "org.apache.kafka.tools.LeaderElectionCommand",
    "kafka-log-dirs": "org.apache.kafka.tools.LogDirsCommand",
    "kafka-metadata-quorum": "org.apache.kafka.tools.MetadataQuorumCommand",
    "kafka-producer-perf-test": "org.apache.kafka.tools.ProducerPerformance",
    "kafka-reassign-partitions": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
    "kafka-replica-verification": "org.apache.kafka.tools.ReplicaVerificationTool",
    "kafka-storage": "kafka.tools.StorageTool",
    "kafka-topics": "org.apache.kafka.tools.TopicCommand",
    "kafka-verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer",
    "kafka-verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
}


def find_reason_to_skip() -> str | None:
    """Why Apache Kafka cannot run here, or None where it can; brings the jars the first time."""
    if shutil.which("java") is None:
        return "java is not installed"
    if not any(CACHE.glob(f"kafka_2.13-{VERSION}.jar")):
        if shutil.which("mvn") is None:
            return (
                f"the jars of Apache Kafka {VERSION} are not in {CACHE}, and Maven, which would bring them, is missing"
            )
        try:
            bring_jars()
        except subprocess.CalledProcessError as error:
            return f"Maven could not bring Apache Kafka {VERSION}: {error}"
    return None


def bring_jars() -> None:
    """Copies Kafka's published jars and what they need into the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    dependencies = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
        for group, name, version in ARTIFACTS
    )
    pom = CACHE / "pom.xml"
    pom.write_text(
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>reference</groupId><artifactId>kafka</artifactId><version>1</version>"
        f"<dependencies>{dependencies}</dependencies></project>"
    )
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={CACHE}", "-DincludeScope=runtime"]
    subprocess.run(["mvn", "-q", "-B", "-f", str(pom), *goal], check=True)


def java(*arguments: str, heap: str = "256m") -> list[str]:
    """The command that runs a class of Kafka's; compiled lightly, which starts a short tool faster."""
    speed = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
    archive = class_archive()
    if archive.exists():
        speed += [f"-XX:SharedArchiveFile={archive}", "-Xlog:disable"]
    logging = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
    return ["java", f"-Xmx{heap}", *speed, *logging, "-cp", f"{CACHE}/*", *arguments]


def java_node(file: Path) -> list[str]:
    """The command that runs a node; it leaves nothing in the system's folder for temporary files, killed or not."""
    command = java("kafka.Kafka", str(file))
    return [command[0], f"-Djava.io.tmpdir={file.parent}", *command[1:]]


_ARCHIVES = "-XX:ArchiveClassesAtExit="
_ASKED: set[str] = set()


def remembering_classes(command: list[str]) -> list[str]:
    """The same command of a node, which writes the classes it has loaded when it ends, where nobody has yet.

    Java reads them from there in a third of the time. `keep_classes` puts them into their place once they are whole.
    Writing takes seconds, so one node of a test run does it.
    """
    unfinished = f"{_ARCHIVES}{class_archive()}.{os.getpid()}"
    if class_archive().exists() or unfinished in _ASKED:
        return command
    _ASKED.add(unfinished)
    return [command[0], unfinished, "-Xlog:disable", *command[1:]]


def keep_classes(command: list[str]) -> None:
    """A node that was run with `command` has ended by itself."""
    for option in command:
        if option.startswith(_ARCHIVES):
            written = Path(option.removeprefix(_ARCHIVES))
            if written.exists():
                written.replace(class_archive())


@functools.cache
def class_archive() -> Path:
    """Where the loaded classes of Kafka lie for this Java, which takes no other's."""
    version = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    return CACHE / f"classes-{hashlib.sha256(version.encode()).hexdigest()[:12]}.jsa"


def tool(name: str, *arguments: str, stdin: str | None = None, timeout_s: float = 60) -> str:
    """Runs a tool by its script's name and returns what it printed; raises AssertionError where it failed."""
    done = subprocess.run(
        java(TOOLS[name], *arguments), input=stdin, capture_output=True, text=True, timeout=timeout_s, check=False
    )
    if done.returncode != 0:
        raise AssertionError(
            f"{name} {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        )
    return done.stdout
