"""`kitnet.pyod` with PyOD: see `requirements-pyod.txt`. The tests are those that PyOD has for each of its detectors."""

import inspect
import pickle

import numpy as np
import pytest
from conftest import example
from numpy.testing import assert_allclose, assert_array_equal
from pyod.models.base import BaseDetector
from pyod.models.iforest import IForest
from pyod.models.ts_od import TimeSeriesOD
from pyod.utils.data import evaluate_print, generate_data
from pyod.utils.persistence import load, save
from pyod.utils.utility import standardizer
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

import kitnet
from kitnet.pyod import Kitsune

TRAINING_ROWS, TEST_ROWS, CONTAMINATION, FLOOR = 300, 100, 0.1, 0.8


@pytest.fixture(scope="module")
def data():
    return generate_data(n_train=TRAINING_ROWS, n_test=TEST_ROWS, n_features=12, contamination=CONTAMINATION, random_state=42)


@pytest.fixture(scope="module")
def detector(data):
    return Kitsune(contamination=CONTAMINATION, epochs=10).fit(data[0])


def test_it_has_what_a_detector_has(detector):
    assert isinstance(detector, BaseDetector)
    for name in ["decision_scores_", "labels_", "threshold_", "_mu", "_sigma", "_classes"]:
        assert getattr(detector, name, None) is not None, name
    for name in ["fit_predict", "fit_predict_score", "predict_proba", "predict_confidence", "predict_with_rejection"]:
        assert callable(getattr(detector, name)), name


def test_training_scores(detector, data):
    assert_array_equal(detector.decision_scores_, detector.decision_function(data[0]))
    assert detector.decision_scores_.shape == (TRAINING_ROWS,) and roc_auc_score(data[2], detector.decision_scores_) >= FLOOR


def test_scores(detector, data):
    _, test, _, labels = data
    scores = detector.decision_function(test)
    assert scores.shape == (TEST_ROWS,) and roc_auc_score(labels, scores) >= FLOOR
    assert_array_equal(scores.astype(np.float32), kitnet.Kitsune(epochs=10).fit(data[0]).anomaly_scores(test))


def test_labels(detector, data):
    assert set(detector.labels_) == {0, 1} and detector.labels_.sum() == TRAINING_ROWS * CONTAMINATION
    labels, confidence = detector.predict(data[1], return_confidence=True)
    assert labels.shape == data[3].shape and set(labels) == {0, 1}
    assert confidence.shape == labels.shape and confidence.min() >= 0 and confidence.max() <= 1


@pytest.mark.parametrize("method", ["linear", "unify"])
def test_probabilities(detector, data, method):
    shares, confidence = detector.predict_proba(data[1], method=method, return_confidence=True)
    assert shares.shape == (TEST_ROWS, 2) and shares.min() >= 0 and shares.max() <= 1
    assert_allclose(shares.sum(axis=1), 1)
    assert confidence.min() >= 0 and confidence.max() <= 1
    with pytest.raises(ValueError):
        detector.predict_proba(data[1], method="something")


def test_rejection(detector, data):
    labels, figures = detector.predict_with_rejection(data[1], return_stats=True)
    assert set(labels) <= {-2, 0, 1} and len(figures) == 3


def test_fit_predict(detector, data):
    twin = Kitsune(contamination=CONTAMINATION, epochs=10)
    assert_array_equal(twin.fit_predict(data[0]), detector.labels_)
    for scoring in ["roc_auc_score", "prc_n_score"]:
        assert twin.fit_predict_score(data[0], data[2], scoring=scoring) > 0
    with pytest.raises(NotImplementedError):
        twin.fit_predict_score(data[0], data[2], scoring="something")


def test_ranks(detector, data):
    scores = detector.decision_function(data[1])
    ranks = detector._predict_rank(data[1])
    assert (np.diff(ranks[np.argsort(scores)]) >= 0).all() and 0 <= ranks.min() and ranks.max() <= TRAINING_ROWS
    shares = detector._predict_rank(data[1], normalized=True)
    assert_array_equal(np.argsort(shares, kind="stable"), np.argsort(ranks, kind="stable"))
    assert 0 <= shares.min() and shares.max() <= 1


