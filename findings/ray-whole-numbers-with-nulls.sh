#!/usr/bin/env bash
# Ray Data hands whole numbers to map_batches as floats if one row of the batch is null, and so changes those above 2^53.
#
# Version: Ray 2.60.0, with pyarrow 22.0.0.
# A good guess: a column of int64 comes as int64 in every batch, or a null is an error, or is marked.
# What happens: batches are dictionaries of NumPy arrays by default. A batch of int64 without nulls is int64; one with a null is float64 with NaN for the null, so
# that the type depends on how the rows fall into batches, and identifiers above 2^53 lose their last digits without an error.
# What Kitsune does: the example for Ray Data asks for `batch_format="pyarrow"`, which keeps types, values and nulls.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q ray==2.60.0 pyarrow==22.0.0 pandas==2.3.3 numpy==2.3.5

cat >show.py <<'PYTHON'
from importlib.metadata import version

import pyarrow as pa
import ray

ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
print(f"ray {version('ray')}, pyarrow {version('pyarrow')}")
large = 2**53 + 1
rows = ray.data.from_arrow(pa.table({"id": pa.array([large, large, large, None], pa.int64())}))


def types(batch):
    ids = batch["id"]
    kept = int(ids[0].as_py() if isinstance(batch, pa.Table) else ids[0])
    kind = str(ids.type if isinstance(batch, pa.Table) else ids.dtype)
    return pa.table({"seen": [f"{kind}, first value {'kept' if kept == large else 'changed'}"]})


def seen(**how):
    return [row["seen"] for row in rows.map_batches(types, batch_size=2, **how).take_all()]


found = {"by default": seen(), "as pyarrow": seen(batch_format="pyarrow")}
stated = {
    "by default": ["int64, first value kept", "float64, first value changed"],
    "as pyarrow": ["int64, first value kept", "int64, first value kept"],
}
for how in found:
    print(f"{how}: {found[how]}")
ray.shutdown()
if found != stated:
    raise SystemExit(f"changed: Ray gives {found} instead of {stated}")
PYTHON
venv/bin/python show.py 2>log || { tail -n 20 log >&2; exit 1; }
