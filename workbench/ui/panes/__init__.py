"""One pane a file; each is a function of a view model and of the cluster that it shows.

`pane` holds what all of them are given (`PaneContext`) and must be (`Pane`). A topic's page (`topic_pane`) places
the Messages and Produce panes beside those for partitions, groups and configuration.
"""
