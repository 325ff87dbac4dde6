"""The broker's side of the control channel.

- `channel`: reads the supervisor's messages from standard input, writes the broker's to standard output.
- `metrics_source`: what the channel asks the broker for.
"""
