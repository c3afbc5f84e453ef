#!/usr/bin/env python3
"""Times `kitnet.spark.score` on local[2] against `kitsune anomaly-scores` on the same Parquet files, and against a mapInArrow that only counts rows.

    python3 benches/spark.py target/release/kitsune target/wheels/kitnet-*.whl

The rows are made here: 1,000,000 of 115 columns of f32, correlated in groups of ten, in eight files. All three read all columns of these files. The command
writes a Parquet file of scores with two threads. Spark has one session with its defaults but for memory, logs and pages, and writes scores to the sink that keeps
nothing. Its first job of each kind warms up the session; then the three sides run five times in turn, and the medians count. It needs a Java runtime of
version 17 or newer. The packages come from PyPI, pinned, into a temporary environment.
"""
import pathlib
import subprocess
import sys
import tempfile

PACKAGES = ["numpy==2.3.5", "pandas==2.3.3", "pyarrow==22.0.0", "pyspark==4.3.0"]

WRITE = """
import sys
import numpy, pyarrow, pyarrow.parquet
folder, rows, columns, files = sys.argv[1], 1_000_000, 115, 8
random = numpy.random.default_rng(0)
for file in range(files):
    factors = random.uniform(size=(rows // files, -(-columns // 10)))
    values = 0.9 * numpy.repeat(factors, 10, axis=1)[:, :columns] + 0.1 * random.uniform(size=(rows // files, columns))
    table = pyarrow.table({f"f{column}": values[:, column].astype("float32") for column in range(columns)})
    pyarrow.parquet.write_table(table, f"{folder}/{file}.parquet", row_group_size=50_000, use_dictionary=False)
"""

COMPARE = """
import os, statistics, subprocess, sys, time
os.environ["PYSPARK_PYTHON"] = sys.executable
import pyarrow
from pyspark.sql import SparkSession, functions
from kitnet.spark import score

kitsune, rows, model, scores = sys.argv[1:]
builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "4g").config("spark.log.level", "ERROR")
spark = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").getOrCreate()


def counted(batches):
    yield pyarrow.record_batch({"rows": pyarrow.array([sum(batch.num_rows for batch in batches)])})


def command():
    subprocess.run([kitsune, "anomaly-scores", rows, scores, "--model", model, "--threads", "2", "--quiet"], check=True)


def counting():
    return spark.read.parquet(rows).mapInArrow(counted, "rows bigint").agg(functions.sum("rows")).first()[0]


def scoring():
    score(spark.read.parquet(rows), model).write.format("noop").mode("overwrite").save()


def seconds(side):
    start = time.monotonic()
    side()
    return time.monotonic() - start


number = counting()
scoring()
times = [[seconds(side) for side in (command, counting, scoring)] for _ in range(5)]
command, counting, scoring = (statistics.median(side) for side in zip(*times))
print(f"{number} rows: command {command:.2f} s, counting in Spark {counting:.2f} s, scoring in Spark {scoring:.2f} s")
print(f"throughput of Spark's scoring: {command / scoring:.2f} of the command's, {counting / scoring:.2f} of counting")
"""


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    kitsune, wheel = (pathlib.Path(path).resolve() for path in sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        python = folder / "venv" / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES, wheel], check=True)
        rows, model, scores = folder / "rows", folder / "model.safetensors", folder / "scores.parquet"
        rows.mkdir()
        subprocess.run([python, "-c", WRITE, rows], check=True)
        subprocess.run([kitsune, "train", rows / "0.parquet", "--model", model, "--quiet"], check=True)
        subprocess.run([python, "-c", COMPARE, kitsune, rows, model, scores], check=True)


if __name__ == "__main__":
    main()
