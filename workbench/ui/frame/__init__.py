"""The parts of the main window around the panes: top row, navigator, document tabs, inspector, dock, status row."""
