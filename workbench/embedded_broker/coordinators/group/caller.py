"""Who sends a request to the coordinator."""

from __future__ import annotations

from workbench.system.quick_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """`client_host` is the address as Java writes it, with a slash before it: `/127.0.0.1`."""

    client_id: str
    client_host: str
    api_version: int
