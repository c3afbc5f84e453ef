"""Training on a DataFrame, whose rows stay where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Unpack

import pyarrow as pa
from pyspark import Broadcast, StorageLevel, TaskContext
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from kitnet import HyperParameters, Kitsune, Rows
from kitnet._progress import Progress, shown
from kitnet.distributed import ROUNDS, Training, check, merged_statistics, merged_weights, part_statistics, train_part
from kitnet.spark._columns import Features, Names
from kitnet.spark._model import use_the_threads_of_a_task
from kitnet.spark._score import located

_SCHEMA = "part int, data binary"

#: How many partitions' statistics are merged at once: each has 4 features² bytes and may have samples of 128 MiB, and what the driver gets at once is
#: limited by ``spark.driver.maxResultSize``.
_STATISTICS = 2

#: How many partitions' weights are merged at once.
_WEIGHTS = 64

Merge = Callable[[list[bytes]], bytes]


def fit(
    df: DataFrame,
    columns: Names | None = None,
    *,
    rounds: int = ROUNDS,
    on_missing: str | float = "error",
    progress: Progress | bool | None = None,
    **hyper_parameters: Unpack[HyperParameters],
) -> Kitsune:
    """Trains a detector on the rows of a DataFrame, and returns it.

    ``columns`` are the features, by names or globs: numbers, arrays of numbers and vectors of Spark ML; all columns by default. ``on_missing`` is that of
    :class:`kitnet.Rows` without ``"mean"``. ``progress`` is that of :meth:`kitnet.Kitsune.fit`.

    Statistics are taken of each partition and merged. Then the detector is trained by ``rounds``: in each, every partition takes steps from the same weights,
    which are averaged, weighted by rows. Each round is a job of Spark. With one partition the scores of the
    detector are those of :meth:`kitnet.Kitsune.fit` on the same rows, to the bit.

    Every round reads the features, and keeps those of a partition in the memory of its worker if it takes more than one pass over them, as it does with few
    rows. They are kept in the memory and on the disks of the executors meanwhile, unless the DataFrame is kept already: a partition
    must have the same rows every time, which is an error otherwise. The driver's memory does not grow with the rows.
    """
    if on_missing == "mean":
        raise ValueError("on_missing: the means are not known before all rows were read: fill the DataFrame before, or use drop or a number")
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, but it is {rounds}")
    check(**hyper_parameters)
    features = Features(df, columns)
    selected = features.select(df)
    is_kept = df.storageLevel != StorageLevel.NONE
    if not is_kept:
        selected = selected.persist(StorageLevel.MEMORY_AND_DISK)
    try:
        with shown(progress) as report:
            show = report or (lambda *_: None)
            show("reading", 0, None)
            partitions = selected.rdd.getNumPartitions()
            taken = selected.mapInArrow(_Statistics(features, on_missing, hyper_parameters), _SCHEMA)
            training = Training(_merged(taken, partitions, _STATISTICS, merged_statistics), rounds=rounds)
            show("training", 0, training.rounds)
            while (data := training.next_round()) is not None:
                round = df.sparkSession.sparkContext.broadcast(data)
                try:
                    trained = selected.mapInArrow(_Steps(features, on_missing, round), _SCHEMA)
                    training.complete_round(_merged(trained, partitions, _WEIGHTS, merged_weights))
                finally:
                    round.destroy()
                show("training", training.complete_rounds, training.rounds)
            show("calibration", 0, None)
            return training.finish()
    finally:
        if not is_kept:
            selected.unpersist()


class _Statistics:
    """What the workers do with the batches of a partition before the first round."""

    def __init__(self, features: Features, on_missing: str | float, hyper_parameters: HyperParameters):
        self._features = features
        self._on_missing = on_missing
        self._hyper_parameters = hyper_parameters

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return _result(batches, self._features, self._on_missing, lambda part, rows: part_statistics(part, rows, **self._hyper_parameters))


class _Steps:
    """What the workers do with the batches of a partition in a round."""

    def __init__(self, features: Features, on_missing: str | float, round: Broadcast[bytes]):
        self._features = features
        self._on_missing = on_missing
        self._round = round

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return _result(batches, self._features, self._on_missing, lambda part, rows: train_part(self._round.value, part, rows))


def _result(
    batches: Iterator[pa.RecordBatch], features: Features, on_missing: str | float, compute: Callable[[int, Rows], bytes | None]
) -> Iterator[pa.RecordBatch]:
    """What is computed of the rows of a partition, which is the part of its number; nothing without rows."""
    use_the_threads_of_a_task()
    task = TaskContext.get()
    assert task is not None
    part = task.partitionId()
    with_rows = (features.rows(batch) for batch in batches if batch.num_rows)
    first = next(with_rows, None)
    if first is None:
        return
    try:
        data = compute(part, Rows(chain([first], with_rows), on_missing=on_missing))
    except ValueError as error:
        raise ValueError(located(str(error), 0, features)) from None
    # A round may end before the rows do. Spark gives up a worker that leaves some of its input unread.
    for _ in batches:
        pass
    if data is not None:
        yield pa.RecordBatch.from_arrays([pa.array([part], pa.int32()), pa.array([data], pa.binary())], names=["part", "data"])


def _merged(results: DataFrame, count: int, most: int, merge: Merge) -> bytes:
    """What ``count`` partitions have computed, merged in their order: by the workers in groups of ``most`` as long as there are more, and then by the driver."""

    def together(group: pa.Table) -> pa.Table:
        group = group.sort_by("part")
        data = merge(group["data"].to_pylist())
        return pa.table({"part": pa.array([group["part"][0].as_py() // most], pa.int32()), "data": pa.array([data], pa.binary())})

    while count > most:
        results = results.groupBy((F.col("part") / most).cast("int")).applyInArrow(together, _SCHEMA)
        count = -(-count // most)
    return merge([data for _, data in sorted((row.part, bytes(row.data)) for row in results.collect())])
