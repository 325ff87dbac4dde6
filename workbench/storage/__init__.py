"""workbench.storage."""
