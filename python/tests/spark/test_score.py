"""Scores of DataFrames are those of kitnet, to the bit."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import NAMES
from pyspark.ml.linalg import Vectors
from pyspark.sql import functions as F

from kitnet import Kitsune, Reason, Rows
from kitnet.spark import score


def column(df, name="score", order="row"):
    return df.orderBy(order).toArrow().column(name)


def same(scored, expected):
    found = column(scored).to_numpy()
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("partitions", [1, 4, 16])
def test_the_scores_are_those_of_kitnet_whatever_the_partitions(frame, named, rows, partitions):
    scored = score(frame.repartition(partitions), named)
    assert scored.columns == ["row", "score", "is_anomaly"]
    same(scored, named.anomaly_scores(rows))
    np.testing.assert_array_equal(column(scored, "is_anomaly").to_numpy(zero_copy_only=False), named.verdicts(rows))


def test_the_scores_of_parquet_files_are_those_of_the_command(spark, frame, tmp_path, command):
    kinds = dict(zip(NAMES, ["float", "double", "bigint", "smallint", "decimal(12,4)", "boolean"]))
    written = frame.select(*(F.col(name).cast(kinds.get(name, "float")).alias(name) for name in NAMES)).coalesce(1)
    written.write.parquet(str(tmp_path / "rows"))
    command("train", "rows", "--epochs", "1", "--model", "model.safetensors")
    command("score", "rows", "scores.parquet", "--model", "model.safetensors", "--explain", "1")
    expected = pq.read_table(tmp_path / "scores.parquet")
    found = score(spark.read.parquet(str(tmp_path / "rows")), tmp_path / "model.safetensors", reasons=1).toArrow()
    assert found["score"].to_pylist() == expected["score"].to_pylist()
    assert found["is_anomaly"].to_pylist() == expected["is_anomaly"].to_pylist()
    names = [reasons and reasons[0]["name"] for reasons in found["reasons"].to_pylist()]
    assert names == expected["reason_1"].to_pylist()


def test_a_model_may_be_bytes_or_a_path(frame, named, rows, tmp_path):
    named.save(tmp_path / "model.safetensors")
    for model in [named.to_bytes(), tmp_path / "model.safetensors", str(tmp_path / "model.safetensors")]:
        same(score(frame, model), named.anomaly_scores(rows))


def test_columns_are_matched_by_name_in_any_order(frame, named, unnamed, rows):
    turned = frame.select("row", *reversed(NAMES))
    same(score(turned, named), named.anomaly_scores(rows))
    # Without names it is their order that counts.
    same(score(turned, unnamed, ["b*", "c*", "a*"], keep="row"), unnamed.anomaly_scores(rows[:, [7, 6, 5, 4, 11, 10, 9, 8, 3, 2, 1, 0]]))


def test_arrays_and_vectors_are_features(spark, frame, named, unnamed, rows):
    arrays = frame.select("row", F.array(*NAMES).alias("values"))
    same(score(arrays, named, "values"), named.anomaly_scores(rows))
    same(score(arrays, unnamed, "values"), unnamed.anomaly_scores(rows))
    sparse = [(number, Vectors.sparse(12, range(12), row) if number % 2 else Vectors.dense(row)) for number, row in enumerate(rows[:50].tolist())]
    vectors = spark.createDataFrame(sparse, ["row", "values"])
    same(score(vectors, unnamed, ["values"]), unnamed.anomaly_scores(rows[:50]))
    halves = frame.select("row", F.array(*NAMES[:5]).alias("left"), F.array(*NAMES[5:]).alias("right"))
    of_lists = Kitsune(epochs=1).fit(pa.table({"left": list(rows[:, :5]), "right": list(rows[:, 5:])}))
    same(score(halves, of_lists), of_lists.anomaly_scores(rows))


@pytest.mark.parametrize(
    "kinds",
    [
        ["boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(9,3)", "decimal(38,6)", "double", "float", "int"],
        # Spark hands over an array of double without decimals, and one of float if all numbers are exact as such.
        ["boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "bigint", "bigint", "double", "float", "int"],
        ["boolean", "tinyint", "smallint", "float"] * 3,
    ],
)
def test_numbers_of_any_type_are_features(spark, named, kinds):
    chance = np.random.default_rng(3)
    frame = spark.createDataFrame(pa.table({"row": np.arange(300), **dict(zip(NAMES, chance.normal(size=(12, 300)) * 3))}))
    frame = frame.select("row", *(F.col(name).cast(kind).alias(name) for name, kind in zip(NAMES, kinds)))
    expected = named.anomaly_scores(frame.orderBy("row").select(*NAMES).toArrow())
    same(score(frame, named), expected)


def test_names_that_look_like_elements_of_an_array_are_matched_by_name(spark, rows):
    names = [f"features[{at}]" for at in [2, 0, 1]]
    values = rows[:300, [0, 4, 8]].astype(np.float64)
    model = Kitsune(epochs=1).fit(pa.table(dict(zip(names, values.T))))
    values[5, 1] = np.nan
    table = pa.table({"row": np.arange(300), **{name: pa.array(column, from_pandas=True) for name, column in zip(names, values.T)}})
    expected = model.anomaly_scores(Rows(table.select(names), on_missing=0.0))
    same(score(spark.createDataFrame(table).select("row", *sorted(names)), model, on_missing=0.0), expected)


def test_missing_values_are_treated_as_rows_say(frame, named, rows):
    holes = frame.withColumn("b1", F.when(F.col("row") % 7 != 3, F.col("b1")))
    holes = holes.withColumn("c2", F.when(F.col("row") % 50 == 11, float("nan")).otherwise(F.col("c2")))
    known = rows.copy()
    known[3::7, 5] = np.nan
    known[11::50, 10] = np.nan
    dropped = np.isnan(known).any(axis=1)
    for treatment in ["mean", 0.5]:
        same(score(holes, named, on_missing=treatment), named.anomaly_scores(Rows(known, on_missing=treatment)))
    scored = score(holes, named, on_missing="drop", reasons=2)
    expected = named.anomaly_scores(Rows(known, on_missing="drop"))
    assert column(scored).to_pylist() == [None if gone else value for gone, value in zip(dropped, expected.tolist())]
    verdicts = named.verdicts(Rows(known, on_missing="drop"))
    assert column(scored, "is_anomaly").to_pylist() == [None if gone else value for gone, value in zip(dropped, verdicts.tolist())]
    assert column(scored, "reasons").is_valid().to_pylist() == verdicts.tolist()


def test_words_for_missing_values_are_those_of_the_model(frame, rows):
    low = Rows(pa.table(dict(zip(NAMES, np.where(rows < -3, np.float32(-1), rows).T))), missing_values="-1", on_missing="drop")
    model = Kitsune(epochs=1).fit(low)
    holes = frame.withColumns({name: F.when(F.col(name) < -3, -1.0).otherwise(F.col(name)).cast("float") for name in NAMES})
    expected = model.anomaly_scores(low)
    assert 0 < np.isnan(expected).sum() < len(rows)
    found = column(score(holes, model, on_missing="drop")).to_pylist()
    assert found == [None if np.isnan(value) else value for value in expected.tolist()]


def test_decisions_are_those_that_are_asked_for(frame, named, rows):
    for how in [{"threshold": 2.0}, {"threshold": "peaks"}, {"alert_rate": 0.2}, {"score": "tails", "threshold": 1.5}]:
        scored = score(frame, named, **how)
        np.testing.assert_array_equal(column(scored, "is_anomaly").to_numpy(zero_copy_only=False), named.verdicts(rows, **how))
        same(scored, named.anomaly_scores(rows, score=how.get("score")))
    assert score(frame, named, threshold="none").columns == ["row", "score"]


def test_reasons_are_those_of_kitnet(frame, named, rows):
    expected = named.reasons(rows, 2)
    strange = named.verdicts(rows)
    assert 0 < strange.sum() < len(rows)
    found = score(frame, named, reasons=2).orderBy("row").collect()
    assert [row.reasons is not None for row in found] == strange.tolist()
    explained = [[Reason(**reason.asDict()) for reason in row.reasons] for row in found if row.reasons is not None]
    assert explained == [reasons for reasons, flagged in zip(expected, strange) if flagged]
    every = score(frame, named, reasons=1, threshold="none").orderBy("row").collect()
    assert [row.reasons[0].name for row in every] == [reasons[0].name for reasons in expected]


def test_no_rows_have_no_scores(frame, named):
    assert score(frame.where("row < 0"), named, reasons=1).collect() == []


def test_names_may_have_any_characters(spark, rows):
    names = [f"{name}`.[0]*" for name in NAMES]
    model = Kitsune(epochs=1).fit(pa.table(dict(zip(names, rows.T))))
    frame = spark.createDataFrame(pa.table({"the row.": np.arange(len(rows)), **dict(zip(names, rows.T))}))
    assert score(frame, model).columns == ["the row.", "score", "is_anomaly"]
    same(score(frame, model).withColumnRenamed("the row.", "row"), model.anomaly_scores(rows))
