"""The detector."""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Iterable
from typing import Any, NamedTuple, TypedDict, Unpack

import numpy as np
import numpy.typing as npt

from kitnet import _kitnet
from kitnet._progress import Progress, shown
from kitnet._rows import opened


class SharedParameters(TypedDict, total=False):
    """The hyper-parameters that estimators of scikit-learn and PyOD have by the same names."""

    max_features_per_cluster: int
    min_features_per_cluster: int
    map_distance: str
    compression_rate: float | None
    hidden_ratio: float | None
    activation: str
    error: str
    dropout: float
    head_input: str
    body_ratio: float | None
    body_units: int | None
    prototypes: int
    neighbours: int
    trim: float
    inputs: str
    clamp: bool
    excess: bool
    threshold: str
    hold_out: float
    alert_rate: float
    optimizer: str
    learning_rate: float | None
    schedule: str
    momentum: float
    clip_norm: float
    batch_size: int | None
    epochs: int | None
    sample_rows: int
    sample_bytes: int
    mapper_rows: int | None


class HyperParameters(SharedParameters, total=False):
    """The hyper-parameters of a training. The documentation of the command's ``train`` says what each is for."""

    score: str
    seed: int


class Reason(NamedTuple):
    """A feature that made a row look strange."""

    #: The name of the feature, or the number of its column.
    name: str
    #: Its index in the row.
    feature: int
    #: The first cluster that has the feature, if any has it.
    cluster: int | None
    #: The value of the row.
    value: float
    #: The value that the other features of its cluster let expect.
    expected: float
    #: The lowest and the highest value of the training rows, if the model knows them.
    lowest: float | None
    highest: float | None
    #: How far the value is from what is expected, in deviations over the training rows.
    deviations: float


class NotFittedError(ValueError, AttributeError):
    """The detector has no model yet."""


