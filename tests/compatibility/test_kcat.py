"""kcat: lists, writes with every codec, reads by offset, from the end, by time and as a group."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess

import pytest

pytestmark = [
    pytest.mark.kcat,
    pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed"),
]


def _kcat(bootstrap: str, *arguments: str, stdin: str | None = None) -> str:
    done = subprocess.run(
        ["kcat", "-b", bootstrap, *arguments], input=stdin, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"kcat {' '.join(arguments)} ended with {done.returncode}: {done.stderr}"
    return done.stdout


def test_write_and_read(bootstrap: str) -> None:
    topic = f"kcat-{secrets.token_hex(3)}"
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        lines = "".join(f"key{number}:{codec}-{number}\n" for number in range(20))
        _kcat(bootstrap, "-P", "-t", topic, "-K:", "-z", codec, "-H", f"codec={codec}", "-X", "acks=all", stdin=lines)
    read = _kcat(bootstrap, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%o %k %s %h\n").splitlines()
    codecs = ("none", "gzip", "snappy", "lz4", "zstd")
    written = [(codec, number) for codec in codecs for number in range(20)]
    assert read == [f"{at} key{n} {codec}-{n} codec={codec}" for at, (codec, n) in enumerate(written)]
    assert _kcat(bootstrap, "-C", "-t", topic, "-o", "57", "-c", "2", "-q", "-f", "%s\n") == "snappy-17\nsnappy-18\n"
    assert _kcat(bootstrap, "-C", "-t", topic, "-o", "-1", "-e", "-q", "-f", "%s\n") == "zstd-19\n"
    assert _kcat(bootstrap, "-Q", "-t", f"{topic}:0:1").split() == [topic, "[0]", "offset", "0"]


def test_list_and_group(bootstrap: str) -> None:
    topic = f"kcat-{secrets.token_hex(3)}"
    _kcat(bootstrap, "-P", "-t", topic, "-X", "enable.idempotence=true", stdin="one\ntwo\nthree\n")
    listed = json.loads(_kcat(bootstrap, "-L", "-J", "-t", topic))
    assert listed["topics"][0]["topic"] == topic
    assert listed["topics"][0]["partitions"][0]["leader"] == listed["brokers"][0]["id"]
    group = ["-G", f"{topic}-group", "-e", "-q", "-X", "auto.offset.reset=earliest", topic]
    assert _kcat(bootstrap, *group).splitlines() == ["one", "two", "three"]
    _kcat(bootstrap, "-P", "-t", topic, stdin="four\n")
    assert _kcat(bootstrap, *group).splitlines() == ["four"]


def test_deleted_records_are_gone_and_unicode_survives(bootstrap: str) -> None:
    topic = f"kcat-{secrets.token_hex(3)}"
    _kcat(bootstrap, "-P", "-t", topic, "-Z", "-K:", stdin="schlüssel:wert ✓\nleer:\n")
    assert _kcat(bootstrap, "-C", "-t", topic, "-e", "-q", "-f", "%k=%s/%S\n").splitlines() == [
        "schlüssel=wert ✓/8",
        "leer=/-1",
    ]
