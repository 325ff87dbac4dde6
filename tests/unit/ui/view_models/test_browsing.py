"""One browse service for the window, ended and made anew."""

from workbench.ui.view_models.browsing import browse_service, close_browse_service


def test_one_until_it_is_closed() -> None:
    first = browse_service()
    assert browse_service() is first
    close_browse_service()
    close_browse_service()
    second = browse_service()
    assert second is not first
    close_browse_service()
