"""Errors are exceptions that say what is wrong and what to do."""

import re

import numpy as np
import pyarrow as pa
import pytest
from conftest import NAMES

import kitnet
from kitnet import Kitsune, NotFittedError, Rows


def refused(error, words):
    return pytest.raises(error, match=re.escape(words))


@pytest.mark.parametrize(
    ("hyper_parameters", "error", "words"),
    [
        ({"hidden_rate": 0.5}, TypeError, "there is no hyper-parameter 'hidden_rate'"),
        ({"epochs": 0}, ValueError, "epochs must be at least 1, but it is 0"),
        ({"epochs": -1}, ValueError, "epochs: "),
        ({"epochs": "many"}, TypeError, "epochs: "),
        ({"activation": "relu"}, ValueError, 'activation: "relu" is no activation: it must be tanh or sigmoid'),
        ({"dropout": 1.5}, ValueError, "dropout must be at least 0 and below 1, but it is 1.5"),
        ({"compression_rate": 0.5, "hidden_ratio": 0.5}, TypeError, "give one of them"),
    ],
)
def test_hyper_parameters_are_checked_at_once(hyper_parameters, error, words):
    with pytest.raises(error) as raised:
        Kitsune(**hyper_parameters)
    assert words.replace("'", '"') in str(raised.value)


def test_backends_and_files(tmp_path, normal):
    assert "ndarray" in kitnet.backends()
    with refused(ValueError, 'this build has no backend "abacus"'):
        Kitsune(backend="abacus").fit(normal)
    for backend in {"wgpu", "cuda"}.difference(kitnet.backends()):
        with refused(ValueError, f'Build one that has it: pip install ./python -C build-args="--features {backend}"'):
            Kitsune(backend=backend).fit(normal)
    with refused(FileNotFoundError, "nowhere.safetensors"):
        Kitsune.load(tmp_path / "nowhere.safetensors")
    (tmp_path / "other.safetensors").write_bytes(b"no model")
    with refused(ValueError, "other.safetensors"):
        Kitsune.load(tmp_path / "other.safetensors")
    with pytest.raises(ValueError):
        Kitsune.from_bytes(b"")
    with refused(FileNotFoundError, "nowhere.csv"):
        Kitsune().fit(tmp_path / "nowhere.csv")
    with refused(ValueError, "holds no files"):
        (tmp_path / "empty").mkdir()
        Kitsune().fit(tmp_path / "empty")
    with refused(OSError, "cannot"):
        Kitsune(epochs=1).fit(normal).save(tmp_path)


def test_a_file_is_refused_by_line_and_column(tmp_path):
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n3,x\n")
    with refused(ValueError, 'rows.csv, line 3, column 1 (b): "x" is not a number'):
        Kitsune().fit(tmp_path / "rows.csv")
    with refused(ValueError, "columns: there is no column c"):
        Kitsune().fit(Rows(tmp_path / "rows.csv", columns="c"))


def test_models_and_rows_must_fit(fitted, named, others):
    with refused(ValueError, "the array has 11 columns, but the model was trained on 12"):
        fitted.anomaly_scores(others[:, 1:])
    table = pa.table(dict(zip(NAMES, others.T)))
    with refused(ValueError, "the data lack columns that the model was trained on: there is no column b1 in the table"):
        named.anomaly_scores(table.drop_columns(["b1"]))
    with refused(ValueError, "the table: the model needs b1, which columns or exclude leaves out"):
        named.anomaly_scores(Rows(table, exclude="b1"))
    with refused(ValueError, "the model was trained with lags 0, and cannot have lags 2"):
        named.anomaly_scores(Rows(table, lags=2))
    with refused(NotFittedError, "this detector has no model yet: call fit, or load one"):
        Kitsune().anomaly_scores(others)
    with refused(ValueError, "there are 3 labels for 400 rows"):
        fitted.evaluate(others, [True, False, True])
    with refused(ValueError, "labels must be one number or bool for each row"):
        fitted.evaluate(others, ["normal"] * 400)
    with refused(ValueError, '"quantiles" is no'):
        fitted.verdicts(others, threshold="quantiles")
    with refused(TypeError, "alert_rate goes with a threshold that is fitted"):
        fitted.verdicts(others, threshold=1.0, alert_rate=0.1)


def test_rows_that_are_none(fitted, others):
    for rows, error, words in [
        (others[0], ValueError, "a single row is row.reshape(1, -1)"),
        (others[None], ValueError, "the shape (1, 400, 12)"),
        (others.astype(complex), ValueError, "the dtype complex128"),
        (others.astype(str), ValueError, "rows must be numbers"),
        (others.astype("O"), ValueError, "the dtype object"),
        (3, TypeError, "but not int"),
        ({"a": [1]}, TypeError, "but not dict"),
        (b"rows.csv", TypeError, "but not bytes"),
        (pa.array([1.0, 2.0]), ValueError, "it has no columns, but values alone"),
        ([], ValueError, "the shape (0,)"),
        (np.zeros((3, 0)), ValueError, "the rows have no columns"),
    ]:
        with refused(error, words):
            fitted.anomaly_scores(rows)
    with pytest.raises(TypeError, match="unexpected keyword argument 'colums'"):
        Rows(others, colums="a")
    with refused(ValueError, "on_missing: "):
        fitted.anomaly_scores(Rows(others, on_missing="guess"))


def test_what_an_iterator_raises_is_raised(fitted, others):
    class Broken(Exception):
        pass

    def parts():
        yield others
        raise Broken("the line is dead")

    for call in [fitted.anomaly_scores, Kitsune(epochs=1).fit, fitted.reasons]:
        with refused(Broken, "the line is dead"):
            call(parts())


def test_too_few_rows_are_refused(others):
    for rows in [others[:1], others[:0]]:
        with pytest.raises(ValueError):
            Kitsune(epochs=1).fit(rows)


def test_a_producer_that_fails_says_why(named):
    schema = pa.schema([(name, pa.float64()) for name in NAMES])

    def batches():
        raise OSError("the table is gone")
        yield

    with pytest.raises(ValueError, match="the table cannot be read.*the table is gone"):
        named.anomaly_scores(pa.RecordBatchReader.from_batches(schema, batches()))


def test_an_interrupted_fit_keeps_the_model(normal, others):
    kitsune = Kitsune(epochs=1).fit(normal)
    before = kitsune.to_bytes()
    with pytest.raises(ValueError):
        kitsune.fit(others[:1])
    assert kitsune.to_bytes() == before


def test_no_panic_crosses():
    # Lists that are too wide for names make Polars or us refuse, and an aborted process would end this one.
    wide = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(1 << 20)), 1 << 19)
    with pytest.raises(ValueError, match="elements together"):
        Kitsune().fit(pa.table({"list": wide}))


def test_labels_must_be_known(fitted, others):
    labels = np.zeros(len(others))
    labels[3] = np.nan
    with refused(ValueError, "labels must be known, but 1 are NaN"):
        fitted.evaluate(others, labels)
