"""The columns of a DataFrame that are kept beside the scores."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame
from pyspark.sql.pandas.types import to_arrow_type
from pyspark.sql.types import DataType, IntegerType, StructField, YearMonthIntervalType

from kitnet.spark._columns import Features, Names, chosen, column

#: An interval as a number, by which it passes through Arrow, which Spark's intervals of years and months do not.
_MONTHS = YearMonthIntervalType(YearMonthIntervalType.MONTH, YearMonthIntervalType.MONTH)


class Kept:
    """Columns that pass through the workers unchanged.

    Raises ``ValueError`` if the DataFrame lacks a column, or if it has a type that Arrow does not know.
    """

    def __init__(self, df: DataFrame, names: Sequence[str], features: Features):
        self._fields = [df.schema[name] for name in names]
        for field in self._fields:
            if not _is_interval(field.dataType):
                _check(field)
        #: Where the columns are among the selected ones: those that are features as they are pass once.
        self.positions: list[int] = []
        #: The columns that are selected beside the features.
        self.columns: list[Column] = []
        for field in self._fields:
            position = features.as_selected(field.name)
            if position is None:
                position = features.width + len(self.columns)
                self.columns.append(_passing(field))
            self.positions.append(position)

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [field.name for field in self._fields]

    @property
    def fields(self) -> list[StructField]:
        """The columns as they come from the workers."""
        return [_passed(field) for field in self._fields]

    def restored(self, df: DataFrame, results: Sequence[str]) -> DataFrame:
        """The columns with their own types, and the columns of results."""
        if not any(_is_interval(field.dataType) for field in self._fields):
            return df
        back = [
            column(field.name).cast(_MONTHS).cast(field.dataType).alias(field.name) if _is_interval(field.dataType) else column(field.name)
            for field in self._fields
        ]
        return df.select(*back, *map(column, results))


def taken(batch: pa.RecordBatch, positions: list[int]) -> list[pa.Array]:
    """The kept columns of a batch of what was selected."""
    return [batch.column(position) for position in positions]


def kept_names(df: DataFrame, keep: Names | bool | None, features: Features) -> list[str]:
    """The columns that an argument says to keep."""
    if keep is None:
        return chosen(df, [name for name in df.columns if name not in features.names], "keep")
    if isinstance(keep, bool):
        return chosen(df, None if keep else [], "keep")
    return chosen(df, keep, "keep")


def _check(field: StructField) -> None:
    try:
        to_arrow_type(field.dataType, timezone="UTC")
    except PySparkException:
        kind = field.dataType.simpleString()
        raise ValueError(
            f"keep: column {field.name} has the type {kind}, which Spark cannot hand to Python: leave it out of keep, or cast it to string before"
        ) from None


def _is_interval(kind: DataType) -> bool:
    return isinstance(kind, YearMonthIntervalType)


def _passing(field: StructField) -> Column:
    known = column(field.name)
    return known.cast(_MONTHS).cast(IntegerType()) if _is_interval(field.dataType) else known


def _passed(field: StructField) -> StructField:
    return StructField(field.name, IntegerType(), field.nullable) if _is_interval(field.dataType) else field
