"""What calls leave behind."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kitnet import Kitsune

MEBIBYTE = 1 << 20


def resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEBIBYTE


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells the memory of a process like this")
def test_fits_and_scores_leave_nothing_behind():
    rows = np.random.default_rng(0).normal(size=(100, 12))
    table = pa.table({str(column): values for column, values in enumerate(rows.T)})

    def go(times):
        for number in range(times):
            kitsune = Kitsune(epochs=1).fit(table if number % 2 else rows)
            for some in [rows, table, iter([rows])]:
                kitsune.anomaly_scores(some)
            kitsune.reasons(rows[:2])
            with pytest.raises(ValueError):
                kitsune.anomaly_scores(rows[:, :3])

    go(50)
    before = resident()
    go(1_000)
    # A copy of the rows that each training left behind would be 9 MiB.
    assert resident() - before < 5
