"""What the estimators for scikit-learn and PyOD share: hyper-parameters as arguments of their own, which these libraries read off a constructor's signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ParamSpec

import numpy as np
import numpy.typing as npt

from kitnet import _kitnet
from kitnet._kitsune import Kitsune, SharedParameters
from kitnet._random_state import seed
from kitnet._rows import Rows

_Arguments = ParamSpec("_Arguments")


class EstimatorParameters(SharedParameters, total=False):
    """The hyper-parameters of a training that are arguments of an estimator, beside its ``random_state``."""

    #: The hyper-parameter ``score``, which is a method of estimators.
    score_kind: str


_KNOWN = _kitnet.default_hyper_parameters()
# The hidden units have two names, of which one may be given.
_DEFAULTS: dict[str, Any] = {name: _KNOWN[name] for name in SharedParameters.__annotations__}
_DEFAULTS |= {"compression_rate": None, "score_kind": _KNOWN["score"]}


def spelled_out(constructor: Callable[_Arguments, None]) -> Callable[_Arguments, None]:
    """Names each hyper-parameter in the signature of a constructor that takes them all, with its default."""
    signature = inspect.signature(constructor)
    own = [argument for argument in signature.parameters.values() if argument.kind is not inspect.Parameter.VAR_KEYWORD]
    each = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default) for name, default in _DEFAULTS.items()]
    setattr(constructor, "__signature__", signature.replace(parameters=own + each))
    return constructor


def keep(estimator: Any, hyper_parameters: EstimatorParameters) -> None:
    """Makes each hyper-parameter an attribute of an estimator, unchanged and unchecked, as scikit-learn wants it: it is checked by the training."""
    unknown = next((name for name in hyper_parameters if name not in _DEFAULTS), None)
    if unknown is not None:
        raise TypeError(f"{type(estimator).__name__}.__init__() got an unexpected keyword argument {unknown!r}")
    for name, default in _DEFAULTS.items():
        setattr(estimator, name, hyper_parameters.get(name, default))


def trained(estimator: Any, values: npt.NDArray[Any]) -> Kitsune:
    """A detector of the hyper-parameters of an estimator, trained on rows."""
    shared: Any = {name: getattr(estimator, name) for name in SharedParameters.__annotations__}
    kitsune = Kitsune(score=estimator.score_kind, seed=seed(estimator.random_state), backend=estimator.backend, **shared)
    return kitsune.fit(rows(estimator, values))


def rows(estimator: Any, values: npt.NDArray[Any]) -> Rows:
    """Rows whose missing values are treated as an estimator is told to."""
    return Rows(values, on_missing=estimator.on_missing)


def scores(estimator: Any, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The scores of rows: higher is stranger."""
    kitsune: Kitsune = estimator.kitsune_
    return kitsune.anomaly_scores(rows(estimator, values)).astype(np.float64)


def admitted(estimator: Any) -> dict[str, Any]:
    """What scikit-learn's checks of rows let through: float32 stays what it is, and values may be missing if an estimator is told what they are."""
    on_missing = estimator.on_missing
    if on_missing == "drop":
        raise ValueError("on_missing must be 'error', 'mean' or a number, but it is 'drop': each row needs a score")
    return {
        "dtype": [np.float64, np.float32],
        "ensure_all_finite": True if on_missing == "error" else "allow-nan",
    }
