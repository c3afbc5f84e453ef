"""Training on DataFrames."""

import numpy as np
import pyarrow as pa
import pytest
from conftest import NAMES, made_up
from pyspark import TaskContext
from pyspark.ml.linalg import Vectors
from pyspark.sql import functions as F

from kitnet import Kitsune, distributed
from kitnet.spark import fit, score

SETTINGS = {"epochs": 3, "seed": 4}


@pytest.fixture(scope="module")
def ordinary():
    return made_up(4_000, seed=2)[:3_600]


@pytest.fixture(scope="module")
def training(spark, ordinary):
    """The rows with their numbers, in one partition."""
    table = pa.table({"row": np.arange(len(ordinary)), **dict(zip(NAMES, ordinary.T))})
    return spark.createDataFrame(table).coalesce(1).sortWithinPartitions("row").cache()


@pytest.fixture(scope="module")
def alone(ordinary):
    return Kitsune(**SETTINGS).fit(pa.table(dict(zip(NAMES, ordinary.T))))


def test_with_one_partition_the_scores_are_those_of_one_machine_to_the_bit(training, alone, rows):
    table = pa.table(dict(zip(NAMES, rows.T)))
    for rounds in [1, 3, 5]:
        model = fit(training, NAMES, rounds=rounds, **SETTINGS)
        assert (model.columns, model.clusters, model.threshold) == (alone.columns, alone.clusters, alone.threshold)
        np.testing.assert_array_equal(model.anomaly_scores(table), alone.anomaly_scores(table))
    # With a round for each epoch nothing else differs either.
    assert fit(training, NAMES, rounds=3, **SETTINGS).to_bytes() == alone.to_bytes()


@pytest.mark.parametrize("partitions", [4, 16])
def test_with_several_partitions_map_and_range_are_those_of_one_machine_and_anomalies_score_higher(training, alone, rows, partitions):
    spread = training.repartitionByRange(partitions, "row").cache()
    model = fit(spread, NAMES, rounds=6, **SETTINGS)
    assert model.clusters == alone.clusters
    assert model.summary["rows"] == alone.summary["rows"] == len(range(3_600))
    assert model.summary["held_out"] > 200
    table = pa.table(dict(zip(NAMES, rows.T)))
    found, expected = model.anomaly_scores(table), alone.anomaly_scores(table)
    for scores in [found, expected]:
        assert np.median(scores[-100:]) > 2 * np.median(scores[:-100])
    assert np.corrcoef(found, expected)[0, 1] > 0.95
    # The same rows in the same partitions give the same model.
    assert fit(spread, NAMES, rounds=6, **SETTINGS).to_bytes() == model.to_bytes()
    spread.unpersist()


def test_a_task_that_fails_once_changes_nothing(spark, training, tmp_path):
    # Kept, since Spark draws other bounds of the ranges in another plan.
    spread = training.repartitionByRange(3, "row").cache()
    expected = fit(spread, NAMES, rounds=2, **SETTINGS).to_bytes()
    marks = str(tmp_path)

    def failing_once(batches):
        import os

        context = TaskContext.get()
        mark = os.path.join(marks, f"{context.partitionId()}")
        for batch in batches:
            yield batch
            if context.partitionId() == 1 and not os.path.exists(mark):
                open(mark, "w").close()
                raise RuntimeError("a worker is lost")

    failing = spread.select(NAMES).mapInArrow(failing_once, spread.select(NAMES).schema)
    assert fit(failing, rounds=2, **SETTINGS).to_bytes() == expected
    assert (tmp_path / "1").exists()


def test_more_partitions_than_are_merged_at_once_are_merged_in_their_order(spark, ordinary, monkeypatch):
    from kitnet.spark import _fit

    monkeypatch.setattr(_fit, "_WEIGHTS", 3)
    numbered = spark.range(0, 11, numPartitions=11)
    parts = [ordinary[at::11] for at in range(11)]
    shared = spark.sparkContext.broadcast([pa.table(dict(zip(NAMES, part.T))) for part in parts])

    def of_part(batches):
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield from shared.value[number].to_batches()

    df = numbered.mapInArrow(of_part, ", ".join(f"{name} float" for name in NAMES))
    model = fit(df, rounds=2, **SETTINGS)

    def grouped(results, most, merge):
        while len(results) > 1:
            results = [merge(results[at : at + most]) for at in range(0, len(results), most)]
        return results[0]

    tables = shared.value
    statistics = grouped([distributed.part_statistics(at, table, **SETTINGS) for at, table in enumerate(tables)], 2, distributed.merged_statistics)
    training = distributed.Training(statistics, rounds=2)
    while (data := training.next_round()) is not None:
        training.complete_round(
            grouped([distributed.train_part(data, at, table) for at, table in enumerate(tables)], 3, distributed.merged_weights)
        )
    assert training.finish().to_bytes() == model.to_bytes()


