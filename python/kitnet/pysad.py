"""KitNET as a model of pysad (0.7 or newer), with the arguments of pysad's own.

``from kitnet.pysad import KitNet`` in place of ``from pysad.models import KitNet`` is the migration.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pysad.core.base_model import BaseModel

from kitnet._online import OnlineKitsune
from kitnet._random_state import seed

__all__ = ["KitNet"]


class KitNet(BaseModel):  # type: ignore[misc, unused-ignore]
    """Scores each instance by an ensemble of small autoencoders that learned from the first ones (Mirsky et al., 2018).

    It is :class:`kitnet.OnlineKitsune`, whose scores have another unit than those of pysad's model. Instances of both grace periods have the score 0. From
    then on the model only scores.

    Args:
        max_size_ae (int): The most features that an autoencoder sees (Default=10).
        grace_feature_mapping (int or None): The instances that show which features go together. ``None`` takes as many as train (Default=100).
        grace_anomaly_detector (int): The instances that train (Default=1000).
        learning_rate (float): The step of each instance (Default=0.1).
        hidden_ratio (float): The hidden units for each feature of an autoencoder (Default=0.75).
        random_state (int, np.random.RandomState or None): The seed of the weights, or what draws it (Default=None).
    """

    def __init__(
        self,
        max_size_ae: int = 10,
        grace_feature_mapping: int | None = 100,
        grace_anomaly_detector: int = 1000,
        learning_rate: float = 0.1,
        hidden_ratio: float = 0.75,
        random_state: int | np.random.RandomState | None = None,
    ):
        self.max_size_ae = max_size_ae
        self.grace_feature_mapping = grace_feature_mapping
        self.grace_anomaly_detector = grace_anomaly_detector
        self.learning_rate = learning_rate
        self.hidden_ratio = hidden_ratio
        self.random_state = random_state
        self._online: OnlineKitsune | None = None

    def fit_partial(self, X: npt.NDArray[Any], y: int | None = None) -> KitNet:
        """Learns from the next instance, if that is one of a grace period. ``y`` is ignored."""
        return self.fit(_row(X))

    def score_partial(self, X: npt.NDArray[Any]) -> float:
        """The score of an instance, from which nothing is learned: higher is stranger, and 0 during the grace periods."""
        return float(self.score(_row(X))[0])

    def fit(self, X: npt.NDArray[Any], y: npt.NDArray[Any] | None = None) -> KitNet:
        """Learns from instances, in their order."""
        self._process(X[: self._instances_to_learn()])
        return self

    def score(self, X: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """The scores of instances, from which nothing is learned."""
        if self._online is None or self._instances_to_learn():
            return np.zeros(len(X))
        return self._online.score(X)

    def fit_score(self, X: npt.NDArray[Any], y: npt.NDArray[Any] | None = None) -> npt.NDArray[np.float64]:
        """The score of each instance before the model learns from it."""
        return np.nan_to_num(self._process(X), nan=0.0)

    def _process(self, X: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Learns from instances of the grace periods, whose scores are NaN, and scores the others."""
        if len(X) == 0:
            return np.zeros(0)
        self._online = self._online or OnlineKitsune(
            mapper_grace=self._mapper_grace(),
            train_grace=self.grace_anomaly_detector,
            max_features_per_cluster=self.max_size_ae,
            learning_rate=self.learning_rate,
            hidden_ratio=self.hidden_ratio,
            seed=seed(self.random_state),
        )
        return self._online.process(X)

    def _mapper_grace(self) -> int:
        return self.grace_anomaly_detector if self.grace_feature_mapping is None else self.grace_feature_mapping

    def _instances_to_learn(self) -> int:
        if self._online is None:
            return self._mapper_grace() + self.grace_anomaly_detector
        phase, left = self._online.state
        return {"mapping": left + self.grace_anomaly_detector, "training": left}.get(phase, 0)


def _row(X: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """An instance as the only one of a matrix."""
    if np.ndim(X) != 1:
        raise ValueError(f"an instance must be an array of one dimension, but it has the shape {np.shape(X)}")
    return np.reshape(X, (1, -1))
