"""What is typed about a broker, judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from workbench.broker_contract.setting_faults import SettingFault
from workbench.cluster.plan import new_spec
from workbench.ui.view_models import broker_form

SPEC = new_spec("local", 3, 9092, {}, lambda: "id")


def test_settings_there_and_back() -> None:
    settings = {"num.io.threads": "8", "log.dirs.note": "a=b"}
    typed = broker_form.typed_settings("# mine\n\n" + broker_form.settings_text(settings))
    assert dict(typed.settings) == settings and dict(typed.lines) == {"num.io.threads": 2, "log.dirs.note": 3}
    assert typed.fault == ""


@pytest.mark.parametrize(
    ("text", "sentence", "line"),
    [
        ("a=1\nnonsense", "nonsense is not of the form key=value.", 1),
        ("=1", "=1 is not of the form key=value.", 0),
        ("a=1\n\na=2", "a is given twice.", 2),
    ],
)
def test_a_line_that_is_none_is_told(text: str, sentence: str, line: int) -> None:
    typed = broker_form.typed_settings(text)
    assert (typed.fault, typed.fault_line) == (sentence, line)
    assert broker_form.first_fault(typed, ()) == (sentence, line, True)


def test_what_refuses_is_told_before_what_does_not() -> None:
    typed = broker_form.typed_settings("odd=1\nnum.partitions=x\n")
    odd, wrong = SettingFault("odd", "Odd.", refuses=False), SettingFault("num.partitions", "Wrong.")
    assert broker_form.first_fault(typed, [odd, wrong]) == ("Wrong.", 1, True)
    assert broker_form.first_fault(typed, [odd]) == ("Odd.", 0, False)
    assert broker_form.first_fault(typed, []) == ("", None, False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("9093", ""),
        ("9500", ""),
        ("9092", "broker 1"),
        ("9193", "broker 1's controller"),
        ("9600", "another program"),
        ("0", "a number"),
        ("x", "a number"),
        ("70000", "a number"),
    ],
)
def test_ports(text: str, words: str) -> None:
    found = broker_form.port_fault(text, SPEC, 2, lambda port: port != 9600)
    assert words in found and bool(found) is bool(words)


def test_directories(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    (tmp_path / "empty").mkdir()

    def fault(text: str) -> str:
        return broker_form.directory_fault(text, ["broker-2"], SPEC, tmp_path)

    assert fault("empty") == fault("disk-2") == fault(str(tmp_path / "new")) == ""
    assert "one already" in fault("broker-2")
    assert "broker 1" in fault("broker-1")
    assert "comma" in fault("a,b")
    assert "a file" in fault("file")
    assert "other files" in fault("full")
    assert "A path" in fault("")


def test_a_directory_is_given_up_only_when_it_is_known_to_be_empty() -> None:
    assert "metadata log" in broker_form.removal_fault(0, 0)
    assert "has to run" in broker_form.removal_fault(1, None)
    assert "3 replicas" in broker_form.removal_fault(1, 3)
    assert broker_form.removal_fault(1, 0) == ""


def test_what_was_taken_out_and_whether_anything_changed() -> None:
    assert broker_form.forgotten_settings({"a": "1", "b": "2"}, {"a": "3"}) == ("b",)
    before = SPEC.broker(1)
    assert broker_form.is_same(before, before, {})
    assert not broker_form.is_same(before, before, {"by.hand": "1"})
    assert not broker_form.is_same(before, replace(before, rack="r"), {})
    assert broker_form.rack_fault("cellar") == "" and broker_form.rack_fault("a\tb")
