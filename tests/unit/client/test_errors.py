"""The client's one error."""

from workbench.client.errors import ClientError


def test_the_sentence_is_what_it_says() -> None:
    error = ClientError("It is gone.", "Look again.", "GONE")
    assert str(error) == error.sentence == "It is gone."
    assert (error.remedy, error.code) == ("Look again.", "GONE")
