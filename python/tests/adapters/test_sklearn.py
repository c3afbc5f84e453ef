"""`kitnet.sklearn` with scikit-learn: see `requirements-sklearn.txt`."""

import inspect
import os
import pickle
import subprocess
import sys

# scikit-learn skips one of its checks without it.
os.environ["SCIPY_ARRAY_API"] = "1"

import joblib
import numpy as np
import pandas as pd
import pytest
from conftest import NAMES, example
from sklearn.base import clone
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import kitnet
from kitnet.sklearn import Kitsune


@parametrize_with_checks([Kitsune(epochs=2), Kitsune(epochs=2, contamination=0.1, on_missing="mean")])
def test_it_is_an_estimator(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def estimator(normal):
    return Kitsune(epochs=2).fit(normal)


def test_kitnet_does_not_import_it():
    subprocess.run([sys.executable, "-c", "import sys, kitnet; sys.exit('sklearn' in sys.modules)"], check=True)


def test_scores_and_verdicts_are_those_of_kitnet(estimator, fitted, others):
    assert estimator.kitsune_.to_bytes() == fitted.to_bytes()
    assert np.array_equal(-estimator.score_samples(others).astype(np.float32), fitted.anomaly_scores(others))
    verdicts = fitted.verdicts(others)
    assert verdicts.any() and not verdicts.all()
    assert np.array_equal(estimator.predict(others), np.where(verdicts, -1, 1))


def test_a_row_at_the_threshold_is_an_outlier(estimator, fitted, others):
    at = np.float64(np.float32(fitted.threshold))
    assert -at - estimator.offset_ < 0 <= -np.float64(np.nextafter(np.float32(at), np.float32(0))) - estimator.offset_


def test_few_rows_have_the_threshold_that_they_can_have(normal):
    estimator = Kitsune(epochs=1).fit(normal[:50])
    assert estimator.decision_function(normal[:50]).min() == 0 and (estimator.predict(normal[:50]) == 1).all()
    assert estimator.predict(100.0 * normal[:1]) == [-1]
    by_log_normal = Kitsune(epochs=1, threshold="log-normal").fit(normal[:50])
    assert by_log_normal.offset_ == pytest.approx(-by_log_normal.kitsune_.threshold, rel=1e-6)
    with pytest.raises(ValueError, match="needs the scores of 9999 normal rows"):
        Kitsune(epochs=1, alert_rate=1e-4, hold_out=0.5).fit(np.tile(normal, (4, 1)))


def test_a_share_of_the_training_rows_are_outliers(normal):
    for share in [0.01, 0.1, 0.5]:
        assert np.mean(Kitsune(epochs=1, contamination=share).fit_predict(normal) == -1) == pytest.approx(share, abs=1e-3)


def test_arguments_are_the_hyper_parameters_with_their_defaults():
    signature = inspect.signature(Kitsune)
    defaults = {name: argument.default for name, argument in signature.parameters.items()}
    expected = {**kitnet.Kitsune().get_params(), "compression_rate": None}
    expected |= {"contamination": "auto", "random_state": expected.pop("seed"), "score_kind": expected.pop("score"), "on_missing": "error"}
    assert defaults == expected == Kitsune().get_params()
    assert all(argument.kind is argument.KEYWORD_ONLY for argument in signature.parameters.values())
    assert repr(Kitsune(epochs=3, contamination=0.2)) == "Kitsune(contamination=0.2, epochs=3)"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"contamination": 0.6}, "contamination must be 'auto' or a number above 0 and at most 0.5, but it is 0.6"),
        ({"contamination": "some"}, "but it is 'some'"),
        ({"on_missing": "drop"}, "each row needs a score"),
        ({"epochs": 0}, "epochs must be at least 1, but it is 0"),
        ({"random_state": "now"}, "'now' cannot be used to seed"),
        ({"backend": "abacus"}, 'this build has no backend "abacus"'),
    ],
)
def test_arguments_are_checked_by_the_training(arguments, words, normal):
    estimator = Kitsune(**arguments)
    with pytest.raises(ValueError, match=words):
        estimator.fit(normal)


def test_an_unknown_argument_is_refused():
    for name in ["epoch", "seed", "score"]:
        with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
            Kitsune(**{name: 3})
    with pytest.raises(ValueError, match="Invalid parameter 'epoch'"):
        Kitsune().set_params(epoch=3)


