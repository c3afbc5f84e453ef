"""What the tests share: made-up rows, and the command, whose answers are to be the same."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

NAMES = [f"{group}{number}" for group in "abc" for number in range(4)]


def made_up(rows, seed=0, anomalies=0):
    """Rows of twelve columns in three groups that go together. In the last `anomalies` rows they do not."""
    chance = np.random.default_rng(seed)
    hidden = chance.normal(size=(rows, 3))
    values = np.repeat(hidden, 4, axis=1) * np.arange(1, 13) + 0.1 * chance.normal(size=(rows, 12))
    if anomalies:
        values[-anomalies:, 0] = chance.permutation(values[-anomalies:, 0]) + 3.0
    return values


@pytest.fixture(scope="session")
def normal():
    return made_up(2_500)


@pytest.fixture(scope="session")
def others():
    return made_up(400, seed=1, anomalies=40)


@pytest.fixture(scope="session")
def fitted(normal):
    import kitnet

    return kitnet.Kitsune(epochs=2).fit(normal)


@pytest.fixture(scope="session")
def named(normal):
    """A detector of rows with names."""
    import kitnet
    import pyarrow as pa

    return kitnet.Kitsune(epochs=2).fit(pa.table(dict(zip(NAMES, normal.T))))


@pytest.fixture
def command(tmp_path):
    """Runs the command in an empty folder: KITSUNE is its path."""
    binary = os.environ.get("KITSUNE")
    if not binary:
        pytest.fail("KITSUNE must be the path of the command, such as target/debug/kitsune")
    binary = Path(binary).resolve()

    def run(*words):
        done = subprocess.run([binary, *words], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
