from workbench.system.known_error import KnownError


def test_it_holds_a_sentence_and_a_remedy() -> None:
    error = KnownError("It rains.", "Take an umbrella.")
    assert (error.sentence, error.remedy, str(error)) == (
        "It rains.",
        "Take an umbrella.",
        "It rains. Take an umbrella.",
    )
    assert str(KnownError("It rains.")) == "It rains."
