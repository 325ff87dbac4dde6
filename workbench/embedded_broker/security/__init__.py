"""workbench.embedded_broker.security."""
