#!/usr/bin/env bash
# mapInArrow of PySpark takes the columns that a worker returns by position, whatever their names are, and fails for a column that nobody uses.
#
# Version: PySpark 4.3.0, with pyarrow 22.0.0.
# A good guess: columns are matched by name, as those of a pandas DataFrame are in applyInPandas, or a column whose name differs from that of the declared
# schema is an error. A column that the function does not look at does no harm.
# What happens: two columns of one type that are returned in another order are swapped without an error. A column more is dropped without one. An interval of
# years and months fails the job with `KeyError: 21` before the function gets a batch, whether it uses the column or not.
# What Kitsune does: `kitnet.spark` selects what it needs before mapInArrow, and returns columns in the order of the schema.
# It needs a Java runtime of version 17 or newer.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q pyspark==4.3.0 pyarrow==22.0.0 pandas==2.3.3 numpy==2.3.5

cat >show.py <<'PYTHON'
from importlib.metadata import version

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.log.level", "OFF").getOrCreate()
print(f"pyspark {version('pyspark')}, pyarrow {version('pyarrow')}")
frame = spark.range(1).select(F.lit(1.0).alias("low"), F.lit(2.0).alias("high"), F.expr("interval '1-2' year to month").alias("term"))


def turned(batches):
    for batch in batches:
        yield batch.select(["high", "low"])


def first(frame, function, schema):
    try:
        return frame.mapInArrow(function, schema).first().asDict()
    except Exception as error:
        return next(line.strip() for line in str(error).splitlines() if "Error" in line)


numbers = frame.select("low", "high")
seen = {
    "returned as high, low": first(numbers, turned, "low double, high double"),
    "one column more": first(numbers, lambda batches: batches, "low double"),
    "with an interval": first(frame, turned, "high double, low double"),
}
stated = {
    "returned as high, low": {"low": 2.0, "high": 1.0},
    "one column more": {"low": 1.0},
    "with an interval": "KeyError: 21",
}
for what, found in seen.items():
    print(f"{what}: {found}")
spark.stop()
for what in stated:
    if seen[what] != stated[what]:
        raise SystemExit(f"changed: {what} gives {seen[what]} instead of {stated[what]}")
PYTHON
PYSPARK_PYTHON="$PWD/venv/bin/python" venv/bin/python show.py 2>log || { tail -n 20 log >&2; exit 1; }
