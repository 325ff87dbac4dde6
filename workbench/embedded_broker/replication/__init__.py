"""What this broker holds of each partition, and how copies stay the same.

One replica, `step(event, now_ms) -> effects`, pure:

- `machine.py`            one replica's place in replication: its role, its epochs; takes the events of
- `events.py`             what can happen to it, and answers with those of
- `effects.py`            what is to be done, in order
- `leading.py`            own writes, followers' fetches, answers of the controller
- `isr.py`                who is in sync, where the high watermark stands
- `following.py`          what the leader says; `log_agreement.py`: where a log has to be cut to agree with the leader's
- `reading.py`            who may read what
- `waiting_requests.py`   who waits for which offset

Leading:

- `partition.py`          a replica with its log: carries the effects out
- `isr_changes.py`        pure: which in-sync sets are asked for, what the controller's answers mean
- `isr_change_sender.py`  sends those to the controller, by way of `controller_asker.py`
- `fetch_session.py`      pure: incremental fetch sessions (KIP-227)
- `fetch.py`              reads what one fetch wants
- `replica_selection.py`  pure: which replica is near a consumer (KIP-392)
- `waiters.py`            fetches that wait for data

Following:

- `leader_following.py`   without sockets: what one leader is asked, to whom its answers go
- `leader_connection.py`  one connection to a leader; `fetcher.py`: when to send on which; `fetchers.py`: one each

Both:

- `throttle.py`           pure: how fast throttled partitions may be copied (KIP-73); `throttles.py`: who is throttled

`replica_manager.py` holds all partitions of the broker and follows the metadata, large changes in slices
(`sliced_work.py`); `internal_logs.py` shows those of internal topics to coordinators.
"""
