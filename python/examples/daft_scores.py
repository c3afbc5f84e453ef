"""Scores of a DataFrame of Daft.

    pip install daft==0.7.26 pyarrow==22.0.0 numpy==2.3.5
    python daft_scores.py

Daft hands columns to a method of batches, one series for each column: they become a table of Arrow by their names. Each instance loads the model once.
"""

import daft
import numpy as np
import pyarrow as pa
from daft import DataType, Series

from kitnet import Kitsune


@daft.cls(max_concurrency=1)
class Scores:
    """Scores rows by a model."""

    def __init__(self, model: bytes):
        self.kitsune = Kitsune.from_bytes(model)

    @daft.method.batch(return_dtype=DataType.float32(), batch_size=1_000)
    def score(self, *features: Series) -> pa.Array:
        table = pa.table({feature.name(): feature.to_arrow() for feature in features})
        return pa.array(self.kitsune.anomaly_scores(table))


def main() -> None:
    chance = np.random.default_rng(0)
    values = np.repeat(chance.normal(size=(5_000, 2)), 3, axis=1) + 0.1 * chance.normal(size=(5_000, 6))
    names = [f"f{column}" for column in range(6)]
    rows = pa.table({"id": np.arange(5_000), **dict(zip(names, values.T))})
    kitsune = Kitsune(epochs=2).fit(rows.drop_columns(["id"]))

    scorer = Scores(kitsune.to_bytes())
    frame = daft.from_arrow(rows)
    scored = frame.with_column("score", scorer.score(*(frame[name] for name in names))).sort("id")

    found = scored.to_arrow()
    assert np.array_equal(found["score"].to_numpy(), kitsune.anomaly_scores(rows))
    print(f"{len(found)} rows have the scores of this process")


if __name__ == "__main__":
    main()
