"""The Kafka protocol without sockets: message classes, frames, headers, error codes.

- `schemas/`         what every message looks like at every version, in the notation that `schema.py` describes
- `schema.py`        reads that notation
- `compiler.py`      turns a schema into a class with an encoder and a bounds-checked decoder for each version
- `messages.py`      every message by Kafka's name, compiled when first asked for (`messages.pyi` gives their types)
- `stubs.py`         writes `messages.pyi`
- `frames.py`        request and response headers
- `record_values.py` the framing of messages inside metadata and coordinator records
- `api_keys.py`, `error_codes.py`, `uuids.py`, `varints.py`, `errors.py`
"""
