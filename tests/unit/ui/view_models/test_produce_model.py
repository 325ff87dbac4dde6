"""A draft, what is said of it, and what became of it."""

import asyncio

import pytest

from workbench.client.browse.batch_rows import rows_of
from workbench.client.errors import ClientError
from workbench.client.model import ProduceResult
from workbench.client.partitioning import partition_for_key
from workbench.records import BatchView, Compression, NewRecord, build_batch
from workbench.ui.view_models import produce_model
from workbench.ui.view_models.produce_model import Draft, ProduceModel, put_draft, take_draft


async def landed(draft: Draft) -> ProduceResult:
    return ProduceResult("orders", 1, 5, 7, False, 1.5)


async def refused(draft: Draft) -> ProduceResult:
    raise ClientError("Too large.", "Shrink it.", "MESSAGE_TOO_LARGE")


def test_a_record_becomes_a_draft_of_the_same_bytes() -> None:
    record = NewRecord(5, b"\xff\x00", b'{"a": 1}', (("h", b"1"), ("n", None)))
    batch = build_batch([record], compression=Compression.ZSTD)
    (row,) = rows_of(BatchView(batch), "orders", 4)
    draft = Draft.of_record(row)
    assert (draft.key, draft.key_is_hex, draft.value) == ("ff 00", True, '{"a": 1}')
    assert (draft.key_bytes(), draft.value_bytes(), draft.header_bytes()) == (record.key, record.value, record.headers)
    assert (draft.partition, draft.compression, draft.timestamp_ms) == (4, "zstd", None)


def test_drafts_are_left_and_taken_once() -> None:
    put_draft("local", "orders", Draft(key="k"))
    assert take_draft("local", "payments") is None
    assert take_draft("local", "orders") == Draft(key="k")
    assert take_draft("local", "orders") is None


def test_what_keeps_a_draft_from_being_sent() -> None:
    produce = ProduceModel("orders", landed)
    assert produce.why_not(3) == ""
    produce.edit(key="abc", key_is_hex=True)
    assert "key is not hex" in produce.why_not(3)
    produce.load(Draft(partition=3))
    assert produce.why_not(3) == "There is no partition 3; they go from 0 to 2."


def test_where_it_will_go() -> None:
    produce = ProduceModel("orders", landed)
    assert produce.predicted_partition(6) is None
    produce.edit(key="ord-1")
    assert produce.predicted_partition(6) == partition_for_key(b"ord-1", 6)
    produce.edit(partition=2)
    assert produce.predicted_partition(6) == 2


@pytest.mark.parametrize(
    ("value", "words", "tone"),
    [
        (None, "null: a tombstone", "t2"),
        ("Grüße", "text, 7 bytes", "t2"),
        ('{"a": 1}', "JSON, 8 bytes", "ok"),
        ('{"a": 1', "not JSON: ", "warn"),
        ("", "text, 0 bytes", "t2"),
    ],
)
def test_what_the_value_is(value: str | None, words: str, tone: str) -> None:
    produce = ProduceModel("orders", landed)
    produce.edit(value=value)
    found, found_tone = produce.value_words()
    assert found.startswith(words)
    assert found_tone == tone


def test_indenting_and_back() -> None:
    produce = ProduceModel("orders", landed)
    produce.edit(value='{"a":1}')
    produce.indent()
    assert produce.draft.value == '{\n  "a": 1\n}'
    produce.indent()
    assert produce.draft.value == '{"a": 1}'
    produce.edit(value="no json")
    produce.indent()
    assert produce.draft.value == "no json"


async def test_what_was_sent_is_kept_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(produce_model, "KEPT_SENT", 2)
    produce = ProduceModel("orders", landed, now_ms=lambda: 99)
    for key in ("a", "b", "c"):
        produce.edit(key=key)
        await produce.send()
    assert [(sent.number, sent.draft.key) for sent in produce.sent] == [(3, "c"), (2, "b")]
    assert produce.sent[0].result is not None and produce.sent[0].result.offset == 5
    assert produce.on_the_way == 0


async def test_a_refusal_is_part_of_the_history() -> None:
    produce = ProduceModel("orders", refused)
    sent = await produce.send()
    assert sent.error is not None and sent.error.code == "MESSAGE_TOO_LARGE"
    assert produce.sent == [sent]


async def test_each_attempt_keeps_the_draft_it_was_made_of() -> None:
    go = asyncio.Event()

    async def slowly(draft: Draft) -> ProduceResult:
        await go.wait()
        return await landed(draft)

    produce = ProduceModel("orders", slowly)
    produce.edit(key="first")
    task = asyncio.create_task(produce.send())
    await asyncio.sleep(0)
    assert produce.on_the_way == 1
    produce.edit(key="second")
    go.set()
    assert (await task).draft.key == "first"
