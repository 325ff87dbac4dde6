"""workbench.system."""
