"""Rows as callers have them: arrays, tables of Arrow, iterators of these, and paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kitnet import _kitnet

_NAMES = str | Sequence[str] | None


class Rows:
    """Rows, and how they are read where that is not clear.

    Every method that takes rows takes them in this form as well. The options are those of the command:

    - ``columns``, ``exclude``: the columns that are features, or are none: names, globs (``"flow_*"``), or numbers from 0 (``"0-3"``).
    - ``label_column``: the column of labels, which is no feature; ``labels``: a file of labels; ``normal_label``: the labels of normal rows.
    - ``where``: conditions that rows must meet, such as ``"protocol=udp"``; ``lags``: the number of rows before each row whose values are features of it.
    - ``on_missing``: what happens to values that are missing (null, NaN, an empty cell) or infinite: ``"error"``, ``"drop"`` (the row), ``"mean"`` (of the
      training rows), or a number to put in their place. A row that was dropped has the score NaN.
    - ``missing_values``: further words and numbers that stand for a missing value.
    - Of files: ``file_format`` (csv, parquet, ndjson, ipc or capture), ``has_header``, ``delimiter``, ``decimal_comma``, ``comment``.
    - Of captures: ``statistics`` (100 or 115), ``max_streams``, ``inner``.

    A model remembers ``missing_values``, ``where``, ``lags``, ``decimal_comma``, ``normal_label`` and what is said of captures.
    """

    def __init__(
        self,
        source: Any,
        *,
        columns: _NAMES = None,
        exclude: _NAMES = None,
        label_column: str | int | None = None,
        labels: str | os.PathLike[str] | None = None,
        normal_label: _NAMES = None,
        where: _NAMES = None,
        lags: int | None = None,
        on_missing: str | float = "error",
        missing_values: _NAMES = None,
        file_format: str | None = None,
        has_header: bool | None = None,
        delimiter: str | None = None,
        decimal_comma: bool = False,
        comment: str | None = None,
        statistics: int | None = None,
        max_streams: int | None = None,
        inner: bool = False,
    ):
        self._source = source
        options = {
            "columns": _names(columns),
            "exclude": _names(exclude),
            "label_column": None if label_column is None else str(label_column),
            "labels": labels,
            "normal_label": _names(normal_label),
            "where": _names(where),
            "lags": lags,
            "on_missing": on_missing if isinstance(on_missing, str) else f"fill={float(on_missing)}",
            "missing_values": _names(missing_values),
            "file_format": file_format,
            "has_header": has_header,
            "delimiter": "\t" if delimiter == "tab" else delimiter,
            "decimal_comma": decimal_comma or None,
            "comment": comment,
            "statistics": statistics,
            "max_streams": max_streams,
            "inner": inner or None,
        }
        self._options = {name: value for name, value in options.items() if value is not None}

    def __repr__(self) -> str:
        options = "".join(f", {name}={value!r}" for name, value in self._options.items())
        return f"Rows({type(self._source).__name__}{options})"


def _names(names: _NAMES) -> list[str] | None:
    if names is None:
        return None
    return [names] if isinstance(names, str) else [str(name) for name in names]


def opened(rows: Any, *, repeated: bool) -> _kitnet.Input:
    """The rows for the compiled part. ``repeated`` says that they will be read more than once."""
    options: dict[str, Any] = {}
    if isinstance(rows, Rows):
        rows, options = rows._source, rows._options
    if isinstance(rows, np.ndarray):
        return _kitnet.Input.array(_matrix(rows), options)
    if _is_path(rows):
        rows = [rows]
    if isinstance(rows, (list, tuple)) and rows and all(map(_is_path, rows)):
        return _kitnet.Input.paths([os.fspath(path) for path in rows], options, repeated)
    if _is_arrow(rows):
        return _kitnet.Input.parts(iter([rows]), options, repeated)
    if isinstance(rows, (list, tuple)) and rows and all(map(_is_part, rows)):
        return _kitnet.Input.parts(map(_part, rows), options, repeated)
    if hasattr(rows, "toarray"):
        raise TypeError(f"rows are an array, a table of Arrow, an iterator of these, or paths, but not {type(rows).__name__}: toarray() makes an array of it")
    if hasattr(rows, "__array__") or isinstance(rows, Sequence) and not isinstance(rows, (bytes, bytearray)):
        return _kitnet.Input.array(_matrix(np.asarray(rows)), options)
    if isinstance(rows, Iterable) and not isinstance(rows, (bytes, bytearray, dict, set)):
        # Whoever yields arrays may use the memory of one for the next.
        return _kitnet.Input.parts(map(_own_part if repeated else _part, rows), options, repeated)
    raise TypeError(f"rows are an array, a table of Arrow, an iterator of these, or paths, but not {type(rows).__name__}")


def _is_path(rows: Any) -> bool:
    return isinstance(rows, (str, os.PathLike))


def _is_arrow(rows: Any) -> bool:
    return hasattr(rows, "__arrow_c_stream__") or hasattr(rows, "__arrow_c_array__")


def _is_part(part: Any) -> bool:
    return _is_arrow(part) or isinstance(part, np.ndarray) and part.ndim == 2


def _part(part: Any) -> Any:
    """What an iterator yields, for the compiled part."""
    return part if _is_arrow(part) else _matrix(part if isinstance(part, np.ndarray) else np.asarray(part))


def _own_part(part: Any) -> Any:
    """The same, in memory of its own if it is an array."""
    known = _part(part)
    return known.copy() if isinstance(known, np.ndarray) and np.may_share_memory(known, part) else known


def _matrix(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array as it is, if it is an aligned, C-contiguous matrix of float32 or float64; otherwise a copy that is one."""
    if array.ndim != 2:
        hint = ": a single row is row.reshape(1, -1)" if array.ndim == 1 else ""
        raise ValueError(f"rows must be a matrix [rows, features], but the array has the shape {array.shape}{hint}")
    if array.shape[1] == 0:
        raise ValueError(f"the rows have no columns: the array has the shape {array.shape}")
    if array.dtype.kind not in "biuf":
        raise ValueError(f"rows must be numbers, but the array has the dtype {array.dtype}")
    if isinstance(array, np.ma.MaskedArray):
        # What is masked is missing.
        array = np.ma.filled(array.astype(np.float64), np.nan)
    dtype = np.float32 if array.dtype == np.float32 else np.float64
    return np.require(array, dtype, ["C", "ALIGNED"])
