"""The group coordinator: who is in a group, and what it has committed.

Pure (no clock, no I/O):

- `states.py`, `member.py`, `classic_group.py`: one group of the classic protocol and its soft state
- `classic.py`: join and rebalance; `classic_sync.py`: sync, heartbeat, leave; `classic_timers.py`: what elapses
- `subscription.py`: the topics named in a consumer's embedded subscription
- `offsets.py`: committed and pending transactional offsets; `offset_values.py`: one committed offset
- `foreign_group.py`: groups of protocols that this broker does not serve, kept as they were written
- `records.py`: the records of `__consumer_offsets`
- `shard.py`: everything of one partition, behind the runtime's `Shard` protocol
- `settings.py`: Kafka's settings for groups

With asyncio: `coordinator.py`, what the handlers call.
"""
