"""Dialogs: always opened, never executed; each closes on Escape and says its purpose in its title.

- `dialog`: the frame that all share. `plan_dialog`: a write before it is done.
- `create_topic_dialog`, `add_partitions_dialog`, `add_cluster_dialog`, `settings_dialog`: forms.
- `message_dialog`: a failure with its remedy. `about_dialog`, `keys_dialog`: to read.
"""
