"""Keeps an embedded cluster's broker processes as the user wants them.

- `spec`: what the user asked for, kept as `cluster.json` in the cluster's folder.
- `plan`: from a spec to ports, voters and each broker's `server.properties` (pure).
- `policy`: what to do when a broker's process starts, reports, ends (pure state machine).
- `ports`: which ports are free on this machine.
- `formatting`: formats a node's directories, from its properties.
- `folder`: whose folder it is and who uses it.
- `preparation`: writes properties files and formats directories.
- `process`: one child process and its control channel.
- `broker_handle`: one broker as the window and the command line hold it.
- `supervisor`: `LocalCluster`, all of them together.
- `events`: what observers of a cluster are told.
- `log_lines`: a broker's log lines, from text to level and time (pure).
- `log_file`: a broker's log as a file.
- `membership`: brokers that come and go, restarts one at a time.
- `broker_changes`: a broker's rack, port, directories and settings changed while it runs.
- `settings_check`: asks the broker program what it thinks of settings.
- `admin`: the few requests to the cluster that this takes.
- `copies`: copies of a whole stopped cluster.
- `replacement`: one content in the place of another, crash or not.
- `threaded_work`: work that blocks, with progress and cancel.
- `faults`: what is made to go wrong on purpose.
- `commands`: one-line commands to a running cluster.
- `progress`: how long work tells how far it is.
- `rates`: rates between two metrics samples (pure).
"""
