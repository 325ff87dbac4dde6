"""Record batches (Kafka's format, magic 2): looked at, made, compressed.

record.py         Record, NewRecord
batch.py          BatchView(buffer, position), iterate_batches(buffer): a look without decompressing
builder.py        build_batch(records, ...) -> bytearray; seal(batch) after a change
compression.py    Compression, compress, decompress
control.py        control records: EndTxnMarker, LeaderChange, SnapshotHeader, ... <-> key and value bytes
parsing.py        the records of a payload
checksum.py       crc32c(data) -> int
layout.py         numbers of the format
compact_fields.py flexible fields of control record values
varints.py        zig-zag integers
errors.py         CorruptBatchError (reason, file, position, size_bytes), UnsupportedMagicError
"""

from workbench.records.batch import BatchView, iterate_batches
from workbench.records.builder import build_batch
from workbench.records.compression import Compression, compress, decompress
from workbench.records.errors import CorruptBatchError, DecompressionError, RecordsError, UnsupportedMagicError
from workbench.records.record import Header, NewRecord, Record

__all__ = [
    "BatchView",
    "Compression",
    "CorruptBatchError",
    "DecompressionError",
    "Header",
    "NewRecord",
    "Record",
    "RecordsError",
    "UnsupportedMagicError",
    "build_batch",
    "compress",
    "decompress",
    "iterate_batches",
]
