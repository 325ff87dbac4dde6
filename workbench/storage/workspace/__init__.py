"""What the workbench itself remembers, in one SQLite file: settings, clusters, layout, history, rates.

- `database`: opens the file, brings its tables up to date, guards it against other threads.
- `settings_store`: values of settings by key. `profiles`: the clusters that the user knows (never a secret).
- `layouts`: window and documents as they were. `history`: what was done to which cluster.
- `metrics`: rates by broker, one a second for a day, then one a minute for 14 days.

Invariant: nothing here is needed to run a cluster; a lost or damaged file costs settings and history, no data.
"""
