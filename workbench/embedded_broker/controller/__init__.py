"""The active controller: decides what the metadata log says next.

Everything but `driver.py` is pure: functions take the picture of the cluster that holds (ahead of what is committed)
and a request, and return records and a response; only replaying the records makes the next picture.

Map of the package:
    result.py state.py        what a decision yields; what decisions look at
    activation.py             the first records of an empty log
    topics.py topic_deletion.py partitions.py manual_assignment.py placement.py   topics and where they lie
    partition_change.py       the one place that says how a partition may change: elections, ISR, reassignment
    leader_updates.py         what a broker that comes, goes or loses a disk means for partitions
    alter_partition.py elections.py reassignments.py directories.py
    heartbeats.py brokers.py  sessions, registration, fencing, controlled shutdown
    configs.py features.py producer_ids.py
    dispatch.py               request -> decision
    registrar.py              keeps this node's own controller registered
    driver.py                 appends, waits for the commit, timers, takes and loses leadership
"""
