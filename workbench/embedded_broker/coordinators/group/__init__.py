"""The group coordinator's decisions: who is in a group, and what it has committed. No clock, no I/O.

- `states.py`, `member.py`, `classic_group.py`: one group of the classic protocol and its soft state
- `joins.py`: JoinGroup; `memberships.py`: SyncGroup, Heartbeat, LeaveGroup
- `rebalance.py`: from generation to generation, and the deadlines on the way
- `subscription.py`: the topics named in a consumer's embedded subscription
- `java_order.py`: the order of Java's maps, where an answer depends on it
- `offsets.py`: committed and pending transactional offsets; `offset_values.py`: one committed offset
- `offset_requests.py`: OffsetCommit, OffsetFetch, OffsetDelete
- `foreign_group.py`: groups of protocols that this broker does not serve, kept as they were written
- `registry.py`: the groups of one partition; `records.py`: the records that are written of them
- `shard.py`: everything of one partition, behind the runtime's `Shard` protocol
- `settings.py`: Kafka's settings for groups; `caller.py`: who sends a request
"""
