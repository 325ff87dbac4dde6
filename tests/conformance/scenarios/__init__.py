"""The scenarios, one module per API or area; each function's first docstring line heads its transcript."""
