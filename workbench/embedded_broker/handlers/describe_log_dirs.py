"""DescribeLogDirs 1-5: where each replica lies on this broker and how large it is (KIP-113, KIP-827)."""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DescribeLogDirsRequest, DescribeLogDirsResponse

Result = DescribeLogDirsResponse.DescribeLogDirsResult
Topic = DescribeLogDirsResponse.DescribeLogDirsTopic
Replica = DescribeLogDirsResponse.DescribeLogDirsPartition


@serves(DescribeLogDirsRequest, (1, 5))
def handle(broker: Broker, context: RequestContext, request: DescribeLogDirsRequest) -> DescribeLogDirsResponse:
    wanted = None
    if request.topics is not None:
        wanted = {(topic.topic, index) for topic in request.topics for index in topic.partitions}
    response = DescribeLogDirsResponse()
    for path in broker.offline_directories:
        response.results.append(Result(log_dir=path, error_code=ErrorCode.KAFKA_STORAGE_ERROR))
    for directory in broker.replicas.directories:
        import shutil  # slow to import: it knows all archives

        usage = shutil.disk_usage(directory.path)
        result = Result(log_dir=str(directory.path), total_bytes=usage.total, usable_bytes=usage.free)
        topics: dict[str, Topic] = {}
        for (name, index), log in directory.logs.items():
            if wanted is not None and (name, index) not in wanted:
                continue
            partition = broker.replicas.partitions.get((name, index))
            lag = -1 if partition is None else max(partition.high_watermark - log.log_end_offset, 0)
            topic = topics.get(name)
            if topic is None:
                topic = topics[name] = Topic(name=name)
            topic.partitions.append(
                Replica(partition_index=index, partition_size=log.size_bytes, offset_lag=lag, is_future_key=False)
            )
        result.topics = list(topics.values())
        response.results.append(result)
    return response
