"""What is asked of three nodes, by area."""