def test_clones_pickles_and_arguments(detector, data):
    new = clone(detector)
    assert new.get_params() == detector.get_params() and not hasattr(new, "decision_scores_")
    assert_array_equal(pickle.loads(pickle.dumps(detector)).predict(data[1]), detector.predict(data[1]))
    expected = {**kitnet.Kitsune().get_params(), "compression_rate": None}
    expected |= {"contamination": 0.1, "random_state": expected.pop("seed"), "score_kind": expected.pop("score"), "on_missing": "error"}
    assert Kitsune().get_params() == expected
    assert {name: argument.default for name, argument in inspect.signature(Kitsune).parameters.items()} == expected
    assert Kitsune(0.2).contamination == 0.2
    assert new.set_params(epochs=3).epochs == 3


def test_what_is_wrong_is_said(detector, data):
    with pytest.raises(ValueError, match="contamination must be in"):
        Kitsune(contamination=0.7)
    with pytest.raises(TypeError, match="unexpected keyword argument 'epoch'"):
        Kitsune(epoch=3)
    with pytest.raises(ValueError, match="epochs must be at least 1, but it is 0"):
        Kitsune(epochs=0).fit(data[0])
    with pytest.raises(ValueError, match="the array has 11 columns, but the model was trained on 12"):
        detector.predict(data[1][:, 1:])
    holes = np.where(data[0] > 7, np.nan, data[0])
    with pytest.raises(ValueError, match="NaN"):
        Kitsune().fit(holes)
    assert np.isfinite(Kitsune(epochs=1, on_missing="mean").fit(holes).decision_function(holes)).all()


def test_a_threshold_may_be_chosen_by_an_object(data):
    """As those of PyThresh, which PyOD takes in place of a share."""

    class AboveTheMean:
        def fit(self, scores):
            self.thresh_ = np.mean(scores)
            self.labels_ = self.predict(scores)

        def predict(self, scores):
            return (scores > self.thresh_).astype(int)

    detector = Kitsune(contamination=AboveTheMean(), epochs=1).fit(data[0])
    assert detector.threshold_ == detector.decision_scores_.mean() and set(detector.predict(data[1])) == {0, 1}


def test_a_line_that_imports_another_detector(data, capsys):
    """What is written for IForest runs with Kitsune, alone and beside others."""
    training, test, _, labels = data
    training, test = standardizer(training, test)
    scores = []
    for detector in [IForest, Kitsune]:
        chosen = detector(contamination=0.1, random_state=42)
        chosen.fit(training)
        assert chosen.predict(test).sum() >= 5
        evaluate_print(detector.__name__, labels, chosen.decision_function(test))
        scores.append(chosen.decision_function(test))
    assert "Kitsune ROC:" in capsys.readouterr().out
    assert roc_auc_score(labels, standardizer(np.transpose(scores)).mean(axis=1)) >= FLOOR


def test_others_wrap_it_and_save_it(detector, data, tmp_path):
    series = np.sin(np.arange(600) / 5.0)
    series[300] += 3.0
    wrapped = TimeSeriesOD(detector=Kitsune(epochs=5), window_size=20).fit(series)
    assert isinstance(wrapped.detector_, Kitsune) and abs(np.argmax(wrapped.decision_scores_) - 300) < 20
    save(detector, tmp_path / "detector.joblib")
    assert_array_equal(load(tmp_path / "detector.joblib", trusted=True).decision_function(data[1]), detector.decision_function(data[1]))


def test_the_example_of_the_readme_runs(data):
    names = {"rows": data[0]}
    exec(example("from kitnet.pyod import"), names)
    assert names["detector"].labels_.sum() == TRAINING_ROWS * CONTAMINATION
