"""workbench.storage.quorum."""
