import socket

import pytest

from workbench.cluster.ports import LAST_PORT, any_free_port, free_port_from, is_port_free


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_port_that_somebody_listens_on_is_not_free(family: socket.AddressFamily, host: str) -> None:
    try:
        server = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip(f"{host} is not on this machine")
    with server:
        port = server.getsockname()[1]
        assert not is_port_free(port)
    assert is_port_free(port)


def test_the_next_port_at_which_everything_fits() -> None:
    taken = {9092, 9195}

    def ports(first: int) -> list[int]:
        return [first, first + 101]

    assert free_port_from(9092, ports, lambda port: port not in taken) == 9093
    assert free_port_from(9094, ports, lambda port: port not in taken) == 9095


def test_no_port_fits_at_the_end() -> None:
    assert free_port_from(LAST_PORT - 50, lambda first: [first, first + 101], lambda port: True) is None


def test_any_free_port_tries_until_all_are_free() -> None:
    offered = iter([12_000, 12_001, 12_002])
    chosen = any_free_port(
        lambda first: [first, first + 101],
        lambda port: port not in (12_000, 12_102),
        lambda low, high: next(offered),
    )
    assert chosen == 12_002


def test_any_free_port_is_below_those_of_clients() -> None:
    assert any_free_port(lambda first: [first]) < 32_768


def test_where_nothing_is_free_that_is_an_error() -> None:
    with pytest.raises(OSError, match="no free ports"):
        any_free_port(lambda first: [first], lambda port: False)