class Kitsune:
    """An anomaly detector that learns from rows what ordinary rows look like.

    The hyper-parameters are those of the command ``kitsune train``, by the same names with ``_`` for ``-``; :class:`HyperParameters` lists them.
    ``backend`` is one of :func:`kitnet.backends`.

    Rows are an array of NumPy [rows, features], a table of Arrow (pyarrow, polars, pandas, DuckDB), an iterator of either, or paths as the command takes
    them: files, folders, globs and URLs. :class:`kitnet.Rows` says how they are read. Columns with names are matched by name.
    """

    def __init__(self, *, backend: str = "ndarray", **hyper_parameters: Unpack[HyperParameters]):
        _kitnet.check_hyper_parameters(dict(hyper_parameters))
        self.backend = backend
        self._hyper_parameters: dict[str, Any] = dict(hyper_parameters)
        self._model: _kitnet.Model | None = None

    def fit(
        self,
        rows: Any,
        *,
        progress: Progress | bool | None = None,
        train_on: str = "normal",
        initial: Kitsune | None = None,
    ) -> Kitsune:
        """Trains a model on rows, and returns the detector.

        ``progress`` is called with a stage, how much of it is done, and how much there is, if that is known; ``True`` draws a bar of tqdm, as ``None`` does
        in a notebook. Rows with labels train if they are normal by these, or all with ``train_on="all"``. The training continues that of the detector
        ``initial``.
        """
        if train_on not in ("normal", "all"):
            raise ValueError(f"train_on must be 'normal' or 'all', but it is {train_on!r}")
        before = None if initial is None else initial._fitted()
        source = opened(rows, repeated=True)
        with shown(progress) as report:
            self._model = _kitnet.Model.train(
                self._hyper_parameters, self.backend, source, before, train_on == "normal", report
            )
        return self

    def anomaly_scores(self, rows: Any, *, score: str | None = None) -> npt.NDArray[np.float32]:
        """The score of each row: higher is stranger, and NaN where a row was dropped.

        ``score`` is one of combined, tails, body, prototypes, neighbours, marginals and head, instead of the model's own.
        """
        scores = self._fitted().scores(opened(rows, repeated=False), score)
        return np.frombuffer(scores, dtype=np.float32)

    def verdicts(
        self, rows: Any, *, score: str | None = None, threshold: str | float | None = None, alert_rate: float | None = None
    ) -> npt.NDArray[np.bool_]:
        """Whether each row is an anomaly: its score is at least the threshold.

        ``threshold`` is a number, or how it is fitted to the scores of normal rows (quantile, log-normal or peaks), and ``alert_rate`` the share of these
        that it flags, instead of the model's own.
        """
        lowest = self._fitted().threshold(score, threshold, alert_rate)
        return self.anomaly_scores(rows, score=score) >= np.float32(lowest)

    def reasons(self, rows: Any, k: int = 3) -> list[list[Reason]]:
        """The strongest reasons for the score of each row, at most ``k``, the strongest first."""
        model = self._fitted()
        names = model.feature_names
        found = model.reasons(opened(rows, repeated=False), k)
        return [[Reason(names[reason[0]], *reason) for reason in reasons] for reasons in found]

    def calibrate(
        self,
        rows: Any,
        *,
        threshold: str | None = None,
        alert_rate: float | None = None,
        progress: Progress | bool | None = None,
    ) -> Kitsune:
        """Fits the threshold, and the scale of the scores, to other normal rows, and returns the detector. Nothing is trained."""
        model = self._fitted()
        source = opened(rows, repeated=True)
        with shown(progress) as report:
            self._model = model.calibrated(source, threshold, alert_rate, report)
        return self

    def evaluate(
        self,
        rows: Any,
        labels: npt.ArrayLike | None = None,
        *,
        score: str | None = None,
        threshold: str | float | None = None,
        alert_rate: float | None = None,
        bootstrap: int = 200,
        seed: int = 0,
    ) -> dict[str, Any]:
        """How well the scores find the anomalies among rows: the figures of ``kitsune evaluate --json``.

        ``labels`` has a label for each row, which is true for an anomaly. Without it the rows have labels of their own:
        ``Rows(..., label_column="label")``. Intervals come from ``bootstrap`` replicates.
        """
        known = None if labels is None else _labels(labels)
        source = opened(rows, repeated=True)
        model = self._fitted()
        figures: dict[str, Any] = json.loads(
            model.evaluation(source, known, score, threshold, alert_rate, bootstrap, seed)
        )
        return figures

    def save(self, path: str | os.PathLike[str]) -> None:
        """Saves the model as a file, which the command reads as well."""
        self._fitted().save(path)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, backend: str = "ndarray") -> Kitsune:
        """Loads the model of a file, of the command as well."""
        return cls._of(_kitnet.Model.load(path, backend))

    def to_bytes(self) -> bytes:
        """The bytes of the file that :meth:`save` writes. Equal models have equal bytes."""
        return self._fitted().to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes, *, backend: str = "ndarray") -> Kitsune:
        """Loads a model from the bytes of its file."""
        return cls._of(_kitnet.Model.from_bytes(bytes(data), backend))

    @classmethod
    def from_torch(
        cls, path: str | os.PathLike[str], *, clusters: Iterable[Iterable[int]] | None = None, backend: str = "ndarray"
    ) -> Kitsune:
        """Makes a model of a checkpoint of the original in PyTorch, with the scores of that. Nothing that the file names is imported or called.

        ``clusters`` has the features of each tail, from 0 on, for a checkpoint that lacks them. The model takes rows as they are: scale them to 0-1, as for
        the original. It has no threshold until :meth:`calibrate` has seen normal rows.
        """
        known = None if clusters is None else [list(map(operator.index, cluster)) for cluster in clusters]
        return cls._of(_kitnet.Model.from_torch(path, known, backend))

    @property
    def features(self) -> int:
        """The number of features of the model."""
        return self._fitted().features

    @property
    def columns(self) -> list[str] | None:
        """The names of the features, if the training rows had names."""
        return self._fitted().columns

    @property
    def clusters(self) -> list[list[int]]:
        """The features that each tail of the model sees."""
        return self._fitted().clusters

    @property
    def threshold(self) -> float:
        """The lowest score of an anomaly."""
        return self._fitted().threshold(None, None, None)

    @property
    def summary(self) -> dict[str, Any]:
        """How the model was trained."""
        summary: dict[str, Any] = json.loads(self._fitted().summary)
        return summary

    @property
    def is_fitted(self) -> bool:
        """Whether there is a model."""
        return self._model is not None

    def get_params(self) -> dict[str, Any]:
        """All hyper-parameters, those that were not given as well, and the backend."""
        return {**_kitnet.default_hyper_parameters(), **_given(self._hyper_parameters), "backend": self.backend}

    def set_params(self, *, backend: str | None = None, **hyper_parameters: Unpack[HyperParameters]) -> Kitsune:
        """Replaces hyper-parameters, for the next training, and returns the detector."""
        changed = {**self._hyper_parameters, **hyper_parameters}
        # Two ways to say how many hidden units there are: the one that is given now takes the other's place.
        for name, other in [("hidden_ratio", "compression_rate"), ("compression_rate", "hidden_ratio")]:
            if hyper_parameters.get(name) is not None and other not in hyper_parameters:
                changed.pop(other, None)
        _kitnet.check_hyper_parameters(changed)
        self._hyper_parameters = changed
        self.backend = self.backend if backend is None else backend
        return self

    def _fitted(self) -> _kitnet.Model:
        if self._model is None:
            raise NotFittedError("this detector has no model yet: call fit, or load one")
        return self._model

    @classmethod
    def _of(cls, model: _kitnet.Model) -> Kitsune:
        kitsune = cls(backend=model.backend, **model.hyper_parameters)
        kitsune._model = model
        return kitsune

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state["_model"] = None if self._model is None else self._model.to_bytes()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self._model is not None:
            self._model = _kitnet.Model.from_bytes(state["_model"], self.backend)

    def __repr__(self) -> str:
        given = dict(self._hyper_parameters)
        if self.backend != "ndarray":
            given["backend"] = self.backend
        return f"Kitsune({', '.join(f'{name}={value!r}' for name, value in given.items())})"


def _given(hyper_parameters: dict[str, Any]) -> dict[str, Any]:
    """The hyper-parameters, of which one that is given takes the other's place."""
    if hyper_parameters.get("hidden_ratio") is not None:
        return {"compression_rate": None, **hyper_parameters}
    return hyper_parameters


def _labels(labels: npt.ArrayLike) -> list[bool]:
    known = np.asarray(labels)
    if known.ndim != 1 or known.dtype.kind not in "biuf":
        raise ValueError(
            f"labels must be one number or bool for each row, but they have the shape {known.shape} and the dtype {known.dtype}"
        )
    if np.isnan(known).any():
        raise ValueError(f"labels must be known, but {int(np.isnan(known).sum())} are NaN")
    return [bool(label) for label in known != 0]
