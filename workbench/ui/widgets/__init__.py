"""The controls from which panes and dialogs are built; none of them knows what a cluster is.

- `layouts`: boxes with the grid's margins, hairlines.
- `labels`: labels by role, elided labels.
- `buttons`: push, icon and link buttons that follow the theme, segmented choice.
- `table`, `cells`: the table of the design and the delegate that paints its cells.
- `badge`, `pill`, `sparkline`: painted marks. `code_block`, `notice`, `empty_state`, `toast`: text with a purpose.
- `replica_matrix`, `broker_card`, `assignment_links`: the drawings of panes.
- `command_palette`: Ctrl+K.
"""
