"""workbench.embedded_broker."""
