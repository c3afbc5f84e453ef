"""Statistics of rows, which make a feature map."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kitnet import _kitnet
from kitnet._rows import opened


class FeatureMapper:
    """Running statistics of rows, of which clusters of features that go together are made.

    ``partial_fit`` takes rows part by part, and ``merge`` the statistics of other rows, of another machine as well: through ``to_bytes`` or a pickle. The parts
    do not change a bit of the clusters. ``seed`` draws the sample of the rows, ``mapper_rows`` bounds the rows that count for the clusters, and
    ``first_row`` is the number of the first row among those of all mappers that will be merged.
    """

    def __init__(self, *, seed: int = 0, mapper_rows: int | None = None, first_row: int = 0):
        self._arguments = (seed, mapper_rows, first_row)
        self._mapper: _kitnet.Mapper | None = None

    def partial_fit(self, rows: Any) -> FeatureMapper:
        """Adds rows, and returns the mapper. A bad row leaves the mapper as it was."""
        source = opened(rows, repeated=False)
        mapper = self._mapper or _kitnet.Mapper(source.features(), *self._arguments)
        mapper.partial_fit(source)
        self._mapper = mapper
        return self

    def merge(self, other: FeatureMapper) -> FeatureMapper:
        """Adds the statistics of another mapper, and returns this one."""
        if other._mapper is not None:
            if self._mapper is None:
                self._mapper = _kitnet.Mapper(other._mapper.features, *self._arguments)
            self._mapper.merge(other._mapper)
        return self

    def clusters(self, max_features: int = 10, min_features: int = 4, *, map_distance: str = "absolute") -> list[list[int]]:
        """The features of each cluster: at most ``max_features``, and clusters of fewer than ``min_features`` are joined."""
        return self._known().clusters(max_features, min_features, map_distance)

    @property
    def rows(self) -> int:
        """The number of rows that it took."""
        return 0 if self._mapper is None else self._mapper.rows

    @property
    def features(self) -> int:
        """The number of features."""
        return self._known().features

    @property
    def means(self) -> npt.NDArray[np.float64]:
        """The mean of each feature."""
        return np.array(self._known().means)

    def to_bytes(self) -> bytes:
        """The statistics as bytes, to merge them elsewhere or to go on with them."""
        return self._known().to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> FeatureMapper:
        """The statistics of :meth:`to_bytes`."""
        mapper = cls()
        mapper._mapper = _kitnet.Mapper.from_bytes(bytes(data))
        return mapper

    def _known(self) -> _kitnet.Mapper:
        if self._mapper is None:
            raise ValueError("this mapper has no rows yet: call partial_fit")
        return self._mapper

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_mapper": None if self._mapper is None else self._mapper.to_bytes()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if state["_mapper"] is not None:
            self._mapper = _kitnet.Mapper.from_bytes(state["_mapper"])
