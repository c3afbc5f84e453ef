"""Scores, verdicts and reasons of a DataFrame."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from operator import index
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark import TaskContext
from pyspark.sql import DataFrame
from pyspark.sql.types import ArrayType, BooleanType, DoubleType, FloatType, IntegerType, StringType, StructField, StructType

from kitnet import Kitsune, Rows
from kitnet.spark._columns import Features, Names, features_of
from kitnet.spark._kept import Kept, kept_names, taken
from kitnet.spark._model import SharedModel

_NUMBERS = ["value", "expected", "lowest", "highest", "deviations"]

#: The type of a reason: the fields of :class:`kitnet.Reason`. Spark casts nothing that a worker returns, so both types must agree.
_REASON = StructType(
    [StructField("name", StringType()), StructField("feature", IntegerType()), StructField("cluster", IntegerType())]
    + [StructField(name, DoubleType()) for name in _NUMBERS]
)
_ARROW_REASON = pa.struct([("name", pa.string()), ("feature", pa.int32()), ("cluster", pa.int32())] + [(name, pa.float64()) for name in _NUMBERS])


def score(
    df: DataFrame,
    model: Kitsune | bytes | str | os.PathLike[str],
    columns: Names | None = None,
    *,
    keep: Names | bool | None = None,
    reasons: int = 0,
    score: str | None = None,
    threshold: str | float | None = None,
    alert_rate: float | None = None,
    on_missing: str | float = "error",
) -> DataFrame:
    """The rows of a DataFrame with the columns ``score``, which is higher for stranger rows, and ``is_anomaly``.

    ``model`` is a detector, the bytes of one, or the path of its file on the driver. ``columns`` are the features, by names or globs: numbers, arrays of
    numbers and vectors of Spark ML. By default they are those of the model's names, or all columns if it has none. Columns are matched by name if
    the model has names, and otherwise by their order; a single array or vector is matched by position.

    ``keep`` are the columns that stay, by names or globs: those that are no features by default, all with ``True``, none with ``False``.

    ``reasons`` adds the column ``reasons``: for each anomaly an array of the strongest reasons for its score, at most so many, with the fields of
    :class:`kitnet.Reason`; null for other rows.

    ``score``, ``threshold`` and ``alert_rate`` are those of :meth:`kitnet.Kitsune.verdicts`; ``threshold="none"`` leaves out the verdicts, and all rows
    have reasons then. ``on_missing`` is that of :class:`kitnet.Rows`: null and NaN are missing. A row that was dropped stays, with null for its results.

    Raises ``ValueError`` if the columns do not fit the model. What is wrong with a value fails the job, with a message that names its partition (from 0),
    its row in this (from 1) and its column.
    """
    kitsune = _detector(model)
    count = index(reasons)
    if count < 0:
        raise ValueError(f"reasons must be at least 0, but it is {count}")
    lowest = None if threshold == "none" else kitsune._fitted().threshold(score, threshold, alert_rate)
    if lowest is None and alert_rate is not None:
        raise TypeError("alert_rate goes with a threshold that is fitted, not with none")
    _check_reading(kitsune)
    # Without rows, so that what is wrong with the options is known before the job.
    kitsune.anomaly_scores(Rows(_no_rows(kitsune), on_missing=on_missing), score=score)
    features = features_of(df, columns, kitsune.columns, kitsune.features)
    names = kept_names(df, keep, features)
    features.pack(kitsune.columns, names)
    kept = Kept(df, names, features)
    results = [StructField("score", FloatType())]
    results += [] if lowest is None else [StructField("is_anomaly", BooleanType())]
    results += [StructField("reasons", ArrayType(_REASON))] if count else []
    taken_names = [field.name for field in results if field.name in kept.names]
    if taken_names:
        raise ValueError(f"keep: the column {taken_names[0]} has the name of a result: leave it out of keep, or rename it")
    shared = SharedModel(df.sparkSession, kitsune)
    scorer = _Scorer(shared, features, kept.positions, [*kept.names, *(field.name for field in results)], score, lowest, count, on_missing)
    scored = features.select(df, kept.columns).mapInArrow(scorer, StructType([*kept.fields, *results]))
    return kept.restored(scored, [field.name for field in results])


class _Scorer:
    """What the workers do with the batches of a partition."""

    def __init__(
        self,
        model: SharedModel,
        features: Features,
        kept: list[int],
        names: list[str],
        score: str | None,
        lowest: float | None,
        reasons: int,
        on_missing: str | float,
    ):
        self._model = model
        self._features = features
        self._kept = kept
        self._names = names
        self._score = score
        self._lowest = lowest
        self._reasons = reasons
        self._on_missing = on_missing

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        first = 0
        for batch in batches:
            try:
                results = self._results(batch)
            except ValueError as error:
                raise ValueError(located(str(error), first, self._features)) from None
            # Spark takes columns by position, whatever their names are.
            yield pa.RecordBatch.from_arrays([*taken(batch, self._kept), *results], names=self._names)
            first += batch.num_rows

    def _results(self, batch: pa.RecordBatch) -> list[pa.Array]:
        kitsune = self._model.loaded()
        scores = kitsune.anomaly_scores(Rows(self._features.rows(batch), on_missing=self._on_missing), score=self._score)
        has_none = np.isnan(scores)
        results = [pa.array(scores, mask=has_none)]
        explained = ~has_none
        if self._lowest is not None:
            explained = scores >= np.float32(self._lowest)
            results.append(pa.array(explained, mask=has_none))
        if self._reasons:
            results.append(self._explained(kitsune, batch, explained))
        return results

    def _explained(self, kitsune: Kitsune, batch: pa.RecordBatch, explained: np.ndarray[Any, Any]) -> pa.Array:
        found: list[list[dict[str, Any]] | None] = [None] * batch.num_rows
        positions = np.flatnonzero(explained)
        if len(positions):
            strange = self._features.rows(batch.take(pa.array(positions)))
            reasons = kitsune.reasons(Rows(strange, on_missing=self._on_missing), self._reasons)
            for position, of_row in zip(positions, reasons):
                found[position] = [reason._asdict() for reason in of_row]
        return pa.array(found, pa.list_(_ARROW_REASON))


def _detector(model: Kitsune | bytes | str | os.PathLike[str]) -> Kitsune:
    if isinstance(model, Kitsune):
        return model
    if isinstance(model, (bytes, bytearray)):
        return Kitsune.from_bytes(model)
    return Kitsune.load(model)


def _no_rows(kitsune: Kitsune) -> pa.Table:
    names = kitsune.columns or [str(feature) for feature in range(kitsune.features)]
    return pa.table([pa.array([], pa.float64())] * len(names), names=names)


def _check_reading(kitsune: Kitsune) -> None:
    """Refuses a model whose rows depend on other rows, or on columns that are no features."""
    reading = json.loads(kitsune._fitted().reading or "{}")
    if reading.get("lags"):
        raise ValueError(f"the model was trained with lags {reading['lags']}: the rows of a DataFrame have no rows before them")
    if reading.get("conditions"):
        conditions = ", ".join(reading["conditions"])
        raise ValueError(f"the model was trained with where ({conditions}), which leaves rows out: train it on rows that are chosen before")


def located(message: str, first: int, features: Features) -> str:
    """A message about a batch, which begins at this row of the partition, as one about the partition."""
    task = TaskContext.get()
    partition = "the partition" if task is None else f"partition {task.partitionId()}"
    found = re.match(r"(?:the rows could not be read: )?the (?:table|array), row (\d+), column (\d+)(?: \((.*?)\))?: ", message, re.DOTALL)
    if found is None:
        return f"{partition}, rows from {first + 1}: {message}"
    return f"{partition}, row {first + int(found[1])}, column {features.shown(int(found[2]), found[3])}: {message[found.end():]}"
