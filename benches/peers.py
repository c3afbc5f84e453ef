#!/usr/bin/env python3
"""Times kitnet and the command against their peers in Python on this machine: scikit-learn's IsolationForest and PyOD's AutoEncoder.

    python3 -m venv peers
    peers/bin/pip install -r benches/peers.txt ./python
    cargo build --release -p kitsune-cli -p kitsune-benches --bins --examples
    peers/bin/python benches/peers.py target/release

There are three tables: arrays to a model and to scores, by kitnet and its peers; files to a model and to scores, by the command and a program that reads
them with Polars; and calls of kitnet beside the same calls of the library. The sides run five times in turn, each time in a new process, and the medians
count. All settings are the defaults, threads too: IsolationForest computes on one core, unless `n_jobs` says otherwise, and the others on all of them.
The rows are made here: correlated in groups of ten.
"""
import contextlib
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle, islice

import numpy as np

ROUNDS = 5

# Rows and columns of the arrays, and of the files.
ARRAY = (100_000, 115)
FILES = [(200_000, 115), (400, 5_000)]

# Rows in a call, and calls of which the median counts.
CALLS = [(10_000, 200), (1, 20_000)]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    built = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        compare_arrays(folder)
        compare_files(folder, built / "kitsune")
        compare_calls(folder, built / "examples" / "score_calls")


def compare_arrays(folder):
    path = folder / "rows.npy"
    np.save(path, grouped_rows(*ARRAY))
    sides = [by_kitnet, by_forest, by_forest_on_all_cores, by_autoencoder]
    rounds = [[in_process(side, path) for side in sides] for _ in range(ROUNDS)]
    told(f"{ARRAY[0]:,} rows of {ARRAY[1]} columns, from an array", "fit s", "scores s", "both s", "times kitnet's")
    ours = statistics.median(sum(times) for times in list(zip(*rounds))[0])
    for side, times in zip(sides, zip(*rounds)):
        fit, scores = (statistics.median(of) for of in zip(*times))
        both = statistics.median(map(sum, times))
        told(side.__doc__, f"{fit:.2f}", f"{scores:.2f}", f"{both:.2f}", f"{both / ours:.2f}")


def by_kitnet(path):
    """kitnet"""
    from kitnet import Kitsune

    return fit_and_score(Kitsune(), Kitsune.anomaly_scores, np.load(path))


def by_forest(path):
    """IsolationForest()"""
    from sklearn.ensemble import IsolationForest

    return fit_and_score(IsolationForest(), IsolationForest.score_samples, np.load(path))


def by_forest_on_all_cores(path):
    """IsolationForest(n_jobs=-1)"""
    from sklearn.ensemble import IsolationForest

    return fit_and_score(IsolationForest(n_jobs=-1), IsolationForest.score_samples, np.load(path))


def by_autoencoder(path):
    """AutoEncoder()"""
    from pyod.models.auto_encoder import AutoEncoder

    return fit_and_score(AutoEncoder(), AutoEncoder.decision_function, np.load(path))


def fit_and_score(detector, score, rows):
    """The seconds that both take."""
    # PyOD tells of its progress.
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        start = time.perf_counter()
        detector.fit(rows)
        fitted = time.perf_counter()
        scores = score(detector, rows)
        scored = time.perf_counter()
    if scores.shape != rows.shape[:1]:
        raise ValueError(f"{type(detector).__name__} gives scores of the shape {scores.shape}")
    return fitted - start, scored - fitted


FOREST_OF_FILES = """
import sys
import polars
from sklearn.ensemble import IsolationForest
rows = polars.read_parquet(sys.argv[1]).to_numpy()
forest = IsolationForest(n_jobs=-1, random_state=0).fit(rows)
polars.DataFrame({"score": -forest.score_samples(rows)}).write_parquet(sys.argv[2])
"""


def compare_files(folder, kitsune):
    import polars

    told("from a Parquet file", "train s", "score s", "IsolationForest(n_jobs=-1) s", "ratio")
    for shape in FILES:
        table, model = folder / "rows.parquet", folder / "model.safetensors"
        names = [f"f{column}" for column in range(shape[1])]
        polars.DataFrame(grouped_rows(*shape), schema=names).write_parquet(table)
        train = [kitsune, "train", table, "--model", model]
        score = [kitsune, "anomaly-scores", table, folder / "scores.parquet", "--model", model]
        peer = [sys.executable, "-c", FOREST_OF_FILES, table, folder / "forest.parquet"]
        times = [(seconds(train), seconds(score), seconds(peer)) for _ in range(ROUNDS)]
        trained, scored, peers = (statistics.median(of) for of in zip(*times))
        told(f"{shape[0]:,} rows of {shape[1]} columns", f"{trained:.2f}", f"{scored:.2f}", f"{peers:.2f}", f"{(trained + scored) / peers:.2f}")


def compare_calls(folder, library):
    from kitnet import Kitsune

    model, numbers = folder / "model.safetensors", folder / "rows.f32"
    rows = grouped_rows(*ARRAY)
    Kitsune().fit(rows).save(model)
    rows.tofile(numbers)
    told("anomaly_scores of", "library µs", "kitnet µs", "more µs", "more %")
    for count, calls in CALLS:
        arguments = [model, numbers, count, calls]
        rounds = [(by_library(library, arguments), in_process(median_call, *arguments)) for _ in range(ROUNDS)]
        theirs, ours = (statistics.median(of) for of in zip(*rounds))
        more = statistics.median(kitnet - library for library, kitnet in rounds)
        told(f"{count:,} rows", f"{theirs:.1f}", f"{ours:.1f}", f"{more:.1f}", f"{100 * more / theirs:.1f}")


def by_library(program, arguments):
    answer = subprocess.run([str(word) for word in [program, *arguments]], check=True, stdout=subprocess.PIPE)
    return float(answer.stdout)


def median_call(model, numbers, count, calls):
    """The microseconds of a call."""
    from kitnet import Kitsune

    kitsune = Kitsune.load(model)
    rows = np.fromfile(numbers, np.float32).reshape(-1, kitsune.features)
    parts = [rows[first : first + count] for first in range(0, len(rows) - count + 1, count)]
    times = []
    for part in islice(cycle(parts), calls):
        start = time.perf_counter()
        kitsune.anomaly_scores(part)
        times.append(time.perf_counter() - start)
    return 1e6 * statistics.median_high(times)


def grouped_rows(rows, columns):
    random = np.random.default_rng(0)
    factors = random.uniform(size=(rows, -(-columns // 10)))
    values = 0.9 * np.repeat(factors, 10, axis=1)[:, :columns] + 0.1 * random.uniform(size=(rows, columns))
    return values.astype(np.float32)


def in_process(function, *arguments):
    """What a function returns in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(function, *arguments).result()


def seconds(command):
    start = time.perf_counter()
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def told(first, *cells):
    print(" | ".join([first, *cells]), flush=True)


if __name__ == "__main__":
    main()
