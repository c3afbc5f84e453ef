#!/usr/bin/env python3
"""Times `kitsune train` and `kitsune anomaly-scores` against scikit-learn's IsolationForest on the same Parquet files.

    python3 benches/isolation_forest.py target/release/kitsune

The peer reads with Polars, fits IsolationForest(n_jobs=2) and scores the same rows, in a process of its own, as the command does. The rows are made
here: 200,000 of 115 columns, and 400 of 5,000 columns, correlated in groups of ten. Each side runs three times in turn, and the medians count. The
packages come from PyPI, pinned, into a temporary environment.
"""
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

PACKAGES = ["numpy==2.4.6", "polars==2.1.0", "scikit-learn==1.9.1"]
SHAPES = [(200_000, 115), (400, 5_000)]
ROUNDS = 3

WRITE = """
import sys
import numpy, polars
path, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random = numpy.random.default_rng(0)
factors = random.uniform(size=(rows, -(-columns // 10)))
values = 0.9 * numpy.repeat(factors, 10, axis=1)[:, :columns] + 0.1 * random.uniform(size=(rows, columns))
polars.DataFrame(values.astype("float32"), schema=[f"f{column}" for column in range(columns)]).write_parquet(path)
"""

PEER = """
import sys
import polars
from sklearn.ensemble import IsolationForest
rows = polars.read_parquet(sys.argv[1]).to_numpy()
forest = IsolationForest(n_jobs=2, random_state=0).fit(rows)
polars.DataFrame({"score": -forest.score_samples(rows)}).write_parquet(sys.argv[2])
"""


def seconds(*commands):
    start = time.monotonic()
    for command in commands:
        subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    kitsune = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        python = folder / "venv" / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
        for rows, columns in SHAPES:
            table, model = folder / f"rows_{columns}.parquet", folder / "model.safetensors"
            subprocess.run([python, "-c", WRITE, table, str(rows), str(columns)], check=True)
            train = [kitsune, "train", table, "--model", model]
            score = [kitsune, "anomaly-scores", table, folder / "scores.parquet", "--model", model]
            peer = [python, "-c", PEER, table, folder / "forest.parquet"]
            times = [(seconds(train), seconds(score), seconds(peer)) for _ in range(ROUNDS)]
            trained, scored, peers = (statistics.median(of) for of in zip(*times))
            print(f"{rows} rows, {columns} columns: train {trained:.2f} s, score {scored:.2f} s, IsolationForest {peers:.2f} s, "
                  f"ratio {(trained + scored) / peers:.2f}", flush=True)


if __name__ == "__main__":
    main()
