"""A model on all executors."""

from __future__ import annotations

import hashlib
import os

from pyspark import TaskContext
from pyspark.sql import SparkSession

from kitnet import Kitsune

#: What each pool of threads in a worker reads its size from, when it starts.
_POOLS = ["RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "MATMUL_NUM_THREADS"]

#: The models of this worker by their digests. A worker serves the tasks of many jobs, one after another.
_loaded: dict[str, Kitsune] = {}

#: The models that a worker keeps at most.
_MOST_MODELS = 4


class SharedModel:
    """The bytes of a model, which Spark sends to each executor once. A worker loads them once, for all of its tasks."""

    def __init__(self, spark: SparkSession, kitsune: Kitsune):
        data = kitsune.to_bytes()
        self._digest = hashlib.sha256(data).hexdigest() + kitsune.backend
        self._backend = kitsune.backend
        self._data = spark.sparkContext.broadcast(data)

    def loaded(self) -> Kitsune:
        """The model, in a worker."""
        if self._digest not in _loaded:
            use_the_threads_of_a_task()
            if len(_loaded) == _MOST_MODELS:
                del _loaded[next(iter(_loaded))]
            _loaded[self._digest] = Kitsune.from_bytes(self._data.value, backend=self._backend)
        return _loaded[self._digest]


def use_the_threads_of_a_task() -> None:
    """Gives kitnet as many threads as Spark gives cores to a task, unless the environment of the worker says how many. Call it in a worker, before kitnet
    computes: there is a worker for each core, and each would use all cores."""
    task = TaskContext.get()
    if task is not None:
        for pool in _POOLS:
            os.environ.setdefault(pool, str(task.cpus()))
