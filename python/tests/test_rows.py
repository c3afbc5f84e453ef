"""Everything that rows may be."""

import io
import weakref

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import NAMES

from kitnet import Kitsune, Rows


class Producer:
    """Whoever speaks Arrow and nothing else. It ignores the schema that is asked for."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__()


class Batch:
    def __init__(self, batch):
        self.batch = batch

    def __arrow_c_array__(self, requested_schema=None):
        return self.batch.__arrow_c_array__()


@pytest.fixture(scope="module")
def table(others):
    return pa.table(dict(zip(NAMES, others.T)))


def same(found, expected):
    assert found.dtype == np.float32 and np.array_equal(found, expected, equal_nan=True)


def test_arrays_of_any_layout(fitted, others):
    expected = fitted.anomaly_scores(others)
    wide = np.zeros((800, 24))
    wide[::2, ::2] = others
    backwards = np.ascontiguousarray(others[::-1])
    read_only = others.copy()
    read_only.flags.writeable = False
    for rows in [np.asfortranarray(others), wide[::2, ::2], backwards[::-1], read_only, others.astype(">f8"), others.tolist(), others.astype("O").astype(float)]:
        same(fitted.anomaly_scores(rows), expected)
    same(fitted.anomaly_scores(others[:1]), expected[:1])
    same(fitted.anomaly_scores(others[:0]), expected[:0])
    assert expected[360:].mean() > 2 * expected[:360].mean()


def test_arrays_of_any_number_type(normal):
    whole = np.rint(normal * 10)
    expected = Kitsune(epochs=1).fit(whole)
    for dtype in [np.int16, np.int32, np.int64, ">i4"]:
        assert Kitsune(epochs=1).fit(whole.astype(dtype)).to_bytes() == expected.to_bytes()
    scores = expected.anomaly_scores(whole)
    same(expected.anomaly_scores(whole.astype(np.int64)), scores)
    same(expected.anomaly_scores(whole.astype(np.float32)), scores)
    bits = (normal > 0) | (np.arange(len(normal))[:, None] % 7 == 0)
    assert Kitsune(epochs=1).fit(bits).to_bytes() == Kitsune(epochs=1).fit(bits.astype(float)).to_bytes()


def test_layouts_train_the_same_model(normal):
    expected = Kitsune(epochs=1).fit(normal).to_bytes()
    assert Kitsune(epochs=1).fit(np.asfortranarray(normal)).to_bytes() == expected
    assert Kitsune(epochs=1).fit(np.repeat(normal, 2, axis=0)[::2]).to_bytes() == expected
    parts = (part for part in np.array_split(normal, 7))
    assert Kitsune(epochs=1).fit(parts).to_bytes() == expected
    assert Kitsune(epochs=1).fit(np.array_split(normal, 3)).to_bytes() == expected


def test_an_array_is_left_as_it_is_and_is_free_again(fitted, others):
    before = others.copy()
    fitted.anomaly_scores(others)
    assert np.array_equal(others, before)
    # As long as somebody borrowed its memory, an array could not grow.
    grown = others.copy()
    fitted.anomaly_scores(grown)
    grown.resize((401, 12), refcheck=False)


def test_masked_values_are_missing(fitted, others):
    masked = np.ma.masked_array(others, mask=np.zeros(others.shape, bool))
    masked[3, 4] = np.ma.masked
    scores = fitted.anomaly_scores(Rows(masked, on_missing="drop"))
    assert np.isnan(scores[3]) and np.isnan(scores).sum() == 1


def test_tables_of_anybody(named, others, table, tmp_path):
    expected = named.anomaly_scores(table)
    database = duckdb.connect()
    database.register("rows", table)
    frame = table.to_pandas()
    pyarrow_csv = tmp_path / "rows.csv"
    frame.to_csv(pyarrow_csv, index=False)
    stream = io.BytesIO()
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table, max_chunksize=64)
    stream.seek(0)
    for rows in [
        table.to_batches()[0],
        pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=33)),
        pa.ipc.open_stream(stream),
        Producer(table),
        Batch(table.to_batches()[0]),
        pl.from_arrow(table),
        frame,
        database.sql("select * from rows"),
        iter(table.to_batches(max_chunksize=50)),
        [frame[:100], pl.from_arrow(table)[100:]],
        table.select(NAMES[::-1]),
        table.append_column("note", pa.array(["x"] * 400)),
        others,
    ]:
        same(named.anomaly_scores(rows), expected)
    same(named.anomaly_scores(pyarrow_csv), expected)
    same(named.anomaly_scores(str(pyarrow_csv)), expected)
    same(named.anomaly_scores([pyarrow_csv]), expected)
    same(named.anomaly_scores(str(tmp_path / "*.csv")), expected)
    same(named.anomaly_scores(tmp_path), expected)
    assert named.columns == NAMES and named.features == 12


def test_a_frame_is_free_of_its_index(normal):
    frame = pd.DataFrame(normal, columns=NAMES)
    frame.index = frame.index[::-1]
    assert Kitsune(epochs=1).fit(frame).columns == NAMES


def test_columns_of_many_types(normal):
    numbers = {
        "small": pa.array(np.rint(normal[:, 0]), pa.int8()),
        "whole": pa.array(np.rint(normal[:, 1] * 1e6), pa.int64()),
        "half": pa.array(normal[:, 2].astype(np.float16)),
        "truth": pa.array(normal[:, 3] > 0),
        "exact": pa.array(np.rint(normal[:, 4] * 100), pa.int64()).cast(pa.decimal128(21, 2)),
        "kind": pa.array(np.rint(normal[:, 5])).dictionary_encode(),
        "struct": pa.StructArray.from_arrays([normal[:, 6], normal[:, 7]], ["x", "y"]),
        "vector": pa.FixedSizeListArray.from_arrays(normal[:, 8:10].ravel(), 2),
        "list": pa.array(normal[:, 10:].tolist()),
    }
    table = pa.table(numbers)
    kitsune = Kitsune(epochs=1).fit(table)
    plain = ["small", "whole", "half", "truth", "exact", "kind"]
    lists = ["vector[0]", "vector[1]", "list[0]", "list[1]"]
    assert kitsune.columns == [*plain, "struct.x", "struct.y", *lists]
    scores = kitsune.anomaly_scores(table)
    same(kitsune.anomaly_scores(pl.from_arrow(table)), scores)
    same(kitsune.anomaly_scores(table.to_batches(max_chunksize=99)), scores)


def test_columns_that_are_no_numbers_are_left_out_by_name_and_else_refused(normal):
    table = pa.table({**dict(zip(NAMES, normal.T)), "day": pa.array([0] * len(normal), pa.date32()), "text": ["x"] * len(normal)})
    with pytest.raises(ValueError, match=r"the table are not numbers.*day \(a date\), text \(text\)"):
        Kitsune(epochs=1).fit(table)
    kitsune = Kitsune(epochs=1).fit(Rows(table, exclude=["day", "text"]))
    assert kitsune.columns == NAMES
    # What Polars cannot read does not matter, as long as nobody wants it.
    union = pa.UnionArray.from_sparse(pa.array([0] * len(normal), pa.int8()), [pa.array([1] * len(normal))])
    for odd in [union, pa.array([None] * len(normal), pa.month_day_nano_interval()), pa.array([[]] * len(normal), pa.map_(pa.string(), pa.int64()))]:
        same(kitsune.anomaly_scores(table.append_column("odd", odd)), kitsune.anomaly_scores(table))


def test_slices_with_nulls_are_read_where_they_begin(normal, others):
    values = others.copy()
    values[::7, 3] = np.nan
    table = pa.table({name: pa.array(column, from_pandas=True) for name, column in zip(NAMES, values.T)})
    vectors = pa.array(values[:, 4:].tolist(), pa.list_(pa.float64(), 8))
    lists = pa.array([None if row % 11 == 5 else values[row, 4:].tolist() for row in range(400)])
    flags = pa.array([None if row % 5 == 0 else row % 3 == 0 for row in range(400)])
    narrow = pa.table({"x": table["a3"], "flag": flags, "vector": vectors, "list": lists})
    kitsune = Kitsune(epochs=1).fit(Rows(narrow, on_missing=0))
    expected = kitsune.anomaly_scores(Rows(narrow, on_missing=0))
    struct = narrow.to_batches()[0].to_struct_array()
    for first in [1, 8, 13, 391]:
        for rows in [narrow[first:], narrow.to_batches()[0][first:], Batch(struct[first:]), pl.from_arrow(narrow)[first:]]:
            same(kitsune.anomaly_scores(Rows(rows, on_missing=0)), expected[first:])


def test_a_slice_of_vectors_with_nulls_is_refused_as_long_as_polars_cannot_import_it():
    vectors = pa.array([[1.0, 2.0], None, [3.0, 4.0], [5.0, 7.0]] * 10, pa.list_(pa.float64(), 2))
    table = pa.table({"vector": vectors})
    kitsune = Kitsune(epochs=1).fit(Rows(table, on_missing=0))
    with pytest.raises(ValueError, match="the table cannot be read"):
        kitsune.anomaly_scores(Rows(table[2:], on_missing=0))
    # A copy begins at its first row.
    same(kitsune.anomaly_scores(Rows(table.take(list(range(2, 40))), on_missing=0)), kitsune.anomaly_scores(Rows(table, on_missing=0))[2:])


def test_extension_types_are_their_storage(normal, named):
    class Metres(pa.ExtensionType):
        def __init__(self):
            super().__init__(pa.float64(), "test.metres")

        def __arrow_ext_serialize__(self):
            return b""

        @classmethod
        def __arrow_ext_deserialize__(cls, storage, serialized):
            return cls()

    table = pa.table(dict(zip(NAMES, normal.T)))
    metres = pa.ExtensionArray.from_storage(Metres(), table["a0"].combine_chunks())
    same(named.anomaly_scores(table.set_column(0, "a0", metres)), named.anomaly_scores(table))


def test_nulls_and_nan_are_missing(named, others, table):
    values = others.copy()
    values[7, 2] = np.nan
    nulls = pa.table({name: pa.array(column, from_pandas=True) for name, column in zip(NAMES, values.T)})
    assert nulls["a2"].null_count == 1
    for rows, word in [(nulls, r"\(a2\)"), (values, "column 2"), (pl.DataFrame(values, schema=NAMES), r"\(a2\)"), (pd.DataFrame(values, columns=NAMES), r"\(a2\)")]:
        with pytest.raises(ValueError, match=f"row 8.*{word}"):
            named.anomaly_scores(rows)
        for policy in [0, 0.5]:
            filled = values.copy()
            filled[7, 2] = policy
            same(named.anomaly_scores(Rows(rows, on_missing=policy)), named.anomaly_scores(filled))
        scores = named.anomaly_scores(Rows(rows, on_missing="mean"))
        same(np.delete(scores, 7), np.delete(named.anomaly_scores(others), 7))
        assert np.isfinite(scores[7])
        assert np.flatnonzero(np.isnan(named.anomaly_scores(Rows(rows, on_missing="drop")))).tolist() == [7]
        assert not named.verdicts(Rows(rows, on_missing="drop"))[7]
        assert named.reasons(Rows(rows, on_missing="drop"))[7] == []
    infinite = values.copy()
    infinite[7, 2] = np.inf
    with pytest.raises(ValueError, match="row 8, column 2.*inf"):
        named.anomaly_scores(infinite)


def test_labels_and_conditions_choose_rows(normal, others):
    kinds = ["normal"] * 2_500
    rows = pa.table({**dict(zip(NAMES, normal.T)), "kind": kinds})
    odd = pa.table({**dict(zip(NAMES, others.T)), "kind": ["odd"] * 400})
    expected = Kitsune(epochs=1).fit(Rows(rows, exclude="kind"))
    both = pa.concat_tables([rows, odd])
    by_label = Kitsune(epochs=1).fit(Rows(both, label_column="kind"))
    assert by_label.summary["rows"] == 2_500
    same(by_label.anomaly_scores(others), expected.anomaly_scores(others))
    assert Kitsune(epochs=1).fit(Rows(both, label_column="kind"), train_on="all").summary["rows"] == 2_900
    chosen = Kitsune(epochs=1).fit(Rows(both, where="kind=normal", exclude="kind"))
    assert chosen.summary["rows"] == 2_500
    assert len(chosen.anomaly_scores(both)) == 2_500, "a model remembers its conditions"
    assert len(chosen.anomaly_scores(Rows(both, where=""))) == 2_900
    # Columns of an array go by their numbers.
    numbered = np.column_stack([others, np.arange(400) % 2])
    kitsune = Kitsune(epochs=1).fit(Rows(numbered, where="12=0", exclude="12"))
    assert kitsune.summary["rows"] == 200 and kitsune.features == 12
    labelled = Kitsune(epochs=1).fit(Rows(numbered, label_column=12))
    assert labelled.summary["rows"] == 200


def test_rows_of_an_iterator_are_not_kept(fitted, others):
    yielded, alive = [], []

    def parts():
        for part in np.array_split(others, 40):
            part = part.copy()
            yielded.append(weakref.ref(part))
            alive.append(sum(part() is not None for part in yielded))
            yield part

    same(fitted.anomaly_scores(parts()), fitted.anomaly_scores(others))
    assert len(alive) == 40 and max(alive) < 10


def test_parts_must_fit_each_other(named, table, others):
    with pytest.raises(ValueError, match="a later part is an array, but the first one is a table"):
        named.anomaly_scores(part for part in [table, others])
    with pytest.raises(ValueError, match="a later part is a table, but the first one is an array"):
        named.anomaly_scores(part for part in [others, table])
    with pytest.raises(ValueError, match="a later part has 11 columns of f64, but the first one has 12 columns of f64"):
        named.anomaly_scores(part for part in [others, others[:, 1:]])
    with pytest.raises(ValueError, match="a later part has 12 columns of f32"):
        named.anomaly_scores(part for part in [others, others.astype(np.float32)])
    with pytest.raises(ValueError, match="all files must have the same columns|columns"):
        named.anomaly_scores([table, table.select(NAMES[1:])])
    with pytest.raises(ValueError, match="there are no rows: the iterator yields nothing"):
        named.anomaly_scores(iter([]))


def test_parts_may_have_other_types_of_numbers_and_text(named, others):
    whole = pa.table(dict(zip(NAMES, np.rint(10 * others).T)))
    of = lambda kind, part: part.cast(pa.schema([(name, kind) for name in NAMES]))
    expected = named.anomaly_scores(whole)
    for kind in [pa.int64(), pa.int16(), pa.float32()]:
        same(named.anomaly_scores(part for part in [whole.slice(0, 100), of(kind, whole.slice(100))]), expected)
    same(named.anomaly_scores(part for part in [of(pa.int64(), whole.slice(0, 100)), whole.slice(100)]), expected)
    with pytest.raises(ValueError, match="column a0 of a later part has numbers of 64 bits"):
        named.anomaly_scores(part for part in [of(pa.float32(), whole.slice(0, 100)), whole.slice(100)])
    labels = [pa.array(["normal"] * 200, kind) for kind in (pa.string(), pa.large_string(), pa.string_view())]
    parts = [whole.slice(0, 200).append_column("label", label) for label in labels]
    kitsune = Kitsune(epochs=1).fit(Rows(iter(parts), label_column="label"))
    assert kitsune.summary["rows"] == 600 and kitsune.features == 12


def test_an_iterator_may_use_its_memory_again(normal):
    memory = np.empty((500, 12))

    def parts():
        for part in np.array_split(normal, 5):
            memory[:] = part
            yield memory

    assert Kitsune(epochs=1).fit(parts()).to_bytes() == Kitsune(epochs=1).fit(normal).to_bytes()


def test_what_is_masked_is_missing_in_parts_as_well(fitted, others):
    masked = np.ma.masked_array(others, mask=np.arange(others.size).reshape(others.shape) % 97 == 0)
    expected = fitted.anomaly_scores(Rows(masked, on_missing="drop"))
    assert np.isnan(expected).sum() > 10
    parts = [masked[:100], masked[100:]]
    same(fitted.anomaly_scores(Rows(parts, on_missing="drop")), expected)
    same(fitted.anomaly_scores(Rows(iter(parts), on_missing="drop")), expected)


def test_an_array_at_any_place_in_memory(fitted, others):
    unaligned = np.frombuffer(b"." + others.tobytes(), offset=1).reshape(others.shape)
    assert not unaligned.flags.aligned
    same(fitted.anomaly_scores(unaligned), fitted.anomaly_scores(others))
    same(fitted.anomaly_scores(iter([unaligned])), fitted.anomaly_scores(others))


class Sparse(list):
    def toarray(self):
        return np.array(self)


def test_who_has_a_sparse_matrix_is_told_what_to_do(fitted):
    with pytest.raises(TypeError, match=r"but not Sparse: toarray\(\) makes an array of it"):
        fitted.anomaly_scores(Sparse([[0.0] * 12]))
