"""Kitsune for DataFrames of Spark.

``fit(df)`` trains a detector, and ``score(df, model)`` scores rows, on the executors, which need this package, too. The scores of a model are those of the
command and of :meth:`kitnet.Kitsune.anomaly_scores`, to the bit, whatever the partitions are.
"""

from kitnet.spark._fit import fit
from kitnet.spark._score import score

__all__ = ["fit", "score"]
