"""Kitsune as an estimator of scikit-learn (1.6 or newer).

``from kitnet.sklearn import Kitsune as IsolationForest`` is a migration.
"""

from __future__ import annotations

import numbers
from typing import Any, Literal, Unpack

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from kitnet._estimator import EstimatorParameters, admitted, keep, rows, scores, spelled_out, trained
from kitnet._kitsune import Reason

__all__ = ["Kitsune"]


class Kitsune(OutlierMixin, BaseEstimator):  # type: ignore[misc, unused-ignore]
    """An outlier detector with the signs of scikit-learn: lower is stranger, and an outlier is -1.

    Parameters
    ----------
    contamination : "auto" or float in (0, 0.5], default="auto"
        The share of the training rows that are outliers. With "auto" the threshold is Kitsune's own, which it fits to rows that it did not train on:
        ``alert_rate`` is the share of ordinary rows that are flagged. If there are fewer than ``1 / alert_rate`` training rows, what is stranger than
        all of them is an outlier.
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
        The trained detector, which can be saved, and be scored with by the command. Its features have no names: the command takes them by position.
    offset_ : float
        What ``decision_function`` subtracts from ``score_samples``.
    n_features_in_ : int
        The number of features.
    feature_names_in_ : ndarray of str
        Their names, if the training rows had names.
    """

    @spelled_out
    def __init__(
        self,
        *,
        contamination: float | Literal["auto"] = "auto",
        random_state: int | np.random.RandomState | None = 0,
        on_missing: str | float = "error",
        backend: str = "ndarray",
        **hyper_parameters: Unpack[EstimatorParameters],
    ):
        self.contamination = contamination
        self.random_state = random_state
        self.on_missing = on_missing
        self.backend = backend
        keep(self, hyper_parameters)

    def fit(self, X: Any, y: Any = None) -> Kitsune:
        """Trains on rows. ``y`` is ignored."""
        contamination = self.contamination
        is_share = isinstance(contamination, numbers.Real) and 0 < contamination <= 0.5
        if contamination != "auto" and not is_share:
            raise ValueError(f"contamination must be 'auto' or a number above 0 and at most 0.5, but it is {contamination!r}")
        values = validate_data(self, X, ensure_min_samples=2, **admitted(self))
        self.kitsune_ = trained(self, values)
        self.offset_ = self._offset(values)
        return self

    def _offset(self, values: npt.NDArray[Any]) -> float:
        """The offset that the training rows make."""
        if self.contamination != "auto":
            return float(np.percentile(-scores(self, values), 100.0 * self.contamination))
        try:
            threshold = np.float32(self.kitsune_.threshold)
        except ValueError:
            if len(values) * self.alert_rate >= 1:
                raise
            # These are too few rows for a rate.
            return float(np.min(-scores(self, values)))
        # A row that reaches the threshold is an anomaly, but one that reaches the offset is none.
        return -float(np.nextafter(threshold, np.float32(-np.inf)))

    def score_samples(self, X: Any) -> npt.NDArray[np.float64]:
        """The scores of Kitsune with their sign changed: lower is stranger."""
        return -scores(self, self._values(X))

    def decision_function(self, X: Any) -> npt.NDArray[np.float64]:
        """``score_samples`` less ``offset_``: negative for outliers."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> npt.NDArray[np.int_]:
        """-1 for outliers, and 1 for all other rows."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def reasons(self, X: Any, k: int = 3) -> list[list[Reason]]:
        """The strongest reasons for the score of each row, at most ``k``, by the names of the features."""
        values = self._values(X)
        found = self.kitsune_.reasons(rows(self, values), k)
        names = getattr(self, "feature_names_in_", None)
        if names is None:
            return found
        return [[reason._replace(name=str(names[reason.feature])) for reason in reasons] for reasons in found]

    def _values(self, X: Any) -> npt.NDArray[Any]:
        check_is_fitted(self)
        values: npt.NDArray[Any] = validate_data(self, X, reset=False, **admitted(self))
        return values

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.on_missing != "error"
        return tags
