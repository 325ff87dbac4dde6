"""State kept in an internal topic: whoever leads a partition of it decides about the keys that hash there.

- `placement.py`: which partition a key belongs to
- `timeline.py`: a dictionary that knows what of it is committed, and can take back what is not
- `decision.py`: what a pure state machine answers with: records, replies, timers
- `interfaces.py`: what the runtime asks of logs, time and a state machine; `scheduler.py`: time by the event loop
- `runtime.py`: the partitions that this broker coordinates
- `coordinated_partition.py`: one of them, with `loading.py`, `open_batch.py`, `operation.py`
- `outcomes.py`: what clients are told of failures; `pending_answer.py`: answers that may come later
- `group/`: group membership and committed offsets in `__consumer_offsets`, pure
- `group_service.py`: the group coordinator as the handlers and the node see it
"""
