"""The window's one browse service, started with the first messages view and ended with the application."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from workbench.client.browse.service import BrowseService

_service: BrowseService | None = None


def browse_service() -> BrowseService:
    """The service of this process."""
    global _service
    if _service is None:
        _service = BrowseService()
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(close_browse_service)
    return _service


def close_browse_service() -> None:
    """Ends the browsing process; the next use starts another."""
    global _service
    if _service is not None:
        _service.close()
        _service = None
