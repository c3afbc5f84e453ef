"""The detector that learns row by row."""

import copy
import json
import pickle

import numpy as np
import pyarrow as pa
import pytest
from conftest import NAMES, made_up
from test_same_as_command import write_csv

from kitnet import NotFittedError, OnlineKitsune, Rows

GRACE = {"mapper_grace": 400, "train_grace": 1_600}


@pytest.fixture(scope="module")
def stream():
    return np.concatenate([made_up(2_600), made_up(400, seed=1, anomalies=40)])


def test_scores_are_those_of_the_command(tmp_path, command, stream):
    write_csv(tmp_path / "rows.csv", stream, NAMES)
    words = ["--mapper-grace", "400", "--train-grace", "1600", "--model-checkpoint", "state.safetensors"]
    command("online", "rows.csv", "scores.ndjson", *words)
    lines = [json.loads(line) for line in (tmp_path / "scores.ndjson").read_text().splitlines()]
    online = OnlineKitsune(**GRACE)
    found = online.observe(pa.table(dict(zip(NAMES, stream.T))))
    assert len(lines) == len(found.scores) == 3_000
    for at, line in enumerate(lines):
        if line["score"] is None:
            assert np.isnan(found.scores[at]) and not found.is_anomaly[at]
        else:
            # The command writes scores as f32.
            assert np.float32(found.scores[at]) == np.float32(line["score"]) and found.is_anomaly[at] == line["is_anomaly"]
    assert found.scores[-40:].mean() > found.scores[2_000:-40].mean()
    assert OnlineKitsune.load(tmp_path / "state.safetensors").threshold == online.threshold


def test_calls_follow_on_each_other(stream, tmp_path):
    whole = OnlineKitsune(**GRACE)
    expected = whole.process(stream)
    assert np.isnan(expected[:2_000]).all() and np.isfinite(expected[2_000:]).all()
    parts = OnlineKitsune(**GRACE)
    assert parts.state == ("mapping", 400) and parts.rows == 0
    found = []
    for number, part in enumerate([stream[:1], stream[1:300], stream[300:1_999], stream[1_999:2_005], stream[2_005:]]):
        found.append(parts.process(part))
        if number == 2:
            assert parts.state == ("training", 1)
            parts.save(tmp_path / "state.safetensors")
            parts = OnlineKitsune.load(tmp_path / "state.safetensors")
        elif number == 3:
            assert parts.state == ("executing", 0)
            parts = copy.deepcopy(pickle.loads(pickle.dumps(OnlineKitsune.from_bytes(parts.to_bytes()))))
    assert np.array_equal(np.concatenate(found), expected, equal_nan=True)
    assert parts.to_bytes() == whole.to_bytes()
    assert parts.rows == 3_000 and parts.features == 12 and parts.columns is None
    again = parts.score(stream[2_000:])
    assert np.array_equal(again, expected[2_000:])
    iterated = OnlineKitsune(**GRACE).process(iter(np.array_split(stream, 17)))
    assert np.array_equal(iterated, expected, equal_nan=True)


def test_it_becomes_an_ordinary_detector(stream):
    online = OnlineKitsune(**GRACE)
    scores = online.process(stream)[2_000:]
    kitsune = online.to_kitsune()
    assert np.allclose(kitsune.anomaly_scores(stream[2_000:]), scores, rtol=1e-4)


def test_what_cannot_be(stream):
    with pytest.raises(TypeError, match="there is no setting .grace.: they are mapper_grace"):
        OnlineKitsune(grace=3)
    with pytest.raises(ValueError, match="mapper_grace must be at least 2"):
        OnlineKitsune(mapper_grace=1)
    online = OnlineKitsune(**GRACE)
    with pytest.raises(NotFittedError):
        online.score(stream)
    online.process(stream[:500])
    with pytest.raises(ValueError, match="1500"):
        online.score(stream[:1])
    with pytest.raises(ValueError, match="1500"):
        online.to_kitsune()
    bad = stream[:50].copy()
    bad[30, 3] = np.inf
    with pytest.raises(ValueError, match="row 31, column 3"):
        online.process(bad)
    assert np.isnan(online.process(Rows(bad, on_missing="drop"))).all()
    with pytest.raises(ValueError, match="the model was trained on 12"):
        online.process(stream[:, 1:])
