"""Ports change inside a metadata log and its snapshots, and nothing else does."""

from __future__ import annotations

from pathlib import Path

from workbench.records import NewRecord, build_batch, iterate_batches
from workbench.records.control import KRaftVoter, KRaftVoters, LeaderChange, VoterEndpoint, build_control_batch
from workbench.storage.log.meta_properties import MetaProperties, read_meta_properties, write_meta_properties
from workbench.storage.quorum.format import METADATA_DIRECTORY_NAME
from workbench.storage.quorum.readdressing import give_other_identity, with_other_ports
from workbench.storage.quorum.snapshot_content import SnapshotContent, decode_snapshot, encode_snapshot
from workbench.storage.quorum.voters import Endpoint, ReplicaKey, VoterNode, VoterSet
from workbench.system.disk import Disk
from workbench.wire.messages import RegisterBrokerRecord, RegisterControllerRecord, TopicRecord
from workbench.wire.record_values import decode_metadata_record, encode_metadata_record

PORTS = {9092: 9292, 9193: 9393, 9194: 9394}
TOPIC = encode_metadata_record(TopicRecord(name="orders", topic_id=bytes(16)), 0)


def _broker(port: int) -> bytes:
    place = RegisterBrokerRecord.BrokerEndpoint(name="PLAINTEXT", host="localhost", port=port, security_protocol=0)
    return encode_metadata_record(
        RegisterBrokerRecord(broker_id=1, broker_epoch=7, incarnation_id=bytes(16), end_points=[place], rack="r"), 3
    )


def _controller(port: int) -> bytes:
    place = RegisterControllerRecord.ControllerEndpoint(
        name="CONTROLLER", host="localhost", port=port, security_protocol=0
    )
    return encode_metadata_record(
        RegisterControllerRecord(controller_id=1, incarnation_id=bytes(16), end_points=[place]), 0
    )


def _voters(*ports: int) -> KRaftVoters:
    return KRaftVoters(
        tuple(
            KRaftVoter(number, bytes(16), (VoterEndpoint("CONTROLLER", "localhost", port),))
            for number, port in enumerate(ports, 1)
        )
    )


def _log(client: int, first: int, second: int) -> bytes:
    controls = [LeaderChange(1, (), ()), _voters(first, second)]
    head = build_control_batch(controls, base_offset=10, leader_epoch=3, timestamp=1_000)
    values = [NewRecord(2_000 + place, None, value) for place, value in enumerate((TOPIC, _broker(client)))]
    body = build_batch(values, base_offset=12, leader_epoch=3)
    tail = build_batch([NewRecord(3_000, None, _controller(first))], base_offset=14, leader_epoch=3)
    return bytes(head + body + tail)


def test_voters_brokers_and_controllers_move_and_the_rest_stays() -> None:
    before = _log(9092, 9193, 9194)
    after = with_other_ports(before, PORTS)
    assert after == _log(9292, 9393, 9394), "byte for byte as if it had been written so"
    assert all(batch.crc_is_valid() for batch in iterate_batches(after))
    assert with_other_ports(before, {1: 2}) == before


def test_what_a_crash_cut_off_or_damaged_is_left_alone() -> None:
    whole = _log(9092, 9193, 9194)
    cut = whole + whole[:40]
    assert with_other_ports(cut, PORTS) == _log(9292, 9393, 9394) + whole[:40]
    damaged = bytearray(whole)
    damaged[-1] ^= 1
    changed = with_other_ports(bytes(damaged), PORTS)
    last = list(iterate_batches(changed))[-1]
    assert changed[last.position :] == damaged[last.position :]
    unknown = bytes(build_batch([NewRecord(1, None, b"\x01\xff\x7f\x00"), NewRecord(1, None, None)]))
    assert with_other_ports(unknown, PORTS) == unknown


def test_a_directory_gets_another_identity(tmp_path: Path) -> None:
    metadata = tmp_path / METADATA_DIRECTORY_NAME
    metadata.mkdir()
    nodes = [VoterNode(ReplicaKey(1, b"d" * 16), (Endpoint.of("CONTROLLER", "localhost", 9193),), 0, 1)]
    content = SnapshotContent(5, (TOPIC, _broker(9092)), 1, VoterSet.of(nodes))
    snapshot = metadata / "00000000000000000020-0000000003.checkpoint"
    snapshot.write_bytes(b"".join(encode_snapshot(content, epoch=3, now_ms=5)))
    log = metadata / "00000000000000000000.log"
    log.write_bytes(_log(9092, 9193, 9194))
    (metadata / "quorum-state").write_text("{}")
    write_meta_properties(Disk(), str(tmp_path), MetaProperties("old", 1, "2fwF1k_HR7e0LrF2KDuqWQ"))
    give_other_identity(str(tmp_path), "new", PORTS, Disk())
    assert read_meta_properties(Disk(), str(tmp_path)) == MetaProperties("new", 1, "2fwF1k_HR7e0LrF2KDuqWQ")
    assert log.read_bytes() == _log(9292, 9393, 9394)
    found = decode_snapshot(snapshot.read_bytes())
    assert found.voters is not None and found.voters.nodes[0].endpoints[0].port == 9393
    assert decode_metadata_record(found.values[1])[0].end_points[0].port == 9292
    assert (metadata / "quorum-state").read_text() == "{}"


def test_a_directory_that_was_never_formatted_stays_so(tmp_path: Path) -> None:
    give_other_identity(str(tmp_path), "new", PORTS, Disk())
    assert list(tmp_path.iterdir()) == []
