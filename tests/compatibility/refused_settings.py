"""Which settings Apache Kafka starts with and which it refuses, as its own class for them says.

A line of the recording is what is changed in a right properties file, and the answer: `key=value; !left.out -> answer`.
`python -m tests.compatibility.refused_settings` asks anew about the lines that are there; add one to ask more.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.helpers import apache_kafka

RECORDED = Path(__file__).with_name("refused_settings.txt")
RIGHT = {
    "node.id": "1",
    "process.roles": "broker,controller",
    "controller.quorum.bootstrap.servers": "localhost:9193",
    "controller.listener.names": "CONTROLLER",
    "listeners": "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9193",
    "log.dirs": "/kafka/logs",
}
ACCEPTED = "accepted"

_PROGRAM = """
import java.io.*; import java.util.*;
public class Asked {
  public static void main(String[] given) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = in.readLine()) != null; ) {
      Properties properties = new Properties();
      for (String pair : line.split("\\t")) {
        int at = pair.indexOf('=');
        properties.put(pair.substring(0, at), pair.substring(at + 1));
      }
      String answer = "accepted";
      try { kafka.server.KafkaConfig.fromProps(properties, false); }
      catch (Throwable error) { answer = error.getMessage(); }
      System.out.println(answer.replaceFirst("^requirement failed: ", "").replaceAll("\\\\s+", " "));
    }
  }
}
"""


def recorded() -> dict[str, str]:
    """What is changed, and Kafka's answer."""
    lines = RECORDED.read_text().splitlines()
    return dict(line.rsplit(" -> ", 1) for line in lines if line and not line.startswith("#"))  # type: ignore[misc]


def changed(change: str) -> dict[str, str]:
    """The whole properties file of a line."""
    properties = dict(RIGHT)
    for part in change.split("; "):
        key, _, value = part.partition("=")
        if key.startswith("!"):
            del properties[key[1:]]
        else:
            properties[key] = value
    return properties


def ask(changes: Iterable[str]) -> dict[str, str]:
    """Apache Kafka's answers."""
    asked = list(changes)
    lines = ("\t".join(f"{key}={value}" for key, value in changed(change).items()) for change in asked)
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / "Asked.java"
        source.write_text(_PROGRAM)
        command = [
            "java",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
            "-cp",
            f"{apache_kafka.CACHE}/*",
            str(source),
        ]
        done = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    return dict(zip(asked, done.stdout.splitlines(), strict=True))


def main() -> None:
    answers = ask(recorded())
    head = "# What Apache Kafka says of a properties file that is right but for the settings at the left."
    RECORDED.write_text("\n".join([head, *(f"{change} -> {answer}" for change, answer in answers.items())]) + "\n")


if __name__ == "__main__":
    sys.exit(main())
