"""Known clusters: order, change in place, and no secret on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.storage.workspace.profiles import ClusterProfile, ProfileStore, is_secret


def test_profiles_keep_their_order_when_one_changes() -> None:
    store = ProfileStore(WorkspaceDatabase.in_memory())
    for name in ("zeta", "alpha", "mid"):
        store.put(ClusterProfile(name, "remote", f"{name}:9092"))
    store.put(ClusterProfile("alpha", "remote", "elsewhere:9092", 3, True))
    assert [profile.name for profile in store.all()] == ["zeta", "alpha", "mid"]
    assert store.all()[1] == ClusterProfile("alpha", "remote", "elsewhere:9092", 3, True)
    store.remove("zeta")
    assert [profile.name for profile in store.all()] == ["alpha", "mid"]


def test_no_secret_reaches_the_disk(tmp_path: Path) -> None:
    database = WorkspaceDatabase.open(tmp_path)
    properties = {
        "security.protocol": "SASL_SSL",
        "sasl.jaas.config": 'ScramLoginModule required password="hunter2";',
        "ssl.keystore.password": "hunter2",
    }
    ProfileStore(database).put(ClusterProfile("a", "remote", "a:9092", properties=properties))
    assert ProfileStore(database).all()[0].properties == {"security.protocol": "SASL_SSL"}
    database.close()
    assert all(b"hunter2" not in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "secret"),
    [("ssl.truststore.password", True), ("SASL.JAAS.CONFIG", True), ("client.id", False), ("security.protocol", False)],
)
def test_which_properties_are_secrets(name: str, secret: bool) -> None:
    assert is_secret(name) is secret
