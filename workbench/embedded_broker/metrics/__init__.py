"""What the broker counts about itself.

- `latencies.py`       a histogram of durations that costs one list increment an observation
- `broker_metrics.py`  counters by API and topic, from which samples are taken
"""