def test_partitions_without_rows_take_no_part(spark, training, alone, rows):
    # Spark would leave the empty sides of a union out.
    shared = spark.sparkContext.broadcast(training.select(NAMES).toArrow())

    def only_in_the_first(batches):
        for batch in batches:
            batches_of_rows = shared.value.to_batches()
            yield from batches_of_rows if 0 in batch.column(0).to_pylist() else [batches_of_rows[0].slice(0, 0)]

    holes = spark.range(0, 3, numPartitions=3).mapInArrow(only_in_the_first, training.select(NAMES).schema)
    assert holes.rdd.getNumPartitions() == 3
    model = fit(holes, rounds=3, **SETTINGS)
    table = pa.table(dict(zip(NAMES, rows.T)))
    np.testing.assert_array_equal(model.anomaly_scores(table), alone.anomaly_scores(table))
    with pytest.raises(ValueError, match="training needs at least 2 rows, but there are 0"):
        fit(spark.createDataFrame([], training.select(NAMES).schema))


def test_few_rows_train_all(spark, ordinary):
    few = spark.createDataFrame(pa.table(dict(zip(NAMES, ordinary[:300].T)))).repartition(5)
    model = fit(few, rounds=2, epochs=1)
    assert (model.summary["rows"], model.summary["held_out"]) == (300, 0)


def test_vectors_and_arrays_train(training, alone, rows):
    lists = training.select("row", F.array(*NAMES).alias("f"))
    model = fit(lists, ["f"], rounds=3, **SETTINGS)
    assert (model.features, model.clusters) == (12, alone.clusters)
    np.testing.assert_array_equal(model.anomaly_scores(rows), alone.anomaly_scores(pa.table(dict(zip(NAMES, rows.T)))))
    scored = score(lists, model, keep="row")
    assert scored.count() == 3_600


def test_missing_values_are_treated_as_asked(training):
    holes = training.withColumn("a1", F.when(F.col("row") % 9 == 0, None).otherwise(F.col("a1")))
    assert fit(holes, NAMES, rounds=1, on_missing="drop", **SETTINGS).summary["rows"] == 3_200
    assert fit(holes, NAMES, rounds=1, on_missing=0.0, **SETTINGS).summary["rows"] == 3_600
    with pytest.raises(Exception, match="partition 0, row 1, column a1: .*missing"):
        fit(holes, NAMES, rounds=1, **SETTINGS)
    with pytest.raises(ValueError, match="on_missing: the means are not known"):
        fit(holes, NAMES, on_missing="mean")


def test_misuse_is_told_before_the_job(training):
    with pytest.raises(ValueError, match="there is no column nothing"):
        fit(training, ["nothing"])
    with pytest.raises(TypeError, match='no hyper-parameter "epoch"'):
        fit(training, NAMES, epoch=1)
    with pytest.raises(ValueError, match="rounds must be at least 1"):
        fit(training, NAMES, rounds=0)
    with pytest.raises(ValueError, match="mapper_rows must be none"):
        fit(training, NAMES, mapper_rows=100)


def test_progress_is_shown_and_nothing_stays_in_memory(spark, training):
    shown = []
    plain = training.select(NAMES)
    fit(plain, rounds=2, progress=lambda *stage: shown.append(stage), **SETTINGS)
    assert shown == [("reading", 0, None), ("training", 0, 2), ("training", 1, 2), ("training", 2, 2), ("calibration", 0, None)]
    assert not plain.is_cached


def test_rounds_that_end_before_the_rows_of_a_partition_leave_workers_alive(spark):
    # More than a worker shuffles at once, so that rows are unread when a round has its steps.
    rows = np.tile(made_up(9_000, seed=5)[:8_000], (60, 1))
    table = pa.table({"at": np.arange(len(rows)), **dict(zip(NAMES, rows.astype(np.float64).T))})
    df = spark.createDataFrame(table).coalesce(1)
    model = fit(df, NAMES, rounds=4, epochs=1, batch_size=1_024, trim=0.0, sample_rows=500)
    assert model.summary["steps"] == -(-(model.summary["rows"] - model.summary["held_out"]) // 1_024)


def test_nothing_is_held_out_where_that_is_asked(training):
    assert fit(training, NAMES, rounds=1, hold_out=0.0, **SETTINGS).summary["held_out"] == 0


def test_a_training_that_diverges_says_so(training):
    with pytest.raises(Exception, match="training diverged: the weights are not finite; lower the learning rate"):
        fit(training, NAMES, rounds=2, learning_rate=1e30, optimizer="sgd", clip_norm=1e30, **SETTINGS)
