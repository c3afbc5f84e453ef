"""Checkpoints of the original in PyTorch."""

import json
import pickle
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from conftest import write_csv

from kitnet import Kitsune

GOLDEN = Path(__file__).parents[2] / "crates/kitsune-core/tests/golden/torch"
CHECKPOINT = GOLDEN / "kitsune.pt"
# A state dict alone, in half precision, and the features of its tails.
STATE_DICT, CLUSTERS = GOLDEN / "state_dict.pt", [[5, 2, 8, 4, 3, 9], [11, 7, 1, 10, 0, 6]]


@pytest.fixture(scope="module")
def golden():
    figures = json.loads((GOLDEN / "checkpoint.json").read_text())
    return np.array(figures["input"]), np.array(figures["scores_f32"], np.float32)


def test_it_scores_as_the_original(golden):
    rows, scores = golden
    kitsune = Kitsune.from_torch(CHECKPOINT)
    assert np.abs(kitsune.anomaly_scores(rows) - scores).max() <= 1e-5
    assert (kitsune.clusters, kitsune.columns, kitsune.get_params()["score"]) == (CLUSTERS, None, "head")
    by_flex = Kitsune.from_torch(str(CHECKPOINT), backend="flex")
    assert by_flex.backend == "flex" and np.abs(by_flex.anomaly_scores(rows) - scores).max() <= 1e-5


def test_it_is_the_model_of_the_command(command, tmp_path, golden):
    command("import", str(CHECKPOINT), "model.safetensors")
    kitsune = Kitsune.from_torch(CHECKPOINT)
    assert kitsune.to_bytes() == (tmp_path / "model.safetensors").read_bytes()
    write_csv(tmp_path / "rows.csv", golden[0])
    command("score", "rows.csv", "scores.ndjson", "--threshold", "none", "--model", "model.safetensors")
    lines = (tmp_path / "scores.ndjson").read_text().splitlines()
    assert np.array_equal(kitsune.anomaly_scores(golden[0]), np.array([json.loads(line)["score"] for line in lines], np.float32))


def test_it_gets_a_threshold_from_ordinary_rows(golden):
    rows, scores = golden
    kitsune = Kitsune.from_torch(CHECKPOINT)
    with pytest.raises(ValueError, match="a threshold needs the scores of normal rows, but there are none"):
        kitsune.verdicts(rows)
    assert kitsune.verdicts(rows, threshold=0.0).all()
    kitsune.calibrate(rows, alert_rate=0.1)
    assert kitsune.verdicts(rows).any() and not kitsune.verdicts(rows).all()


def test_clusters_may_be_given(golden):
    rows, scores = golden
    for clusters in [CLUSTERS, tuple(np.array(cluster) for cluster in CLUSTERS)]:
        # These weights were halved.
        assert np.abs(Kitsune.from_torch(STATE_DICT, clusters=clusters).anomaly_scores(rows) - scores).max() <= 1e-3
    for clusters, error, words in [
        (None, ValueError, "state_dict.pt has the weights of 2 tails, but does not say which features each of them sees"),
        ([[0, 1], [1]], ValueError, "clusters: feature 1 is in 2 clusters"),
        ([[0, 1], [2]], ValueError, "tails.0 has weights for 6 features"),
        ([[0, -1]], ValueError, "clusters: "),
        ([[0, 1.5]], TypeError, "'float' object cannot be interpreted as an integer"),
    ]:
        with pytest.raises(error, match=re.escape(words)):
            Kitsune.from_torch(STATE_DICT, clusters=clusters)


class Call:
    """A pickle that asks for a call, which would do no harm."""

    def __reduce__(self):
        return (Path.home, ())


def test_what_cannot_be_imported_is_told(command_fails, tmp_path):
    (tmp_path / "a.pt").write_text("0.1,0.2\n")
    (tmp_path / "cut.pt").write_bytes(CHECKPOINT.read_bytes()[:4_000])
    with zipfile.ZipFile(tmp_path / "call.pt", "w") as archive:
        archive.writestr("call/data.pkl", pickle.dumps({"weights": Call()}, 2))
        archive.writestr("call/byteorder", "little")
        archive.writestr("call/version", "3\n")
    for name, error, words in [
        ("a.pt", ValueError, "is not a checkpoint of Kitsune: it is no archive of torch.save"),
        ("cut.pt", ValueError, "is damaged"),
        ("call.pt", ValueError, "asks for a call of "),
        ("nowhere.pt", FileNotFoundError, "nowhere.pt cannot be read"),
    ]:
        with pytest.raises(error, match=re.escape(words)) as raised:
            Kitsune.from_torch(tmp_path / name)
        # The command says it of the path that it is given.
        assert str(raised.value) in " ".join(command_fails("import", str(tmp_path / name)).split())
