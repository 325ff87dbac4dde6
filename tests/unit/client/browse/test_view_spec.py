"""Values that cross to the browsing process survive it."""

import pickle

from workbench.client.browse.batch_rows import rows_of
from workbench.client.browse.view_spec import Bound, BoundKind, PackedRows, ViewSpec
from workbench.client.errors import ClientError
from workbench.records import BatchView, NewRecord, build_batch


def test_packed_rows_are_the_same_rows() -> None:
    batch = BatchView(build_batch([NewRecord(7, b"k", b"v", (("h", None),)), NewRecord(3, None, None)]))
    rows = list(rows_of(batch, "t", 1))
    packed = PackedRows.of(rows)
    assert packed.count == 2
    assert list(packed.times()) == [7, 3]
    assert packed.rows() == rows


def test_specs_and_errors_can_be_pickled() -> None:
    spec = ViewSpec(("a:1",), "t", (1, 2), Bound(BoundKind.NEWEST, 5))
    assert pickle.loads(pickle.dumps(spec)) == spec
    error = pickle.loads(pickle.dumps(ClientError("sentence", "remedy", "CODE")))
    assert (error.sentence, error.remedy, error.code) == ("sentence", "remedy", "CODE")
