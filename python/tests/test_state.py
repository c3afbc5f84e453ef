"""Models on their way: files, bytes, pickles and copies."""

import copy
import pickle

import numpy as np
import pytest

from kitnet import Kitsune


def test_bytes_files_pickles_and_copies_are_one(fitted, others, tmp_path):
    data = fitted.to_bytes()
    fitted.save(tmp_path / "model.safetensors")
    assert (tmp_path / "model.safetensors").read_bytes() == data
    scores = fitted.anomaly_scores(others)
    for twin in [
        Kitsune.from_bytes(data),
        Kitsune.load(tmp_path / "model.safetensors"),
        Kitsune.load(str(tmp_path / "model.safetensors"), backend="flex"),
        *(pickle.loads(pickle.dumps(fitted, protocol)) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)),
        copy.copy(fitted),
        copy.deepcopy(fitted),
    ]:
        assert twin.to_bytes() == data
        assert np.allclose(twin.anomaly_scores(others), scores, rtol=1e-5) and twin.get_params() | {"backend": ""} == fitted.get_params() | {"backend": ""}


def test_what_is_not_fitted_is_carried_too():
    kitsune = Kitsune(epochs=3, backend="flex", learning_rate=None)
    twin = pickle.loads(pickle.dumps(kitsune))
    assert not twin.is_fitted and repr(twin) == repr(kitsune) == "Kitsune(epochs=3, learning_rate=None, backend='flex')"


def test_parameters_are_told_and_set(normal):
    kitsune = Kitsune(epochs=1, hidden_ratio=0.5)
    params = kitsune.get_params()
    assert params["epochs"] == 1 and params["dropout"] == 0.1 and params["hidden_ratio"] == 0.5 and params["compression_rate"] is None
    assert Kitsune(**params).fit(normal).to_bytes() == kitsune.fit(normal).to_bytes()
    assert Kitsune.from_bytes(kitsune.to_bytes()).get_params() == params
    kitsune.set_params(epochs=2, backend="flex")
    assert kitsune.get_params()["epochs"] == 2 and kitsune.backend == "flex"
    with pytest.raises(TypeError):
        kitsune.set_params(epoch=2)


def test_what_a_model_tells(fitted):
    assert fitted.summary["rows"] == 2_500 and 200 < fitted.summary["held_out"] < 300 and fitted.summary["epochs"] == 2
    assert sorted(feature for cluster in fitted.clusters for feature in cluster) == list(range(12))
    assert fitted.threshold > 0 and fitted.columns is None and fitted.features == 12


def test_thresholds(fitted, normal, others):
    scores = fitted.anomaly_scores(others)
    assert fitted.verdicts(others).tolist() == (scores >= np.float32(fitted.threshold)).tolist()
    assert fitted.verdicts(others, threshold=0.0).all() and not fitted.verdicts(others, threshold=1e9).any()
    few, many = (fitted.verdicts(normal, alert_rate=rate).mean() for rate in [0.01, 0.2])
    assert few < 0.03 < 0.1 < many < 0.3
    assert fitted.verdicts(others, threshold="peaks").any()
    head = fitted.anomaly_scores(others, score="head")
    assert not np.array_equal(head, scores)
    with pytest.raises(ValueError, match="combined"):
        fitted.verdicts(others, score="head")
    assert fitted.verdicts(others, score="head", threshold=0.0).all()


def test_backends_agree(normal, others, fitted):
    flex = Kitsune(epochs=2, backend="flex").fit(normal)
    assert np.allclose(flex.anomaly_scores(others), fitted.anomaly_scores(others), rtol=1e-3)
    assert Kitsune(epochs=1).fit(normal, initial=flex).summary["epochs"] == 1


def test_one_number_of_hidden_units_takes_the_place_of_the_other(fitted):
    kitsune = Kitsune.from_bytes(fitted.to_bytes())
    kitsune.set_params(hidden_ratio=0.5)
    assert (kitsune.get_params()["hidden_ratio"], kitsune.get_params()["compression_rate"]) == (0.5, None)
    kitsune.set_params(compression_rate=0.5)
    assert (kitsune.get_params()["hidden_ratio"], kitsune.get_params()["compression_rate"]) == (None, 0.5)
