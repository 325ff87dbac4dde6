from workbench.broker_contract.messages import MetricsReported
from workbench.embedded_broker.control.metrics_source import MetricsSource
from workbench.embedded_broker.node_status import NodeStatus


def test_the_nodes_status_is_a_metrics_source() -> None:
    """mypy checks the signatures; this, that the names of the protocol are those of the class that fills it."""
    names = [name for name in vars(MetricsSource) if not name.startswith("_")]
    assert names == ["sample", "connections"]
    assert all(callable(getattr(NodeStatus, name)) for name in names)
    assert MetricsReported.__dataclass_fields__["sample"].type == "MetricsSample"
