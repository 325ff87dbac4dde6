"""What a quorum member must not forget: its epoch, the leader it follows and the candidate it voted for.

Stored in the one-line JSON file `quorum-state` beside the metadata log (data_version 0 with kraft.version 0, else 1).
Invariant: after `write` returns, a power cut cannot bring an older state back.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from workbench.storage.quorum.voters import ReplicaKey
from workbench.system.disk import Disk
from workbench.system.quick_dataclass import dataclass
from workbench.wire.uuids import uuid_from_text, uuid_to_text

QUORUM_STATE_FILE_NAME = "quorum-state"
HIGHEST_DATA_VERSION = 1


class QuorumStateError(Exception):
    """The quorum-state file could not be understood; the node must not vote."""


@dataclass(frozen=True, slots=True)
class ElectionState:
    """A member's durable election state; `voter_ids` is only written with data_version 0."""

    epoch: int
    leader_id: int | None = None
    voted_key: ReplicaKey | None = None
    voter_ids: tuple[int, ...] = ()

    def voted_for(self, key: ReplicaKey) -> bool:
        voted = self.voted_key
        if voted is None or voted.id != key.id:
            return False
        return voted.directory_id is None or voted.directory_id == key.directory_id


def encode_election_state(state: ElectionState, data_version: int) -> bytes:
    """The file's content in the field order of Kafka's writer."""
    leader_id = -1 if state.leader_id is None else state.leader_id
    voted_id = -1 if state.voted_key is None else state.voted_key.id
    fields: dict[str, Any]
    if data_version == 0:
        fields = {
            "clusterId": "",
            "leaderId": leader_id,
            "leaderEpoch": state.epoch,
            "votedId": voted_id,
            "appliedOffset": 0,
            "currentVoters": [{"voterId": voter_id} for voter_id in state.voter_ids],
        }
    else:
        voted_directory = ReplicaKey(voted_id) if state.voted_key is None else state.voted_key
        fields = {
            "leaderId": leader_id,
            "leaderEpoch": state.epoch,
            "votedId": voted_id,
            "votedDirectoryId": uuid_to_text(voted_directory.wire_directory_id),
        }
    fields["data_version"] = data_version
    return json.dumps(fields, separators=(",", ":")).encode()


def decode_election_state(content: bytes) -> ElectionState:
    """Reads either data version; raises QuorumStateError."""
    try:
        fields = json.loads(content.split(b"\n", 1)[0])
        data_version = fields["data_version"]
        if not 0 <= data_version <= HIGHEST_DATA_VERSION:
            raise QuorumStateError(f"data_version {data_version} is not between 0 and {HIGHEST_DATA_VERSION}")
        leader_id, voted_id = int(fields["leaderId"]), int(fields["votedId"])
        voted_key = None
        if voted_id >= 0:
            directory = uuid_from_text(fields["votedDirectoryId"]) if data_version >= 1 else None
            voted_key = ReplicaKey.of(voted_id, directory)
        voters = fields.get("currentVoters") or []
        return ElectionState(
            epoch=int(fields["leaderEpoch"]),
            leader_id=None if leader_id < 0 else leader_id,
            voted_key=voted_key,
            voter_ids=tuple(int(voter["voterId"]) for voter in voters),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise QuorumStateError(f"quorum-state holds no election state: {error}") from error


class QuorumStateFile:
    """The file `quorum-state` in the directory of the metadata log."""

    def __init__(self, directory: str, disk: Disk) -> None:
        self.path = str(Path(directory) / QUORUM_STATE_FILE_NAME)
        self._disk = disk

    def read(self) -> ElectionState | None:
        """The stored state, None where none was ever written; raises OSError, and QuorumStateError naming the file."""
        if not self._disk.exists(self.path):
            return None
        try:
            return decode_election_state(self._disk.read_file(self.path))
        except QuorumStateError as error:
            raise QuorumStateError(f"{self.path}: {error}") from error

    def write(self, state: ElectionState, kraft_version: int) -> None:
        """Replaces the file and returns once that is durable; raises OSError."""
        data_version = 0 if kraft_version == 0 else 1
        self._disk.replace_file(self.path, encode_election_state(state, data_version))
