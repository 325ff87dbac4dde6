"""Ports and words for a new cluster of a size."""

from __future__ import annotations

import pytest

from workbench.ui.view_models.new_cluster import about, wanted_ports


@pytest.mark.parametrize(
    ("count", "ports"),
    [
        (1, [9092, 9193]),
        (3, [9092, 9093, 9094, 9193, 9194, 9195]),
        (5, [9092, 9093, 9094, 9095, 9096, 9193, 9194, 9195, 9196, 9197]),
    ],
)
def test_clients_and_voters_have_ports(count: int, ports: list[int]) -> None:
    assert wanted_ports(9092, count) == ports


def test_it_says_what_the_cluster_survives() -> None:
    assert "when it stops, the cluster stops" in about(1, "/data")
    assert "survives the loss of 1 broker." in about(3, "/data") and "120 MB" in about(3, "/data")
    assert "survives the loss of 2 brokers." in about(5, "/data") and "/data" in about(5, "/data")
