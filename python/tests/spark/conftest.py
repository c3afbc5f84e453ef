"""What the tests share: one session of real Spark, with a worker process for each of two cores."""

import os
import sys

import numpy as np
import pytest

# The workers run this interpreter, with the package that the driver has.
os.environ["PYSPARK_PYTHON"] = sys.executable

from pyspark.sql import SparkSession

import kitnet

NAMES = [f"{group}{number}" for group in "abc" for number in range(4)]


def made_up(rows, seed=0):
    """Rows of twelve columns in three groups that go together, as float32. In the last tenth they do not."""
    chance = np.random.default_rng(seed)
    values = np.repeat(chance.normal(size=(rows, 3)), 4, axis=1) * np.arange(1, 13) + 0.1 * chance.normal(size=(rows, 12))
    values[-(rows // 10) :, 0] += 3.0
    return values.astype(np.float32)


@pytest.fixture(scope="session")
def spark():
    builder = SparkSession.builder.master("local[2,2]").appName("kitnet")
    options = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.log.level": "OFF",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
    }
    for name, value in options.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="session")
def rows():
    return made_up(1_000, seed=1)


@pytest.fixture(scope="session")
def named():
    """A detector of rows with names."""
    import pyarrow as pa

    return kitnet.Kitsune(epochs=1).fit(pa.table(dict(zip(NAMES, made_up(2_100).T))))


@pytest.fixture(scope="session")
def unnamed():
    return kitnet.Kitsune(epochs=1).fit(made_up(2_100))


@pytest.fixture(scope="session")
def frame(spark, rows):
    """The rows with their numbers, in four partitions."""
    import pyarrow as pa

    table = pa.table({"row": np.arange(len(rows)), **dict(zip(NAMES, rows.T))})
    return spark.createDataFrame(table).repartitionByRange(4, "row").cache()
