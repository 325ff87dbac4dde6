"""A view answers the newest question first and drops what nobody waits for any more."""

import threading
from typing import Any

from tests.helpers.fake_partitions import FakePartitions, serve
from tests.helpers.tiny_broker import TinyBroker
from workbench.client.browse import view as view_module
from workbench.client.browse.view import View
from workbench.client.browse.view_spec import ViewSpec
from workbench.client.errors import ClientError
from workbench.records import NewRecord


class Answers:
    """Collects what is emitted; `wait` until so many have come."""

    def __init__(self) -> None:
        self.all: list[tuple[str, int, Any]] = []
        self._changed = threading.Condition()

    def __call__(self, kind: str, request_id: int, value: Any) -> None:
        with self._changed:
            self.all.append((kind, request_id, value))
            self._changed.notify()

    def wait(self, count: int) -> list[tuple[str, int, Any]]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.all) >= count, 10), self.all
            return list(self.all)


def test_the_newest_page_comes_first_and_the_oldest_questions_are_dropped() -> None:
    topic = FakePartitions()
    topic.add(0, [NewRecord(at, None, b"v") for at in range(100)])
    hold, held = threading.Event(), threading.Event()
    with TinyBroker() as broker:
        serve(topic, broker)
        answers = Answers()
        view = View(ViewSpec((broker.bootstrap,), "orders"), answers)
        view.ask("open", 1, ())
        answers.wait(1)
        good = broker.answers[1]

        def slowly(request: Any) -> Any:
            held.set()
            hold.wait(10)
            return good(request)

        broker.answers[1] = slowly
        view.ask("page", 2, (0, 5))
        assert held.wait(10)
        for number in range(3, 3 + view_module._MOST_WAITING_PAGES + 2):
            view.ask("page", number, (10, 5))
        hold.set()
        found = answers.wait(2 + view_module._MOST_WAITING_PAGES + 2)
        view.close()
    assert [(kind, number) for kind, number, _ in found if kind == "dropped"] == [("dropped", 3), ("dropped", 4)]
    order = [number for kind, number, _ in found if kind == "answer"]
    assert order[:2] == [1, 2]
    assert order[2:] == sorted(order[2:], reverse=True)


def test_a_mistake_of_ours_is_an_answer_too(capsys) -> None:  # type: ignore[no-untyped-def]
    topic = FakePartitions()
    topic.add(0, [NewRecord(1, None, b"v")])
    with TinyBroker() as broker:
        serve(topic, broker)
        answers = Answers()
        view = View(ViewSpec((broker.bootstrap,), "orders"), answers)
        view.ask("open", 1, ())
        answers.wait(1)
        view.ask("page", 2, ("not a position", 5))
        kind, number, error = answers.wait(2)[1]
        view.close()
    assert (kind, number) == ("error", 2)
    assert isinstance(error, ClientError) and error.code == "BUG"
    assert "Traceback" in capsys.readouterr().err


def test_jobs_that_have_ended_can_be_stopped_again() -> None:
    view = View(ViewSpec(("127.0.0.1:1",), "orders"), Answers())
    view.control(99, "cancel")
    view.close()
