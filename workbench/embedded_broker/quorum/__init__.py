"""workbench.embedded_broker.quorum."""
