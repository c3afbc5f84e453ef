"""The examples of the README run."""

from pathlib import Path

import numpy as np
from conftest import example


def test_the_first_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(example("ordinary = hidden"), names)
    kitsune, ordinary, strange = names["kitsune"], names["ordinary"], names["strange"]
    assert kitsune.anomaly_scores(strange).min() > kitsune.anomaly_scores(ordinary).mean()
    assert kitsune.verdicts(strange).all()
    assert [reasons[0].feature for reasons in kitsune.reasons(strange, 2)].count(7) >= 4
    assert (tmp_path / "kitsune.safetensors").exists()


def test_a_day_of_a_server_is_as_it_is_told(monkeypatch, capsys):
    monkeypatch.chdir(Path(__file__).parents[2])
    code, names = example("demo/train"), {}
    exec(code, names)
    kitsune, day, scores, flagged = (names[name] for name in ["kitsune", "day", "scores", "flagged"])
    assert np.array_equal(flagged, np.flatnonzero(kitsune.verdicts(day)))
    # Other processors round in other ways.
    assert len(scores) == 2_400 and abs(len(flagged) - 250) <= 5
    figures = kitsune.evaluate(day)
    assert figures["recall"]["value"] == 1 and abs(figures["precision"]["value"] - 0.96) < 0.02
    assert capsys.readouterr().out.splitlines() == [line[2:] for line in code.splitlines() if line.startswith("# ")]
    assert kitsune.verdicts(day, alert_rate=0.005).sum() <= len(flagged)
