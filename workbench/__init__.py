"""The Kafka workbench: a desktop application that runs a real Kafka cluster and shows everything in it."""

__version__ = "0.1.0"
