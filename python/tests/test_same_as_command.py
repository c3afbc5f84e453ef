"""The same rows and seed give the same models and scores as the command, to the bit."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from conftest import NAMES, made_up, write_csv

from kitnet import Kitsune, Rows


def scores_of(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    scores = np.array([np.nan if line["score"] is None else line["score"] for line in lines], np.float32)
    return scores, [line.get("is_anomaly") for line in lines]


def test_an_array_and_a_file_make_the_same_model_and_the_same_scores(tmp_path, command, normal, others):
    write_csv(tmp_path / "train.csv", normal)
    write_csv(tmp_path / "test.csv", others)
    command("train", "train.csv", "--seed", "7", "--model", "model.safetensors")
    command("score", "test.csv", "scores.ndjson", "--model", "model.safetensors")
    kitsune = Kitsune(seed=7).fit(normal)
    assert kitsune.to_bytes() == (tmp_path / "model.safetensors").read_bytes()
    scores, verdicts = scores_of(tmp_path / "scores.ndjson")
    assert np.array_equal(kitsune.anomaly_scores(others), scores)
    assert kitsune.verdicts(others).tolist() == verdicts
    assert np.array_equal(Kitsune.load(tmp_path / "model.safetensors").anomaly_scores(tmp_path / "test.csv"), scores)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_table_and_a_file_make_the_same_model(tmp_path, command, normal, others, dtype):
    table = pa.table({name: column.astype(dtype) for name, column in zip(NAMES, normal.T)})
    pyarrow.parquet.write_table(table, tmp_path / "train.parquet")
    command("train", "train.parquet", "--model", "model.safetensors", "--epochs", "3")
    expected = (tmp_path / "model.safetensors").read_bytes()
    assert Kitsune(epochs=3).fit(table).to_bytes() == expected
    assert Kitsune(epochs=3).fit(tmp_path / "train.parquet").to_bytes() == expected
    assert Kitsune(epochs=3).fit(table.to_batches(max_chunksize=100)).to_bytes() == expected


def test_options_of_a_training_are_those_of_the_command(tmp_path, command, normal):
    write_csv(tmp_path / "train.csv", normal, NAMES)
    words = "--epochs 2 --hidden-ratio 0.5 --activation sigmoid --no-body --no-clamp --trim 0 --optimizer sgd --batch-size 64 --prototypes 20"
    command("train", "train.csv", "--exclude", "a0,b*", "--lags", "1", *words.split(), "--model", "model.safetensors")
    kitsune = Kitsune(
        epochs=2, hidden_ratio=0.5, activation="sigmoid", body_ratio=None, clamp=False, trim=0, optimizer="sgd", batch_size=64, prototypes=20
    )
    kitsune.fit(Rows(tmp_path / "train.csv", exclude=["a0", "b*"], lags=1))
    assert kitsune.to_bytes() == (tmp_path / "model.safetensors").read_bytes()


def test_missing_values_are_treated_alike(tmp_path, command):
    values = made_up(2_200, seed=3)
    values[5::50, 3] = np.nan
    table = pa.table({name: pa.array(column, from_pandas=True) for name, column in zip(NAMES, values.T)})
    pyarrow.parquet.write_table(table, tmp_path / "rows.parquet")
    for policy in ["mean", "drop"]:
        command("train", "rows.parquet", "--epochs", "2", "--on-missing", policy, "--model", "model.safetensors")
        command("score", "rows.parquet", "scores.ndjson", "--on-missing", policy, "--model", "model.safetensors")
        expected, verdicts = scores_of(tmp_path / "scores.ndjson")
        kitsune = Kitsune(epochs=2).fit(Rows(table, on_missing=policy))
        assert kitsune.to_bytes() == (tmp_path / "model.safetensors").read_bytes()
        # Nulls of a table and NaN of an array are the same.
        for rows in [table, values, values.astype(object).astype(float)]:
            scores = kitsune.anomaly_scores(Rows(rows, on_missing=policy))
            assert np.array_equal(scores, expected, equal_nan=True)
        assert np.isnan(scores).sum() == (44 if policy == "drop" else 0)
        assert kitsune.verdicts(Rows(table, on_missing=policy)).tolist() == [bool(verdict) for verdict in verdicts]


def test_figures_are_those_of_the_command(tmp_path, command, normal, others):
    labels = np.arange(400) >= 360
    kinds = ["odd" if label else "normal" for label in labels]
    write_csv(tmp_path / "train.csv", normal, NAMES)
    table = pa.table({**dict(zip(NAMES, others.T)), "label": kinds})
    pyarrow.parquet.write_table(table, tmp_path / "test.parquet")
    command("train", "train.csv", "--epochs", "2", "--model", "model.safetensors")
    told = command("evaluate", "test.parquet", "--label-column", "label", "--json", "--model", "model.safetensors")
    expected = json.loads(told)["sets"][0]
    kitsune = Kitsune.load(tmp_path / "model.safetensors")
    found = kitsune.evaluate(Rows(table, label_column="label"))
    assert found["roc_auc"]["value"] > 0.9
    assert found == {name: expected[name] for name in found}
    of_array = kitsune.evaluate(others, labels)
    assert of_array == {name: value for name, value in found.items() if name != "kinds"}


def test_a_calibration_is_that_of_the_command(tmp_path, command, normal):
    week = made_up(2_100, seed=9)
    write_csv(tmp_path / "train.csv", normal)
    write_csv(tmp_path / "week.csv", week)
    command("train", "train.csv", "--epochs", "2", "--model", "model.safetensors")
    command("calibrate", "week.csv", "--alert-rate", "0.02", "--model", "model.safetensors", "--output", "other.safetensors")
    kitsune = Kitsune.load(tmp_path / "model.safetensors")
    before = kitsune.threshold
    kitsune.calibrate(week, alert_rate=0.02)
    assert kitsune.to_bytes() == (tmp_path / "other.safetensors").read_bytes()
    assert kitsune.threshold != before


def test_reasons_are_those_of_the_command(tmp_path, command, named, others):
    named.save(tmp_path / "model.safetensors")
    write_csv(tmp_path / "test.csv", others, NAMES)
    command("score", "test.csv", "scores.ndjson", "--explain", "2", "--threshold", "none", "--model", "model.safetensors")
    lines = [json.loads(line) for line in (tmp_path / "scores.ndjson").read_text().splitlines()]
    found = named.reasons(pa.table(dict(zip(NAMES, others.T))), 2)
    assert len(found) == len(lines)
    for reasons, line in zip(found, lines):
        assert [reason.name for reason in reasons] == [line["reason_1"], line["reason_2"]]
    assert found[-1][0].value == others[-1][found[-1][0].feature]


def test_a_model_of_the_command_is_trained_further(tmp_path, command, normal):
    more = made_up(2_100, seed=5)
    write_csv(tmp_path / "train.csv", normal)
    write_csv(tmp_path / "more.csv", more)
    command("train", "train.csv", "--epochs", "2", "--model", "first.safetensors")
    command("train", "more.csv", "--epochs", "2", "--from", "first.safetensors", "--model", "second.safetensors")
    first = Kitsune.load(tmp_path / "first.safetensors")
    second = Kitsune(epochs=2).fit(more, initial=first)
    assert second.to_bytes() == (tmp_path / "second.safetensors").read_bytes()


def test_a_threshold_for_hosts_says_nothing_about_rows_without_senders(tmp_path, command, normal, others):
    lines = [",".join([*NAMES, "time", "source"])]
    lines += [",".join([*(repr(float(value)) for value in row), str(number), "192.0.2.5"]) for number, row in enumerate(normal)]
    (tmp_path / "train.csv").write_text("\n".join(lines) + "\n")
    command("train", "train.csv", "--exclude", "time,source", "--epochs", "2", "--model", "model.safetensors")
    command("calibrate", "train.csv", "--exclude", "time,source", "--pool", "host", "--model", "model.safetensors")
    pooled = Kitsune.load(tmp_path / "model.safetensors")
    rows, ordinary = (pa.table(dict(zip(NAMES, values.T))) for values in (others, normal))
    scores = pooled.anomaly_scores(rows)
    with pytest.raises(ValueError, match="one for the scores of hosts"):
        pooled.verdicts(rows)
    with pytest.raises(ValueError, match="one for the scores of hosts"):
        pooled.verdicts(rows, alert_rate=0.05)
    assert np.array_equal(pooled.verdicts(rows, threshold=2.0), scores >= 2.0)
    assert pooled.calibrate(ordinary).verdicts(rows).any()
