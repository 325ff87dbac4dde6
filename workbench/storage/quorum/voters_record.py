"""The voter set as the control record that holds it (KIP-853)."""

from __future__ import annotations

from workbench.records.control import KRaftVoter, KRaftVoters, VoterEndpoint
from workbench.storage.quorum.voters import Endpoint, ReplicaKey, VoterNode, VoterSet, endpoints_of


def voters_record(voters: VoterSet) -> KRaftVoters:
    """The record to write; a directory id that is not known becomes sixteen zero bytes."""
    return KRaftVoters(
        tuple(
            KRaftVoter(
                node.key.id,
                node.key.wire_directory_id,
                tuple(VoterEndpoint(endpoint.listener, endpoint.host, endpoint.port) for endpoint in node.endpoints),
                node.min_kraft_version,
                node.max_kraft_version,
            )
            for node in voters.nodes
        )
    )


def voter_set_of(record: KRaftVoters) -> VoterSet:
    """The voter set that the record holds."""
    return VoterSet.of(
        VoterNode(
            ReplicaKey.of(voter.voter_id, voter.directory_id),
            endpoints_of(Endpoint.of(endpoint.name, endpoint.host, endpoint.port) for endpoint in voter.endpoints),
            voter.min_supported_version,
            voter.max_supported_version,
        )
        for voter in record.voters
    )
