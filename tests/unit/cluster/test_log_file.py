from pathlib import Path

from workbench.cluster.events import LogLevel, LogLine
from workbench.cluster.log_file import BrokerLogFile, log_file_path
from workbench.cluster.log_lines import parse_log_line


def line(text: str, at_ms: int = 1_700_000_000_123) -> LogLine:
    return LogLine(at_ms, LogLevel.WARNING, text)


def test_lines_are_written_at_once_and_can_be_read_again(tmp_path: Path) -> None:
    path = log_file_path(tmp_path, 1)
    assert path == tmp_path / "logs" / "broker-1.log"
    file = BrokerLogFile(path)
    file.write(line("one"))
    (text,) = path.read_text().splitlines()
    assert parse_log_line(text, 0) == line("one")
    file.write(line("grün \udcff"))
    file.close()
    file.write(line("three"))
    assert len(path.read_text().splitlines()) == 3


def test_a_large_file_is_put_aside_and_only_one_is_kept(tmp_path: Path) -> None:
    path = log_file_path(tmp_path, 1)
    file = BrokerLogFile(path, max_bytes=200)
    for number in range(40):
        file.write(line(f"line {number}"))
    file.close()
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["broker-1.log", "broker-1.log.1"]
    assert all(entry.stat().st_size < 300 for entry in path.parent.iterdir())
    assert path.read_text().splitlines()[-1].endswith("line 39")


def test_a_folder_that_cannot_be_written_costs_only_the_lines(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    file = BrokerLogFile(log_file_path(tmp_path, 1))
    file.write(line("lost"))
    file.close()
