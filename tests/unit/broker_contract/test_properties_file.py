import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workbench.broker_contract.properties_file import (
    PropertiesError,
    PropertiesFile,
    given_properties,
    read_properties,
)
from workbench.system.known_error import KnownError

TEXT = st.text(st.characters(codec="utf-16", exclude_characters="\0"), max_size=20)
KEYS = TEXT.filter(bool)


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("a=b", "a", "b"),
        ("a:b", "a", "b"),
        ("a b", "a", "b"),
        ("  a  =  b c  ", "a", "b c  "),
        ("a", "a", ""),
        ("a=", "a", ""),
        ("=b", "", "b"),
        ("a==b", "a", "=b"),
        (r"a\=b=c", "a=b", "c"),
        (r"a\ b=c", "a b", "c"),
        (r"a=\u00e4\t\n\q", "a", "ä\t\nq"),
        (r"a=C:\\data", "a", "C:\\data"),
        ("a=one,\\\n   two", "a", "one,two"),
        ("a=one\\\r\n# two", "a", "one# two"),
        ("a=\\", "a", ""),
        ("listeners=PLAINTEXT://:9092", "listeners", "PLAINTEXT://:9092"),
        ("\u00e9=\u00e8", "\u00e9", "\u00e8"),
        (r"a=\ud83d\ude00", "a", "😀"),
    ],
)
def test_reads_as_java_does(line: str, key: str, value: str) -> None:
    assert PropertiesFile.parse(line).values() == {key: value}


def test_comments_empty_lines_and_the_last_of_equal_keys() -> None:
    text = "# a=1\n! a=2\n\n   \n#\\\na=3\r\na=4\r"
    assert PropertiesFile.parse(text).values() == {"a": "4"}


def test_a_broken_escape_is_told_with_its_line() -> None:
    with pytest.raises(PropertiesError, match="Line 3"):
        PropertiesFile.parse("a=1\n\nb=\\u12g4\n")


@given(st.dictionaries(KEYS, TEXT, max_size=5))
def test_what_is_set_is_read_again(entries: dict[str, str]) -> None:
    file = PropertiesFile.with_heading(["A heading"])
    for key, value in entries.items():
        file.set(key, value)
    text = file.render()
    assert text.isascii()
    assert PropertiesFile.parse(text).values() == entries


@given(st.text(st.sampled_from("ab=: \t\\\n\r#!u0"), max_size=40))
@example("\\\r")
def test_any_text_is_kept_as_it_is_until_a_key_changes(text: str) -> None:
    try:
        file = PropertiesFile.parse(text)
    except PropertiesError:
        return
    assert file.render() == text
    before = file.values()
    file.set("new.key", "value")
    assert file.render().startswith(text)
    assert PropertiesFile.parse(file.render()).values() == {**before, "new.key": "value"}


def test_a_changed_key_stays_in_its_place_and_takes_its_doubles_along() -> None:
    file = PropertiesFile.parse("# one\na=1\nb=2\na=3\n# end\n")
    file.set("a", "4")
    assert file.render() == "# one\na=4\nb=2\n# end\n"
    file.remove("b")
    assert file.render() == "# one\na=4\n# end\n"


def test_an_equal_value_leaves_the_users_spelling() -> None:
    file = PropertiesFile.parse("a : one,\\\n  two\n")
    file.set("a", "one,two")
    assert file.render() == "a : one,\\\n  two\n"


def test_a_last_line_without_end_is_ended_first() -> None:
    file = PropertiesFile.parse("a=1")
    file.set("b", "2")
    assert file.render() == "a=1\nb=2\n"


def test_writes_whole_files(tmp_path: Path) -> None:
    path = tmp_path / "server.properties"
    file = PropertiesFile.with_heading(["heading"])
    file.set("log.dirs", "C:\\daten\\größe")
    file.write(path)
    assert path.read_bytes() == b"# heading\nlog.dirs=C:\\\\daten\\\\gr\\u00F6\\u00DFe\n"
    assert read_properties(path) == {"log.dirs": "C:\\daten\\größe"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["server.properties"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no file"),
        (b"a=1\nb=\\u12\n", r"x\.properties is not a properties file: Line 2"),
    ],
)
def test_a_file_that_a_person_named_is_read_or_told(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "x.properties"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(KnownError, match=words) as told:
        given_properties(path)
    assert told.value.remedy
    with pytest.raises(KnownError, match="cannot be read"):
        given_properties(tmp_path)
    path.write_bytes(b"a=1")
    assert given_properties(path) == {"a": "1"}


JAVA_PROGRAM = """
import java.io.*; import java.util.*;
public class Show { public static void main(String[] a) throws Exception {
  Properties p = new Properties();
  try (InputStream in = new FileInputStream(a[0])) { p.load(in); }
  for (String k : new TreeSet<>(p.stringPropertyNames())) {
    for (char c : (k + "\\u0001" + p.getProperty(k) + "\\u0002").toCharArray()) System.out.printf("%04x", (int) c);
  }
} }
"""


@pytest.mark.java
def test_java_reads_the_same(tmp_path: Path) -> None:
    if shutil.which("javac") is None:
        pytest.skip("javac is not installed")
    text = "# c\na=1\n b : two\\\n   more\nc\\ d\\=\\u00e4=\\ x \n!x\ne\ttab\\tq\\z\nf=\\\\\n\\\ng=h\nk\\:=\\#v\na=2"
    path = tmp_path / "x.properties"
    path.write_bytes(text.encode("iso-8859-1") + b"\nlatin=\xe4")
    entries = {"plain": "value", "sp ace=": " lead", "uni": "größe 😀\t\n", "back": "C:\\x\\u0041"}
    file = PropertiesFile.read(path)
    for key, value in entries.items():
        file.set(key, value)
    file.write(path)
    source = tmp_path / "Show.java"
    source.write_text(JAVA_PROGRAM)
    done = subprocess.run(["java", str(source), str(path)], capture_output=True, text=True, check=True)
    units = bytes.fromhex(done.stdout).decode("utf-16-be")
    pairs = [item.split("\x01") for item in units.split("\x02")[:-1]]
    assert dict(pairs) == read_properties(path)
