"""One is said differently from many, numbers are grouped, whatever else a sentence holds follows the number."""

from workbench.system.counting import counted


def test_one_and_many() -> None:
    assert [counted(count, "{} topic", "{} topics") for count in (0, 1, 2)] == ["0 topics", "1 topic", "2 topics"]


def test_thousands_are_grouped() -> None:
    assert counted(1_284_306, "{} message", "{} messages") == "1,284,306 messages"


def test_one_may_be_said_without_a_number() -> None:
    assert counted(1, "the only one", "{} of them") == "the only one"


def test_others_follow_the_number_and_may_stand_before_it() -> None:
    assert counted(2, "{} leader of {}", "{} leaders of {}", "broker 3") == "2 leaders of broker 3"
    assert counted(1, "{1} is left with {0}", "{1} are left with {0}", "a") == "a is left with 1"
