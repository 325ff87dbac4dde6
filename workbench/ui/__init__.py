"""The window: everything that imports Qt.

- `app`: arguments, one instance, event loop, clusters after the first paint. `main_window`: the frame put together.
- `action`, `actions`: the table of everything a user can do; `commands`: what each does.
- `documents`: what can stand in a tab. `bridge`: the only door between coroutines, threads and Qt.
- `theme/`: colours, fonts, icons, the style sheet. `frame/`: what stands around the panes.
- `panes/`, `dialogs/`, `widgets/`: what is seen. `view_models/`, `item_models/`: what it is a function of.
- `units`: numbers and times as they are written. `log_file`, `diagnostics`: for reports of bugs.
- `data_folder`, `resource_files`, `single_instance`: where things lie, and that there is one window.
- `screenshots`, `demo_load`: pictures of every pane with real data, by one command. `start_times`: for benchmarks.
"""
