"""The broker that the reference run is held with."""

from tests.helpers.broker_address import bootstrap

__all__ = ["bootstrap"]
