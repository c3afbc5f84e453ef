"""The processes that Spark starts: forked, reused, and repeated."""

import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from conftest import NAMES

from kitnet import Kitsune
from kitnet.spark import score
from kitnet.spark._model import SharedModel


def scores(df):
    return df.orderBy("row").toArrow()["score"].to_numpy()


def seen_in_workers(frame, look):
    """What a function finds in the worker of each partition."""

    def give(batches):
        for _ in batches:
            pass
        yield pa.record_batch({"seen": pa.array([str(look())])})

    return [row.seen for row in frame.select("row").mapInArrow(give, "seen string").collect()]


def test_a_task_that_fails_once_changes_no_result(frame, named, rows, tmp_path):
    def fail_once(batches):
        from pyspark import TaskContext

        for batch in batches:
            task = TaskContext.get()
            if task.partitionId() == 1 and task.attemptNumber() == 0:
                (tmp_path / "failed").touch()
                raise RuntimeError("a task that is lost")
            yield batch

    partitions = frame.rdd.getNumPartitions()
    assert partitions == 4
    # The scores come before the failure, and are computed again.
    scored = score(frame, named).mapInArrow(fail_once, "row bigint, score float, is_anomaly boolean")
    np.testing.assert_array_equal(scores(scored), named.anomaly_scores(rows))
    assert (tmp_path / "failed").exists()


def test_kitnet_alone_does_not_load_spark():
    loaded = "import sys, kitnet; sys.exit('pyspark' in sys.modules or 'kitnet.spark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded]).returncode == 0


def test_the_daemon_that_is_forked_has_not_loaded_kitnet(frame, named):
    if not os.path.exists("/proc/self/maps"):
        pytest.skip("the maps of processes are those of Linux")
    score(frame, named).collect()

    def look():
        import kitnet

        assert kitnet.backends()
        has = ["_kitnet" in open(f"/proc/{process}/maps").read() for process in ("self", os.getppid())]
        return has + ["pyspark.daemon" in open(f"/proc/{os.getppid()}/cmdline").read()]

    assert set(seen_in_workers(frame, look)) == {"[True, False, True]"}


def test_a_worker_computes_on_the_cores_of_its_task(frame, named):
    model = SharedModel(frame.sparkSession, named)

    def look():
        model.loaded()
        return [os.environ[name] for name in ("RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "MATMUL_NUM_THREADS")]

    assert set(seen_in_workers(frame, look)) == {"['1', '1', '1']"}
    assert "RAYON_NUM_THREADS" not in os.environ, "the driver is left alone"


def test_a_worker_loads_a_model_once_and_keeps_few(frame, named):
    model = SharedModel(frame.sparkSession, named)

    def look():
        from kitnet.spark._model import _loaded

        again = model.loaded() is model.loaded()
        return again and len(_loaded) <= 4

    assert set(seen_in_workers(frame, look)) == {"True"}
    small = pa.table(dict(zip(NAMES, np.random.default_rng(0).normal(size=(12, 300)))))
    for seed in range(6):
        other = Kitsune(epochs=1, seed=seed).fit(small)
        np.testing.assert_array_equal(
            scores(score(frame.where("row < 5"), other)), other.anomaly_scores(frame.where("row < 5").orderBy("row").select(*NAMES).toArrow())
        )
    assert set(seen_in_workers(frame, look)) == {"True"}
