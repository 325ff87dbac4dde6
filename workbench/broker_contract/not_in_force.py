"""Configurations that a broker of this version keeps and answers as Kafka does, but does not act on yet.

The window marks them, so that nobody waits for a retention that does not come. Names leave the list as they come into
force.
"""

TOPIC_CONFIGS_NOT_IN_FORCE = frozenset(
    {
        "cleanup.policy",
        "delete.retention.ms",
        "flush.messages",
        "flush.ms",
        "local.retention.bytes",
        "local.retention.ms",
        "max.compaction.lag.ms",
        "min.cleanable.dirty.ratio",
        "min.compaction.lag.ms",
        "preallocate",
        "remote.log.copy.disable",
        "remote.log.delete.on.disable",
        "remote.storage.enable",
        "retention.bytes",
        "retention.ms",
    }
)
