"""What panes show and can do, without widgets: QtCore only, testable without a screen.

- `workbench_model`: the whole: clusters, which one is current, jobs, settings.
- `cluster_model`: one cluster as last seen, polled. `local_brokers`: the embedded cluster's processes.
- `problems`: what is wrong with a cluster, in words, with the remedy (pure).
- `plan`: a write before it is done; `topic_plans`, `group_plans`, `data_plans` make them.
- `replica_rows`, `topic_rows`, `group_rows`: rows of the panes (pure).
- `rate_history`: samples of rates in memory, written to the workspace.
- `jobs`: long work with progress and cancel. `preferences`: the settings as data.
- `snippets`: programs that connect to a cluster.
"""
