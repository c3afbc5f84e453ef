"""The columns of a DataFrame that are features."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.ml.functions import vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.mllib.linalg import VectorUDT as OldVectorUDT
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BooleanType, ByteType, DataType, DecimalType, DoubleType, FloatType, NumericType, ShortType

Names = str | Sequence[str]

#: An element of an array, as a model names it.
_ELEMENT = re.compile(r"(.*)\[(\d+)\]", re.DOTALL)

#: The types of columns that kitnet computes with in single precision, if all features are of these: those of kitsune-data's `is_exact_in_f32` that Spark has.
_SINGLE = (BooleanType, ByteType, ShortType, FloatType)

#: The name of the array of all features. No column of a model has such a name, since a list is matched by position only if its elements have other names.
_PACKED = "the features, in the order of the model"


class Features:
    """Columns of a DataFrame that are features: numbers, arrays of numbers, and vectors of Spark ML.

    It selects them on the driver, and makes rows for kitnet of their batches in the workers, to which it is sent. An array gives as many features as it
    has elements, with the names ``column[0]``, ``column[1]`` and so on.

    Raises ``ValueError`` if the DataFrame lacks a column, has two of its name, or if the values are no numbers.
    """

    def __init__(self, df: DataFrame, columns: Names | None = None):
        #: The names of the columns, in their order.
        self.names = chosen(df, columns, "columns")
        self._types = {name: df.schema[name].dataType for name in self.names}
        others = [f"{name} ({kind.simpleString()})" for name, kind in self._types.items() if not _is_number(kind) and not _is_list(kind)]
        if others:
            raise ValueError(f"these columns of the DataFrame are not numbers and must be left out of columns: {', '.join(others)}")
        if not self.names:
            raise ValueError("columns names no column: a row needs a feature")
        #: The names of the columns that hold several features.
        self.lists = [name for name, kind in self._types.items() if _is_list(kind)]
        self._vectors = [name for name, kind in self._types.items() if isinstance(kind, (VectorUDT, OldVectorUDT))]
        #: The type of the numbers of the array that holds all features, if they are packed.
        self._packed: DataType | None = None

    def pack(self, names: Sequence[str] | None, kept: Sequence[str]) -> None:
        """Lets Spark hand over the features in one array, in the order of a model's names, if that gives kitnet the same numbers. Spark writes columns value by
        value, each to the memory of another column, and compiles no code for more than 100: an array takes it half the time."""
        # Spark makes other floats of decimals than kitnet does.
        if self.lists or any(isinstance(kind, DecimalType) for kind in self._types.values()):
            return
        # Features that are kept would be handed over twice.
        if 2 * len(set(self.names) & set(kept)) > len(self.names):
            return
        self.names = self.names if names is None else list(names)
        is_single = all(isinstance(self._types[name], _SINGLE) for name in self.names)
        self._packed = FloatType() if is_single else DoubleType()

    @property
    def width(self) -> int:
        """The number of selected columns that hold the features."""
        return len(self.names) if self._packed is None else 1

    def select(self, df: DataFrame, others: Sequence[Column] = ()) -> DataFrame:
        """The features and other columns, by position: their names are numbers. All that Spark is to hand to a worker must be selected, since a single
        column that Arrow does not know makes it fail before it hands over a row."""
        columns = [*self._expressions(), *others]
        return df.select(*(column.alias(str(position)) for position, column in enumerate(columns)))

    def rows(self, batch: pa.RecordBatch) -> pa.RecordBatch | np.ndarray[Any, Any]:
        """The features of a batch of what was selected, as rows that kitnet takes. No value is copied."""
        if self._packed is None:
            return pa.RecordBatch.from_arrays(batch.columns[: self.width], names=self.names)
        values = batch.column(0).flatten()
        if values.null_count:
            return pa.RecordBatch.from_arrays(batch.columns[: self.width], names=[_PACKED])
        # kitnet scores an array as it is, without the passes that a table takes.
        return values.to_numpy().reshape(batch.num_rows, len(self.names))

    def shown(self, column: int, name: str | None) -> str:
        """The name of a feature in the DataFrame, by its column in the rows and the name there."""
        if name is None:
            return self.names[column]
        element = None if self._packed is None else _ELEMENT.fullmatch(name)
        return name if element is None else self.names[int(element[2])]

    def as_selected(self, name: str) -> int | None:
        """The position of a column among the selected ones, if it is there as it is."""
        is_there = self._packed is None and name in self.names and name not in self._vectors
        return self.names.index(name) if is_there else None

    def _expressions(self) -> list[Column]:
        if self._packed is not None:
            # One call of Spark instead of several for each column, which take longer than planning the job.
            kind = self._packed.simpleString()
            return [F.expr(f"array({', '.join(f'CAST({_quoted(name)} AS {kind})' for name in self.names)})")]
        return [vector_to_array(column(name)) if name in self._vectors else column(name) for name in self.names]


def features_of(df: DataFrame, columns: Names | None, names: list[str] | None, count: int) -> Features:
    """The features for a model of ``count`` features, which have these names, if they have any."""
    if columns is None and names is not None:
        columns = list(dict.fromkeys(_holder(df, name) for name in names))
    features = Features(df, columns)
    if names is None:
        found = len(features.names)
        if not features.lists and found != count:
            columns_found = "1 column" if found == 1 else f"{found} columns"
            raise ValueError(f"columns names {columns_found}, but the model was trained on {count}")
    elif features.names != features.lists[:1]:
        # A list alone is matched by position.
        lacking = [name for name in names if name not in features.names and _list_of(name) not in features.lists]
        if lacking:
            raise ValueError(f"columns lacks features that the model was trained on: {', '.join(lacking)}")
    return features


def chosen(df: DataFrame, patterns: Names | None, argument: str) -> list[str]:
    """The columns that an argument names, by their names or by globs, each once and in this order; all columns by default."""
    found: list[str] = []
    for pattern in df.columns if patterns is None else [patterns] if isinstance(patterns, str) else patterns:
        if not isinstance(pattern, str):
            raise TypeError(f"{argument} takes names of columns, but not {type(pattern).__name__}")
        # A glob has no classes, since brackets are frequent in names.
        glob = pattern.replace("[", "[[]")
        matching = [pattern] if pattern in df.columns else [name for name in df.columns if fnmatchcase(name, glob)]
        if not matching:
            raise ValueError(f"{argument}: there is no column {pattern} in the DataFrame: the columns are {', '.join(df.columns)}")
        found += matching
    twice = next((name for name in found if df.columns.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{argument}: the DataFrame has several columns with the name {twice}: rename them")
    return list(dict.fromkeys(found))


def column(name: str) -> Column:
    """The column of this name, whatever characters it has."""
    return F.col(_quoted(name))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _holder(df: DataFrame, name: str) -> str:
    """The column that has a feature: of its name, or the list of which it is an element."""
    if name not in df.columns and _list_of(name) in df.columns:
        return str(_list_of(name))
    if name not in df.columns:
        raise ValueError(
            f"the data lack columns that the model was trained on: there is no column {name} in the DataFrame: the columns are {', '.join(df.columns)}"
        )
    return name


def _list_of(name: str) -> str | None:
    element = _ELEMENT.fullmatch(name)
    return None if element is None else element[1]


def _is_number(kind: DataType) -> bool:
    return isinstance(kind, (NumericType, BooleanType))


def _is_list(kind: DataType) -> bool:
    return isinstance(kind, (VectorUDT, OldVectorUDT)) or isinstance(kind, ArrayType) and _is_number(kind.elementType)
