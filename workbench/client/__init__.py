"""How the workbench speaks to any Kafka cluster, ours or foreign.

`session` the face that the panes use, `model` what it answers, `errors` how it fails; `link` is the one door to
kafka-python's connections and the `*_calls` modules are what is said through it; `browse` reads records in bulk,
`filter_expression` is the language of the filter bar.
"""
