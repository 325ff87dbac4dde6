"""What this broker holds of each partition, and how copies stay the same.

- `isr.py`              pure: who is in sync, where the high watermark stands
- `partition.py`        one replica of a partition on this broker: leader or follower, reading and appending
- `waiters.py`          requests that wait for data or for replication
- `fetch_session.py`    pure: incremental fetch sessions (KIP-227)
- `replica_manager.py`  all partitions of the broker: follows the metadata, serves reads and writes
- `checkpoints.py`      high watermarks and recovery points written now and then
"""