def test_a_random_state_is_a_seed_or_draws_one(normal, others):
    def scores(random_state):
        return Kitsune(epochs=1, random_state=random_state).fit(normal[:500]).score_samples(others)

    assert np.array_equal(scores(3), scores(np.int64(3)))
    assert np.array_equal(scores(np.random.RandomState(1)), scores(np.random.RandomState(1)))
    assert not np.array_equal(scores(None), scores(None))


def test_frames_have_names(normal, others):
    frame = pd.DataFrame(normal, columns=NAMES)
    estimator = Kitsune(epochs=1).fit(frame)
    assert estimator.feature_names_in_.tolist() == NAMES and estimator.n_features_in_ == 12
    reasons = estimator.reasons(pd.DataFrame(others[-5:], columns=NAMES), 2)
    assert [len(found) for found in reasons] == [2] * 5
    assert all(reason.name == NAMES[reason.feature] for found in reasons for reason in found)
    with pytest.raises(ValueError, match="feature names should match"):
        estimator.predict(frame[NAMES[::-1]])
    assert Kitsune(epochs=1).fit(normal).reasons(others[-1:], 1)[0][0].name.startswith("column ")


def test_missing_values_are_what_they_are_said_to_be(normal, others):
    holes = normal.copy()
    holes[5::50, 3] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        Kitsune(epochs=1).fit(holes)
    for policy in ["mean", 0.5]:
        estimator = Kitsune(epochs=1, on_missing=policy).fit(holes)
        scores = kitnet.Kitsune(epochs=1).fit(kitnet.Rows(holes, on_missing=policy)).anomaly_scores(kitnet.Rows(holes, on_missing=policy))
        assert np.array_equal(-estimator.score_samples(holes), scores) and np.isfinite(scores).all()
    with pytest.raises(ValueError, match="infinity"):
        Kitsune(epochs=1, on_missing="mean").fit(np.where(np.isnan(holes), np.inf, holes))


def test_float32_is_read_as_it_is(normal, others):
    small = normal.astype(np.float32)
    expected = kitnet.Kitsune(epochs=1).fit(small)
    assert Kitsune(epochs=1).fit(small).kitsune_.to_bytes() == expected.to_bytes()


def test_a_line_that_imports_another_detector(normal, others):
    """What is written for IsolationForest runs with Kitsune."""
    labels = np.arange(len(others)) >= 360
    for detector in [IsolationForest, Kitsune]:
        pipeline = make_pipeline(StandardScaler(), detector(random_state=1, contamination=0.05))
        pipeline.fit(normal)
        assert pipeline.predict(normal).mean() > 0 and (pipeline.predict(others[-40:]) == -1).any()
        area = roc_auc_score(labels, -pipeline.score_samples(others))
    assert area > 0.9


def test_hyper_parameters_are_searched_for_by_processes(normal, others):
    rows = pd.DataFrame(np.concatenate([normal[:600], others]), columns=NAMES)
    labels = np.where(np.arange(1_000) >= 960, -1, 1)
    folds = PredefinedSplit([-1] * 600 + [0] * 400)

    def area(estimator, rows, labels):
        return roc_auc_score(labels == -1, -estimator.score_samples(rows))

    grid = {"kitsune__epochs": [1, 4], "kitsune__hidden_ratio": [0.25, 0.75]}
    pipeline = make_pipeline(StandardScaler(), Kitsune())
    search = GridSearchCV(pipeline, grid, scoring=area, cv=folds, n_jobs=2).fit(rows, labels)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all() and search.best_score_ > 0.9
    best = search.best_estimator_.named_steps["kitsune"]
    assert best.kitsune_.get_params()["hidden_ratio"] == search.best_params_["kitsune__hidden_ratio"]


def test_pickles_files_and_clones(estimator, others, tmp_path):
    joblib.dump(estimator, tmp_path / "estimator.joblib")
    for twin in [pickle.loads(pickle.dumps(estimator)), joblib.load(tmp_path / "estimator.joblib")]:
        assert np.array_equal(twin.decision_function(others), estimator.decision_function(others))
    new = clone(estimator)
    assert new.get_params() == estimator.get_params() and not hasattr(new, "kitsune_")


def test_the_example_of_the_readme_runs(normal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"frame": pd.DataFrame(normal[:1_000], columns=NAMES)}
    exec(example("from kitnet.sklearn import"), names)
    assert names["detector"].predict(names["frame"]).tolist().count(-1) == 20
    assert kitnet.Kitsune.load(tmp_path / "kitsune.safetensors").features == 12
