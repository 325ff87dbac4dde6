"""Ours beside Apache Kafka in one run, with the same client, as ratios: `python -m tests.benchmarks [--brokers 3]`.

Not part of the test command. `contestants.py` starts either side, `measures.py` measures it, `__main__.py` takes turns
and prints the table; `window.py` measures the window: `python -m tests.benchmarks.window`.
"""
