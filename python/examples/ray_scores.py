"""Scores of a data set of Ray Data.

    pip install ray==2.60.0 pyarrow==22.0.0 numpy==2.3.5
    python ray_scores.py

Each worker loads the model once. Batches come as tables of Arrow: as arrays of NumPy, which are Ray's default, whole numbers become floats as soon as one
row is null, and large ones lose their last digits.
"""

import numpy as np
import pyarrow as pa
import ray

from kitnet import Kitsune


class Scores:
    """Adds the scores to a batch."""

    def __init__(self, model: bytes):
        self.kitsune = Kitsune.from_bytes(model)

    def __call__(self, batch: pa.Table) -> pa.Table:
        return batch.append_column("score", pa.array(self.kitsune.anomaly_scores(batch)))


def main() -> None:
    chance = np.random.default_rng(0)
    values = np.repeat(chance.normal(size=(5_000, 2)), 3, axis=1) + 0.1 * chance.normal(size=(5_000, 6))
    ids = pa.array([None, *range(2**60 + 1, 2**60 + 5_000)])
    rows = pa.table({"id": ids, **{f"f{column}": values[:, column] for column in range(6)}})
    kitsune = Kitsune(epochs=2).fit(rows.drop_columns(["id"]))

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    data = ray.data.from_arrow(rows).repartition(4)
    scored = data.map_batches(Scores, fn_constructor_args=(kitsune.to_bytes(),), batch_format="pyarrow", batch_size=1_000, concurrency=1)
    found = pa.concat_tables(ray.get(scored.to_arrow_refs())).sort_by("id")

    # Nulls are last.
    expected = np.roll(kitsune.anomaly_scores(rows), -1)
    assert found["id"].to_pylist() == [*ids.to_pylist()[1:], None]
    assert np.array_equal(found["score"].to_numpy(), expected)
    by_default = data.take_batch(10)["id"]
    print(f"{len(found)} rows have the scores of this process; by default their ids would be {by_default.dtype}")
    ray.shutdown()


if __name__ == "__main__":
    main()
