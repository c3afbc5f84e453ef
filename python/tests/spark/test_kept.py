"""Columns that are kept come back as they are, and belong to their rows."""

import numpy as np
import pyarrow as pa
import pytest
from conftest import NAMES
from pyspark.ml.linalg import Vectors
from pyspark.sql import functions as F

from kitnet.spark import score

KINDS = {
    "text": "concat('row ', row)",
    "bytes": "cast('x' as binary)",
    "day": "date'2026-01-01' + cast(row as int)",
    "moment": "timestamp'2026-01-01 12:00:00' + make_dt_interval(0, 0, 0, row)",
    "local": "timestamp_ntz'2026-01-01 12:00:00'",
    "price": "cast(row / 8 as decimal(20,4))",
    "tags": "map('row', row)",
    "path": "named_struct('a', row, 'b', array(row, null))",
    "json": "parse_json('{\"a\": 1}')",
    "span": "make_dt_interval(0, 0, 0, row)",
    "term": "make_ym_interval(0, cast(row - 20 as int))",
    "years": "cast(make_ym_interval(cast(row as int), 0) as interval year)",
    "hole": "if(row % 2 = 0, row, null)",
}


@pytest.fixture(scope="module")
def kinds(frame):
    return frame.where("row < 40").select("*", *(F.expr(text).alias(name) for name, text in KINDS.items()))


def test_a_column_of_any_type_passes(kinds, named):
    scored = score(kinds, named)
    assert scored.columns == ["row", *KINDS, "score", "is_anomaly"]
    kept = scored.select("row", *KINDS)
    expected = kinds.select("row", *KINDS)
    assert kept.schema == expected.schema
    assert kept.selectExpr("row", "to_json(struct(*))").orderBy("row").collect() == expected.selectExpr("row", "to_json(struct(*))").orderBy("row").collect()


def test_features_are_kept_as_they_are(frame, named, rows):
    found = score(frame, named, keep=True).orderBy("row")
    assert found.columns == ["row", *NAMES, "score", "is_anomaly"]
    table = found.toArrow()
    for name, values in zip(NAMES, rows.T):
        np.testing.assert_array_equal(table[name].to_numpy(), values)
    np.testing.assert_array_equal(table["score"].to_numpy(), named.anomaly_scores(rows))


def test_vectors_are_kept_as_vectors(spark, unnamed, rows):
    frame = spark.createDataFrame([(number, Vectors.dense(row)) for number, row in enumerate(rows[:5].tolist())], ["row", "values"])
    found = score(frame, unnamed, "values", keep=True).orderBy("row").collect()
    assert [row["values"] for row in found] == [Vectors.dense(row) for row in rows[:5].tolist()]


def test_what_is_kept_is_chosen(frame, named):
    assert score(frame, named, keep=False).columns == ["score", "is_anomaly"]
    assert score(frame, named, keep=["b*", "row"]).columns == ["b0", "b1", "b2", "b3", "row", "score", "is_anomaly"]
    assert score(frame, named, keep="row").columns == ["row", "score", "is_anomaly"]


@pytest.mark.parametrize("count", [1, 6, 7, 12])
def test_features_that_are_kept_are_as_they_were(frame, named, rows, count):
    # With more than half of them Spark hands over columns instead of an array.
    kept = list(reversed(NAMES))[:count]
    found = score(frame, named, keep=["row", *kept]).orderBy("row").toArrow()
    assert found.column_names == ["row", *kept, "score", "is_anomaly"]
    for name in kept:
        np.testing.assert_array_equal(found[name].to_numpy(), rows[:, NAMES.index(name)])
    np.testing.assert_array_equal(found["score"].to_numpy(), named.anomaly_scores(pa.table(dict(zip(NAMES, rows.T)))))


def test_what_cannot_be_kept_is_refused_before_the_job(frame, named):
    with pytest.raises(ValueError, match="keep: there is no column time in the DataFrame"):
        score(frame, named, keep=["time"])
    with pytest.raises(ValueError, match="keep: the column score has the name of a result"):
        score(frame.withColumn("score", F.lit(1)), named)
    nested = frame.withColumn("terms", F.expr("array(interval '1-2' year to month)")).withColumn("span", F.expr("make_interval(1)"))
    for name in ["terms", "span"]:
        with pytest.raises(ValueError, match=f"keep: column {name} has the type .*interval.*, which Spark cannot hand to Python"):
            score(nested, named, keep=[name])
    assert score(nested, named, keep=["row"]).count() == 1_000
