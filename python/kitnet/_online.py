"""The detector that learns row by row."""

from __future__ import annotations

import os
from typing import Any, NamedTuple, TypedDict, Unpack

import numpy as np
import numpy.typing as npt

from kitnet import _kitnet
from kitnet._kitsune import Kitsune, NotFittedError
from kitnet._rows import opened


class OnlineSettings(TypedDict, total=False):
    """The settings of a detector. The documentation of the command's ``online`` says what each is for."""

    mapper_grace: int
    train_grace: int
    max_features_per_cluster: int
    compression_rate: float
    hidden_ratio: float
    learning_rate: float
    scaling: str
    bias: str
    score: str
    alert_rate: float
    threshold: float | None
    adapt: float | None
    seed: int


class Observations(NamedTuple):
    """What a detector says of rows. For rows of the grace period, and for those that were dropped, it says NaN and ``False``."""

    #: The score of each row: higher is stranger.
    scores: npt.NDArray[np.float64]
    #: Whether it is an anomaly.
    is_anomaly: npt.NDArray[np.bool_]
    #: The probability that a row of the end of the grace period scores at least as high.
    tail_probability: npt.NDArray[np.float64]
    #: Whether the row shows that the scores have changed: what is ordinary is no longer what it was.
    drift: npt.NDArray[np.bool_]


class OnlineKitsune:
    """A detector that learns from rows while they come, one at a time and in constant memory, as the authors of Kitsune have it.

    The first ``mapper_grace`` rows show which features belong together, the next ``train_grace`` rows train, each once; then rows are scored. Rows are what
    :class:`kitnet.Kitsune` takes; those of a call follow on those of the call before.
    """

    def __init__(self, **settings: Unpack[OnlineSettings]):
        _kitnet.check_settings(dict(settings))
        self._settings: dict[str, Any] = dict(settings)
        self._detector: _kitnet.Online | None = None

    def process(self, rows: Any) -> npt.NDArray[np.float64]:
        """Takes rows: learns from those of the grace period, whose score is NaN, and scores the others."""
        source = opened(rows, repeated=False)
        return np.array(self._started(source).process(source, False))

    def observe(self, rows: Any) -> Observations:
        """Takes rows as :meth:`process` does, decides, watches for changes, and learns by ``adapt``."""
        source = opened(rows, repeated=False)
        return Observations(*map(np.array, self._started(source).observe(source)))

    def score(self, rows: Any) -> npt.NDArray[np.float64]:
        """Scores rows, which is an error during the grace period, and learns nothing."""
        return np.array(self._known().process(opened(rows, repeated=False), True))

    def to_kitsune(self, *, backend: str = "ndarray") -> Kitsune:
        """The detector as it stands as an ordinary one, which scores rows in batches."""
        return Kitsune._of(self._known().to_model(backend))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Saves the state, with which :meth:`load` goes on to the bit, as ``kitsune online --resume`` does."""
        self._known().save(path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> OnlineKitsune:
        """The detector of a saved state."""
        return cls._of(_kitnet.Online.load(path))

    def to_bytes(self) -> bytes:
        """The bytes of the file that :meth:`save` writes."""
        return self._known().to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> OnlineKitsune:
        """The detector of the bytes of a saved state."""
        return cls._of(_kitnet.Online.from_bytes(bytes(data)))

    @property
    def state(self) -> tuple[str, int]:
        """What it does with the next row: mapping, training or executing; and how many rows of that are to come."""
        if self._detector is None:
            return ("mapping", int(self._settings.get("mapper_grace", 5_000)))
        return self._detector.state

    @property
    def rows(self) -> int:
        """The number of rows that it took."""
        return 0 if self._detector is None else self._detector.rows

    @property
    def features(self) -> int:
        """The number of features."""
        return self._known().features

    @property
    def columns(self) -> list[str] | None:
        """The names of the features, if the rows have names."""
        return self._known().columns

    @property
    def threshold(self) -> float | None:
        """The lowest score of an anomaly now; ``None`` during the grace period."""
        return None if self._detector is None else self._detector.threshold

    def _started(self, source: _kitnet.Input) -> _kitnet.Online:
        if self._detector is None:
            self._detector = _kitnet.Online.start(self._settings, source)
        return self._detector

    def _known(self) -> _kitnet.Online:
        if self._detector is None:
            raise NotFittedError("this detector has no rows yet: call process, or load one")
        return self._detector

    @classmethod
    def _of(cls, detector: _kitnet.Online) -> OnlineKitsune:
        online = cls()
        online._detector = detector
        return online

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_detector": None if self._detector is None else self._detector.to_bytes()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if state["_detector"] is not None:
            self._detector = _kitnet.Online.from_bytes(state["_detector"])
