"""The broker that clients and tools are tried on."""

from tests.helpers.broker_address import bootstrap

__all__ = ["bootstrap"]
