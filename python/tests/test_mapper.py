"""Statistics of rows part by part."""

import copy
import pickle

import numpy as np
import pyarrow as pa
import pytest
from conftest import NAMES

from kitnet import FeatureMapper, Kitsune, Rows


def test_parts_change_nothing(normal):
    whole = FeatureMapper().partial_fit(normal)
    parts = FeatureMapper()
    for part in np.array_split(normal, 13):
        parts.partial_fit(part)
    table = FeatureMapper().partial_fit(pa.table(dict(zip(NAMES, normal.T))))
    for mapper in [parts, table, pickle.loads(pickle.dumps(whole)), copy.deepcopy(parts), FeatureMapper.from_bytes(table.to_bytes())]:
        assert mapper.to_bytes() == whole.to_bytes()
    assert whole.rows == 2_500 and whole.features == 12
    assert np.allclose(whole.means, normal.mean(axis=0))
    assert sorted(map(sorted, whole.clusters(4, 4))) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert whole.clusters() == Kitsune(epochs=1).fit(normal).clusters


def test_mappers_of_several_machines_are_merged(normal):
    whole = FeatureMapper().partial_fit(normal)
    merged = FeatureMapper()
    for first in range(0, 2_500, 500):
        there = FeatureMapper(first_row=first).partial_fit(normal[first : first + 500])
        merged.merge(pickle.loads(pickle.dumps(there)))
    assert merged.rows == 2_500
    assert np.allclose(merged.means, whole.means, rtol=1e-12)
    assert merged.clusters() == whole.clusters()
    assert merged.merge(FeatureMapper()).rows == 2_500


def test_a_bad_row_is_not_taken(normal):
    mapper = FeatureMapper().partial_fit(normal[:100])
    before = mapper.to_bytes()
    bad = normal[:100].copy()
    bad[7, 2] = np.nan
    with pytest.raises(ValueError, match="row 8, column 2"):
        mapper.partial_fit(bad)
    with pytest.raises(ValueError, match="12 are expected|has 11 features"):
        mapper.partial_fit(normal[:, 1:])
    with pytest.raises(ValueError, match="neither|but there are|differ|features"):
        mapper.merge(FeatureMapper().partial_fit(normal[:, 1:]))
    assert mapper.to_bytes() == before
    assert mapper.partial_fit(Rows(bad, on_missing="drop")).rows == 199
    with pytest.raises(ValueError, match="no rows yet"):
        FeatureMapper().clusters()
    with pytest.raises(ValueError):
        FeatureMapper.from_bytes(b"none")
