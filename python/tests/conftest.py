"""What the tests share: made-up rows, the examples of the README, and the command, whose answers are to be the same."""

import os
import re
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


def example(words):
    """The example of the README that has these words."""
    blocks = re.findall(r"```python\n(.*?)```", (Path(__file__).parents[1] / "README.md").read_text(), re.DOTALL)
    [code] = [block for block in blocks if words in block]
    return code


def write_csv(path, values, names=None):
    lines = [",".join(names)] if names else []
    lines += [",".join(repr(float(value)) for value in row) for row in values]
    path.write_text("\n".join(lines) + "\n")


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
def run_command(tmp_path):
    """Runs the command in an empty folder: KITSUNE is its path."""
    binary = os.environ.get("KITSUNE")
    if not binary:
        pytest.fail("KITSUNE must be the path of the command, such as target/debug/kitsune")
    binary = Path(binary).resolve()
    return lambda *words: subprocess.run([binary, *words], cwd=tmp_path, capture_output=True, text=True)


@pytest.fixture
def command(run_command):
    """Runs the command, and returns what it prints."""

    def run(*words):
        done = run_command(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def command_fails(run_command):
    """Runs the command, which fails, and returns why."""

    def run(*words):
        done = run_command(*words)
        assert done.returncode == 1, done.stderr
        return done.stderr

    return run
