"""What a member of the metadata quorum keeps on disk beside its log, and what format writes.

voters.py            ReplicaKey, Endpoint, VoterNode, VoterSet; reading them from configuration values
voters_record.py     the voter set as a control record
election_state.py    quorum-state: epoch, leader, vote
snapshot_content.py  what is in a `.checkpoint`; snapshot_files.py the files, downloads, recovery
format.py            formatting log directories; bootstrap.checkpoint
"""
