"""Kitsune: an anomaly detector for numeric rows.

``Kitsune().fit(rows).anomaly_scores(rows)`` trains on rows and scores rows; a higher score means a stranger row. Rows are arrays of NumPy, tables of
whatever speaks Arrow (pyarrow, polars, pandas, DuckDB), iterators of these, or paths. ``Rows`` says how they are read, where that is not clear.
"""

from kitnet._kitnet import __version__, backends
from kitnet import packets
from kitnet._kitsune import HyperParameters, Kitsune, NotFittedError, Reason
from kitnet._mapper import FeatureMapper
from kitnet._online import Observations, OnlineKitsune, OnlineSettings
from kitnet._rows import Rows

__all__ = [
    "FeatureMapper",
    "HyperParameters",
    "Kitsune",
    "NotFittedError",
    "Observations",
    "OnlineKitsune",
    "OnlineSettings",
    "Reason",
    "Rows",
    "__version__",
    "backends",
    "packets",
]
