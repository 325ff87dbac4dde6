"""Gives the nodes of a stopped cluster other ports inside its metadata log and snapshots.

Voters find each other by the addresses in the log (KIP-853), so voters that have all moved would never meet again; and
brokers that still stand there with their old addresses would be fetched from. Ports have a fixed width, so every batch
keeps its length and place, and only its bytes and CRC change. Invariant: what is damaged or compressed is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from workbench.records import CorruptBatchError, iterate_batches
from workbench.records.batch import BatchView
from workbench.records.builder import encode_records, seal
from workbench.records.compression import Compression
from workbench.records.control import KRaftVoters, decode_control, encode_control
from workbench.records.layout import RECORDS_AT
from workbench.records.record import Record
from workbench.storage.log.meta_properties import read_meta_properties, write_meta_properties
from workbench.storage.quorum.format import METADATA_DIRECTORY_NAME
from workbench.system.disk import Disk
from workbench.wire.errors import WireError
from workbench.wire.messages import RegisterBrokerRecord, RegisterControllerRecord
from workbench.wire.record_values import decode_metadata_record, encode_metadata_record

SUFFIXES = (".log", ".checkpoint")


def give_other_identity(log_dir: str, cluster_id: str, ports: Mapping[int, int], disk: Disk) -> None:
    """Makes a log directory one of the cluster `cluster_id`, whose nodes listen on other `ports` (old to new).

    Raises OSError, CorruptFileError and KnownError as reading `meta.properties` does. Blocks on the disk.
    """
    properties = read_meta_properties(disk, log_dir)
    if properties is None:
        return  # never formatted: it will be, with the new id
    metadata = Path(log_dir) / METADATA_DIRECTORY_NAME
    if metadata.is_dir():
        for path in sorted(metadata.iterdir()):
            if path.suffix in SUFFIXES:
                data = disk.read_file(str(path))
                changed = with_other_ports(data, ports)
                if changed != data:
                    disk.replace_file(str(path), changed)
    write_meta_properties(disk, log_dir, replace(properties, cluster_id=cluster_id))


def with_other_ports(data: bytes, ports: Mapping[int, int]) -> bytes:
    """The batches of a metadata log or snapshot, of the same length, with ports replaced."""
    changed = bytearray(data)
    try:
        for batch in iterate_batches(data):
            if batch.crc_is_valid() and batch.compression is Compression.NONE:
                _change(batch, ports, changed)
    except CorruptBatchError:
        # The end that a crash cut off: the node drops it when it starts.
        pass
    return bytes(changed)


def _change(batch: BatchView, ports: Mapping[int, int], out: bytearray) -> None:
    records = list(batch.records())
    wanted = [_record(record, batch.is_control, ports) for record in records]
    if wanted == records or bytes(encode_records(records, batch.base_timestamp)) != bytes(batch.payload):
        return
    start, end = batch.position, batch.position + batch.size_bytes
    sealed = bytearray(out[start:end])
    payload = encode_records(wanted, batch.base_timestamp)
    assert len(payload) == end - start - RECORDS_AT, "ports have a fixed width"
    sealed[RECORDS_AT:] = payload
    seal(sealed)
    out[start:end] = sealed


def _record(record: Record, is_control: bool, ports: Mapping[int, int]) -> Record:
    if is_control:
        control = decode_control(record.key, record.value)
        if not isinstance(control, KRaftVoters):
            return record
        voters = tuple(
            replace(
                voter,
                endpoints=tuple(replace(place, port=ports.get(place.port, place.port)) for place in voter.endpoints),
            )
            for voter in control.voters
        )
        return replace(record, value=encode_control(replace(control, voters=voters))[1])
    if record.value is None:
        return record
    try:
        message, version = decode_metadata_record(record.value)
    except WireError:
        return record
    if not isinstance(message, RegisterBrokerRecord | RegisterControllerRecord):
        return record
    for place in message.end_points:
        place.port = ports.get(place.port, place.port)
    return replace(record, value=encode_metadata_record(message, version))
