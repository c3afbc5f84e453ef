"""Packets as rows of Arrow."""

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

from kitnet import Kitsune, packets

CAPTURE = Path(__file__).parents[2] / "demo" / "packets" / "capture.pcap.gz"


@pytest.mark.parametrize("statistics", [100, 115])
def test_the_statistics_are_those_of_the_command(tmp_path, command, statistics):
    command("extract", str(CAPTURE), "packets.parquet", "--statistics", str(statistics))
    expected = pyarrow.parquet.read_table(tmp_path / "packets.parquet")
    features = packets.features(CAPTURE, statistics=statistics)
    table = pa.RecordBatchReader.from_stream(features).read_all()
    assert table.column_names == features.names and len(features.names) == statistics
    assert table.equals(expected.select(features.names).cast(table.schema))


def test_a_stream_can_be_read_again_and_becomes_scores():
    features = packets.features(CAPTURE)
    first = pl.DataFrame(features)
    assert pl.DataFrame(features).equals(first)
    kitsune = Kitsune(epochs=1).fit(features)
    assert kitsune.columns == features.names
    assert np.array_equal(kitsune.anomaly_scores(features), kitsune.anomaly_scores(first))


def test_what_is_no_capture(tmp_path):
    (tmp_path / "rows.pcap").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="rows.pcap"):
        packets.features(tmp_path / "rows.pcap")
    with pytest.raises(FileNotFoundError, match="nowhere.pcap"):
        packets.features(tmp_path / "nowhere.pcap")
