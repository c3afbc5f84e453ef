"""Kitsune for DataFrames of Spark.

``score(df, model)`` scores the rows of a DataFrame on the executors, which need this package, too. The scores are those of the command and of
:meth:`kitnet.Kitsune.anomaly_scores`, to the bit, whatever the partitions are.
"""

from kitnet.spark._columns import Features
from kitnet.spark._score import score

__all__ = ["Features", "score"]
