"""Packets of networks as rows."""

from __future__ import annotations

import os
from collections.abc import Sequence

from kitnet import _kitnet
from kitnet._rows import Rows, opened

#: A stream of Arrow: pyarrow, polars and others take it, and so does every method that takes rows.
Features = _kitnet.Features


def features(
    captures: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    statistics: int | None = None,
    max_streams: int | None = None,
    inner: bool = False,
    where: str | Sequence[str] | None = None,
) -> Features:
    """The statistics of each packet of captures (pcap, pcapng), as ``kitsune extract`` writes them: an object with ``__arrow_c_stream__``.

    ``captures`` are files, folders, globs or URLs. There are 100 ``statistics`` of a packet, or 115 with those of the source's address alone;
    ``max_streams`` bounds the streams that are held at once, ``inner`` takes the addresses inside of tunnels, and ``where`` picks packets.
    """
    rows = Rows(
        captures, file_format="capture", statistics=statistics, max_streams=max_streams, inner=inner, where=where
    )
    return Features(opened(rows, repeated=True))
