"""`kitnet.pysad` with pysad: see `requirements-pysad.txt`."""

import inspect
import pickle

import numpy as np
import pysad.models
import pytest
from conftest import example, made_up
from pysad.core.base_model import BaseModel
from pysad.evaluation import AUROCMetric
from pysad.transform.postprocessing import RunningAveragePostprocessor
from pysad.transform.probability_calibration import ConformalProbabilityCalibrator
from pysad.utils import ArrayStreamer, fix_seed


from kitnet import OnlineKitsune
from kitnet.pysad import KitNet

GRACES = {"grace_feature_mapping": 200, "grace_anomaly_detector": 800}

# What is written for pysad's own model, as pysad's documentation has it.
PROGRAM = """
from pysad.models import KitNet

model = KitNet(10, grace_feature_mapping=200, grace_anomaly_detector=800, random_state=61)
area, postprocessor, calibrator = AUROCMetric(), RunningAveragePostprocessor(window_size=2), ConformalProbabilityCalibrator()
scores = []
for instance, label in ArrayStreamer(shuffle=False).iter(rows, labels):
    score = model.fit_score_partial(instance)
    scores.append(score)
    calibrator.fit_transform_partial(postprocessor.fit_transform_partial(score))
    if len(scores) > 1_000:
        area.update(label, score)
"""
IMPORT = "from pysad.models import KitNet"


@pytest.fixture(scope="module")
def stream():
    rows, labels = made_up(1_700), np.zeros(1_700, int)
    strange = made_up(300, seed=1, anomalies=300)
    places = np.random.default_rng(0).permutation(500)
    rows[1_200:] = np.concatenate([rows[1_200:1_400], strange])[places]
    labels[1_200:] = (places >= 200).astype(int)
    return rows, labels


def scores_of(program, stream):
    names = {
        "rows": stream[0],
        "labels": stream[1],
        "AUROCMetric": AUROCMetric,
        "RunningAveragePostprocessor": RunningAveragePostprocessor,
        "ConformalProbabilityCalibrator": ConformalProbabilityCalibrator,
        "ArrayStreamer": ArrayStreamer,
    }
    exec(program, names)
    return np.array(names["scores"]), names["area"].get(), names["model"]


def test_one_line_is_the_migration(stream):
    theirs, their_area, their_model = scores_of(PROGRAM, stream)
    ours, our_area, our_model = scores_of(PROGRAM.replace(IMPORT, "from kitnet.pysad import KitNet"), stream)
    assert type(their_model) is pysad.models.KitNet and type(our_model) is KitNet
    assert len(ours) == len(theirs) == len(stream[0]) and np.isfinite(ours).all()
    assert our_area > 0.75 and our_area > their_area - 0.02


def test_its_arguments_are_those_of_pysad():
    ours, theirs = (inspect.signature(model).parameters for model in (KitNet, pysad.models.KitNet))
    assert list(ours) == list(theirs)
    assert [argument.default for argument in ours.values()] == [argument.default for argument in theirs.values()]
    assert [argument.kind for argument in ours.values()] == [argument.kind for argument in theirs.values()]
    assert issubclass(KitNet, BaseModel)


def test_an_instance_and_many_are_the_same(stream):
    rows = stream[0]
    by_instance, at_once, in_parts = (KitNet(**GRACES, random_state=3) for _ in range(3))
    expected = np.array([by_instance.fit_score_partial(row) for row in rows])
    assert np.array_equal(at_once.fit_score(rows), expected)
    assert np.array_equal(np.concatenate([in_parts.fit_score(part) for part in np.split(rows, [1, 150, 900, 1_300])]), expected)
    assert (expected[:1_000] == 0).all() and (expected[1_000:] > 0).all()
    assert np.array_equal(by_instance.score(rows), at_once.score(rows))
    assert np.array_equal(by_instance.score(rows)[1_000:], expected[1_000:])


def test_scores_are_those_of_kitnet(stream):
    rows = stream[0]
    online = OnlineKitsune(mapper_grace=200, train_grace=800, seed=3)
    assert np.array_equal(KitNet(**GRACES, random_state=3).fit_score(rows)[1_000:], online.process(rows)[1_000:])


def test_only_a_fit_learns_and_only_during_the_grace_periods(stream):
    rows = stream[0]
    model, twin = (KitNet(**GRACES, random_state=3) for _ in range(2))
    assert model.score_partial(rows[0]) == 0.0 and model.score(rows).tolist() == [0.0] * len(rows)
    assert model.fit(rows[:900]) is model
    assert model.score_partial(rows[0]) == 0.0
    for row in rows[900:]:
        assert model.fit_partial(row) is model
    assert type(model.score_partial(rows[0])) is float and model.score_partial(rows[0]) > 0
    assert np.array_equal(model.score(rows), twin.fit(rows[:1_000]).score(rows))


def test_no_mapping_grace_is_as_long_as_the_other(stream):
    rows = stream[0]
    model = KitNet(grace_feature_mapping=None, grace_anomaly_detector=400)
    assert np.flatnonzero(model.fit_score(rows))[0] == 800


def test_seeds(stream):
    def scores(random_state):
        return KitNet(**GRACES, random_state=random_state).fit_score(stream[0]).tolist()

    assert scores(3) == scores(np.int64(3)) != scores(4)
    assert scores(np.random.RandomState(1)) == scores(np.random.RandomState(1)) != scores(None)
    fix_seed(61)
    first = scores(None)
    fix_seed(61)
    assert scores(None) == first


def test_a_pickle_goes_on(stream):
    rows = stream[0]
    model = KitNet(**GRACES, random_state=3).fit(rows[:700])
    twin = pickle.loads(pickle.dumps(model))
    assert np.array_equal(model.fit_score(rows[700:]), twin.fit_score(rows[700:]))


def test_what_is_wrong_is_said(stream):
    rows = stream[0]
    model = KitNet(**GRACES)
    with pytest.raises(ValueError, match="an instance must be an array of one dimension"):
        model.fit_partial(rows[:1])
    with pytest.raises(ValueError, match="NaN"):
        model.fit_partial(np.where(np.arange(12) == 3, np.nan, rows[0]))
    model.fit(rows)
    with pytest.raises(ValueError, match="11 columns"):
        model.score_partial(rows[0, 1:])
    with pytest.raises(ValueError, match="hidden_ratio must be in"):
        KitNet(hidden_ratio=1.5).fit_partial(rows[0])


def test_the_example_of_the_readme_runs(stream):
    names = {"stream": stream[0]}
    exec(example("from kitnet.pysad import"), names)
    assert names["score"] == KitNet(**GRACES, random_state=61).fit_score(stream[0])[-1] > 0
