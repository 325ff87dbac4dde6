"""The clusters that the user knows: embedded ones by their folder, foreign ones by their address.

Invariant: no secret is kept here; properties whose name speaks of a password or a token are left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field

from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.system.quick_dataclass import dataclass

_SECRET_WORDS = ("password", "secret", "token", "sasl.jaas.config", "credential")


@dataclass(frozen=True, slots=True)
class ClusterProfile:
    """One known cluster. `kind` is "embedded" (address: its folder) or "remote" (address: bootstrap servers)."""

    name: str
    kind: str
    address: str
    colour: int = 0
    read_only: bool = False
    properties: Mapping[str, str] = field(default_factory=dict)


def is_secret(property_name: str) -> bool:
    """True for a client property that must not be written down."""
    lowered = property_name.lower()
    return any(word in lowered for word in _SECRET_WORDS)


class ProfileStore:
    """Profiles in the order the user gave them."""

    def __init__(self, database: WorkspaceDatabase) -> None:
        self._database = database

    def all(self) -> list[ClusterProfile]:
        """Every profile."""
        found = self._database.rows(
            "SELECT name, kind, address, colour, read_only, properties FROM profile ORDER BY place, name"
        )
        return [
            ClusterProfile(name, kind, address, colour, bool(read_only), json.loads(properties))
            for name, kind, address, colour, read_only, properties in found
        ]

    def put(self, profile: ClusterProfile) -> None:
        """Adds a profile at the end, or changes the one of the same name in its place."""
        kept = json.dumps({key: value for key, value in profile.properties.items() if not is_secret(key)})
        with self._database.transaction() as connection:
            place = connection.execute("SELECT place FROM profile WHERE name = ?", (profile.name,)).fetchone()
            if place is None:
                place = connection.execute("SELECT coalesce(max(place), 0) + 1 FROM profile").fetchone()
            connection.execute(
                "INSERT OR REPLACE INTO profile VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    profile.name,
                    profile.kind,
                    profile.address,
                    profile.colour,
                    int(profile.read_only),
                    kept,
                    int(place[0]),
                ),
            )

    def remove(self, name: str) -> None:
        """Forgets a profile; its data, if it has any, stays."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM profile WHERE name = ?", (name,))
