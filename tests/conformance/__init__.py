"""The reference run: conversations recorded from the real Apache Kafka and held again with ours.

`registry` finds the scenarios, `conversation` holds and writes one down, `normaliser` and `transcript` make it
comparable and readable, `known_differences` tells what may differ and why, `python -m tests.conformance` records.
"""
