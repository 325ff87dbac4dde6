from workbench.cluster.progress import SILENCE


def test_nobody_has_to_listen() -> None:
    SILENCE.show(1, 2, "half")
    SILENCE.cannot_be_cancelled()
