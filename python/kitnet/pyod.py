"""Kitsune as a detector of PyOD (3.6 or newer).

``from kitnet.pyod import Kitsune as IForest`` is a migration.
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
import numpy.typing as npt
from pyod.models.base import BaseDetector
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from kitnet._estimator import EstimatorParameters, admitted, keep, scores, spelled_out, trained

__all__ = ["Kitsune"]


class Kitsune(BaseDetector):  # type: ignore[misc, unused-ignore]
    """An outlier detector with the signs of PyOD: higher is stranger, and an outlier is 1.

    Parameters
    ----------
    contamination : float in (0, 0.5], default=0.1
        The share of the training rows that are outliers, which makes the threshold.
    random_state : int, RandomState instance or None, default=0
        The seed, or what draws it.
    on_missing : "error", "mean" or float, default="error"
        What NaN is: an error, the mean of the training rows, or a number.
    backend : str, default="ndarray"
        One of ``kitnet.backends()``.
    **hyper_parameters
        Those of :class:`kitnet.Kitsune`, by the same names and with the same defaults, but ``score``, which is ``score_kind``, and ``seed``.

    Attributes
    ----------
    kitsune_ : kitnet.Kitsune
        The trained detector, which can be saved, and be scored with by the command.
    decision_scores_ : ndarray of shape (n_samples,)
        The scores of the training rows.
    threshold_ : float
        The score that outliers exceed.
    labels_ : ndarray of shape (n_samples,)
        0 or 1 for each of the training rows.
    """

    @spelled_out
    def __init__(
        self,
        contamination: float = 0.1,
        *,
        random_state: int | np.random.RandomState | None = 0,
        on_missing: str | float = "error",
        backend: str = "ndarray",
        **hyper_parameters: Unpack[EstimatorParameters],
    ):
        super().__init__(contamination=contamination)
        self.random_state = random_state
        self.on_missing = on_missing
        self.backend = backend
        keep(self, hyper_parameters)

    def fit(self, X: Any, y: Any = None) -> Kitsune:
        """Trains on rows. ``y`` is ignored."""
        values = check_array(X, ensure_min_samples=2, estimator=self, **admitted(self))
        self._set_n_classes(y)
        self.kitsune_ = trained(self, values)
        self.decision_scores_ = scores(self, values)
        self._process_decision_scores()
        return self

    def decision_function(self, X: Any) -> npt.NDArray[np.float64]:
        """The scores of Kitsune: higher is stranger."""
        check_is_fitted(self, ["decision_scores_", "threshold_", "labels_"])
        return scores(self, check_array(X, estimator=self, **admitted(self)))
