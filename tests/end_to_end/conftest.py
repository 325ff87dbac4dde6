"""The broker that whole programs run against."""

from tests.helpers.broker_address import bootstrap

__all__ = ["bootstrap"]
