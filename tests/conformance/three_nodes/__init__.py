"""The reference run with three nodes: recorded from three of Apache Kafka and held again with three of ours.

A scenario that yields lets node 3 be stopped, and where it yields again, be started: all scenarios do so together.
Recordings lie in `recorded/dynamic`, and those of `quorum` in `recorded/static` too, for static voters.
"""
