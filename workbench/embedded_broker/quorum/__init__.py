"""The metadata quorum: Raft as Kafka speaks it (KIP-595, 630, 853, 996), one member per controller or observing broker.

contract.py           what the controller and the metadata loader agree on with the quorum
machine.py            the pure machine: step(event, now_ms) -> effects; only `become_*` changes the role
  starting.py         the role to start in; deadlines
  answering.py        how it answers what others ask
  replies.py          what it makes of their answers
  polling.py          what it does when time passes
  committing.py       from appended to flushed to committed
  voter_changes.py    adding, removing, updating voters; kraft.version 0 to 1
  roles.py leading.py what it knows in each role
  log_picture.py      what it knows of its log; control_history.py voters and kraft.version by offset
  connections.py      its requests under way; outbox.py collects its effects
  config.py           who it is and its timeouts
  events.py effects.py messages.py batches.py   its words
driver.py             carries out the effects on disk, sockets and listeners; implements contract.MetadataQuorum
  metadata_log.py     `__cluster_metadata-0` on disk: log, snapshots, quorum-state
  group_commit.py     one fsync at a time, shared
  listeners.py        delivers what is committed
  snapshot_keeper.py snapshot_retention.py   writes and deletes snapshots
peers.py              reaches the other members
  wire_requests.py wire_replies.py   to and from Kafka's messages; transport.py the sockets

Members of Apache Kafka and of this program form one quorum; where this differs from Kafka's member: it counts itself
towards the high watermark only once its own fsync is done; fetch deadlines are spread a little so that followers do
not split the votes; after EndQuorumEpoch a follower grants pre-votes at once; a node never asks itself who leads.
"""
