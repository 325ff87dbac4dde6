"""State kept in an internal topic: whoever leads a partition of it decides about the keys that hash there.

- `placement.py`: which partition a key belongs to
- `timeline.py`: a dictionary that knows what of it is committed, and can take back what is not
- `decision.py`: what a pure state machine answers with: records, replies, timers
- `runtime.py`: loads a partition, replays, appends, answers once committed, runs timers
- `group/`: group membership and committed offsets in `__consumer_offsets`
"""
