"""What Spark does with mapInArrow, without kitnet, which is built around it. A test that fails with a later version may let kitnet be simpler."""

from decimal import Decimal

import pyarrow as pa
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import functions as F
from pyspark.sql.types import StructType


@pytest.fixture(scope="module")
def two(spark):
    return spark.range(2).select(F.lit(1.0).alias("a"), F.lit(2.0).alias("b")).coalesce(1)


def returned(two, array, declared):
    """What becomes of a column that a worker returns."""

    def give(batches):
        for batch in batches:
            yield pa.record_batch({"x": array(batch.num_rows) if callable(array) else array})

    return [row[0] for row in two.mapInArrow(give, declared).collect()]


def test_columns_go_by_position_whatever_their_names_are(two):
    def turned(batches):
        for batch in batches:
            yield batch.select(["b", "a"])

    assert two.mapInArrow(turned, "a double, b double").first().asDict() == {"a": 2.0, "b": 1.0}


def test_further_columns_are_dropped_and_fewer_fail(two):
    assert two.mapInArrow(lambda batches: batches, "a double").first().asDict() == {"a": 1.0}
    with pytest.raises(Exception, match="ArrayIndexOutOfBounds"):
        two.mapInArrow(lambda batches: (batch.select(["a"]) for batch in batches), "a double, b double").collect()


@pytest.mark.parametrize(
    ("values", "declared", "words"),
    [
        (pa.array([1.0], pa.float32()), "x double", "getDouble"),
        (pa.array([1.0], pa.float64()), "x float", "getFloat"),
        (pa.array([1], pa.int32()), "x bigint", "getLong"),
        (pa.array([1], pa.uint8()), "x tinyint", "Unsupported arrow type Int"),
        (pa.array([[1.0]], pa.large_list(pa.float64())), "x array<double>", "Unsupported arrow type LargeList"),
        (pa.array([[1.0]], pa.list_(pa.float64(), 1)), "x array<double>", "Unsupported arrow type FixedSizeList"),
    ],
    ids=str,
)
def test_nothing_is_cast(two, values, declared, words):
    with pytest.raises(PySparkException, match=words):
        returned(two, values, declared)


def test_decimals_are_rounded_to_the_declared_scale(two):
    exact = pa.array([Decimal("1.2356")], pa.decimal128(10, 4))
    assert returned(two, exact, "x decimal(10,2)") == [Decimal("1.24")]
    assert returned(two, exact, "x decimal(10,5)") == [Decimal("1.23560")]


@pytest.fixture
def sizes():
    """A function of workers that tells the sizes of its batches. It is no function of this module, since workers cannot import that."""

    def give(batches):
        yield pa.record_batch({"rows": pa.array([[batch.num_rows for batch in batches]], pa.list_(pa.int64()))})

    return give


def test_a_partition_is_one_call_with_batches_of_ten_thousand_rows(spark, sizes):
    found = spark.range(0, 25_000, 1, 1).mapInArrow(sizes, "rows array<bigint>").collect()
    assert [row.rows for row in found] == [[10_000, 10_000, 5_000]]


def test_a_batch_has_64_mib_at_most(spark, sizes):
    wide = spark.range(0, 200, 1, 1).select(F.repeat(F.lit("x"), 1 << 20).alias("text"))
    rows = wide.mapInArrow(sizes, "rows array<bigint>").first().rows
    assert sum(rows) == 200
    assert max(rows) <= 65


def test_a_partition_without_rows_is_one_call_without_batches(spark, sizes):
    found = spark.range(0, 2, 1, 1).repartition(4).mapInArrow(sizes, "rows array<bigint>").collect()
    assert sorted(row.rows for row in found)[:2] == [[], []]
    assert len(found) == 4


def test_an_interval_of_months_fails_before_a_row_comes(spark, sizes):
    frame = spark.range(1).withColumn("term", F.expr("interval '1-2' year to month"))
    with pytest.raises(PySparkException, match="KeyError: 21"):
        frame.mapInArrow(sizes, "rows array<bigint>").collect()
    assert [1] in [row.rows for row in frame.select("id").mapInArrow(sizes, "rows array<bigint>").collect()]
    with pytest.raises(PySparkException, match="NOT_IMPLEMENTED"):
        frame.mapInArrow(sizes, StructType([frame.schema["term"]]))
