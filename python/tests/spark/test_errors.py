"""What is wrong is said in words: on the driver, if it can be known there, otherwise with partition, row and column."""

import re

import pyarrow as pa
import pytest
from conftest import NAMES, made_up
from pyspark.errors import PythonException
from pyspark.sql import functions as F

from kitnet import Kitsune, NotFittedError, Rows
from kitnet.spark import score


def refused(error, words):
    return pytest.raises(error, match=re.escape(words))


def test_columns_that_do_not_fit_are_refused_on_the_driver(frame, named, unnamed):
    with refused(ValueError, "the data lack columns that the model was trained on: there is no column b1 in the DataFrame: the columns are row, a0"):
        score(frame.drop("b1"), named)
    with refused(ValueError, "columns lacks features that the model was trained on: c0, c1, c2, c3"):
        score(frame, named, ["a*", "b*"])
    with refused(ValueError, "columns names 13 columns, but the model was trained on 12"):
        score(frame, unnamed)
    with refused(ValueError, "columns: there is no column d* in the DataFrame"):
        score(frame, named, ["d*"])
    with refused(ValueError, "these columns of the DataFrame are not numbers and must be left out of columns: a0 (string), b0 (timestamp)"):
        score(frame.withColumns({"a0": F.lit("x"), "b0": F.now()}), named)
    with refused(ValueError, "columns names no column"):
        score(frame, named, [])
    with refused(TypeError, "columns takes names of columns, but not Column"):
        score(frame, named, [F.col("a0")])
    with refused(ValueError, "columns: the DataFrame has several columns with the name a0: rename them"):
        score(frame.select("*", "a0"), named)


def test_models_and_options_are_checked_on_the_driver(frame, named, tmp_path):
    with refused(NotFittedError, "this detector has no model yet"):
        score(frame, Kitsune())
    with refused(FileNotFoundError, "nowhere.safetensors"):
        score(frame, tmp_path / "nowhere.safetensors")
    with refused(ValueError, "reasons must be at least 0, but it is -1"):
        score(frame, named, reasons=-1)
    with refused(TypeError, "alert_rate goes with a threshold that is fitted, not with none"):
        score(frame, named, threshold="none", alert_rate=0.1)
    with refused(ValueError, '"guess"'):
        score(frame, named, on_missing="guess")
    with refused(ValueError, '"tail" is no'):
        score(frame, named, score="tail", threshold="none")


def test_models_whose_rows_need_other_rows_are_refused(frame):
    table = pa.table(dict(zip(NAMES, made_up(2_100).T)))
    lagged = Kitsune(epochs=1).fit(Rows(table, lags=2))
    with refused(ValueError, "the model was trained with lags 2: the rows of a DataFrame have no rows before them"):
        score(frame, lagged)
    chosen = Kitsune(epochs=1).fit(Rows(table.append_column("kind", [["udp"] * len(table)]), where="kind=udp", exclude="kind"))
    with refused(ValueError, "the model was trained with where (kind=udp), which leaves rows out"):
        score(frame, chosen)


def test_a_missing_value_is_told_by_partition_row_and_column(spark, named):
    numbered = spark.range(0, 30_000, 1, 2).select("id", *(F.lit(0.5).alias(name) for name in NAMES))
    # The second partition begins at 15,000, and its second batch with its row 10,001.
    hole = numbered.withColumn("c1", F.when(F.col("id") != 25_004, F.col("c1")))
    with refused(PythonException, "partition 1, row 10005, column c1: the value is missing (null): every value must be a number"):
        score(hole.select("id", *reversed(NAMES)), named).collect()
    nan = numbered.withColumn("a2", F.when(F.col("id") != 3, F.col("a2")).otherwise(float("nan")))
    with refused(PythonException, "partition 0, row 4, column a2: NaN is not a finite number"):
        score(nan.select("id", *reversed(NAMES)), named).collect()


def test_arrays_of_other_lengths_are_told_by_partition_and_row(spark, unnamed):
    twelve = F.array_repeat(F.lit(0.5), 12)
    uneven = spark.range(0, 8, 1, 1).select(F.when(F.col("id") == 5, F.array(F.lit(1.0))).otherwise(twelve).alias("values"))
    with refused(PythonException, "partition 0, row 6, column values: it holds 1 value"):
        score(uneven, unnamed, "values").collect()
    with refused(PythonException, "11 columns, but the model was trained on 12"):
        score(spark.range(1).select(F.array_repeat(F.lit(0.5), 11).alias("values")), unnamed, "values").collect()
