#!/usr/bin/env bash
# The schema at the front of an Arrow IPC file from Polars lacks the 8 bytes that begin every message.
#
# Versions: polars 2.1.0 for Python (1.43 was the first, 1.42 wrote them), read with pyarrow 26.0.1.
# A good guess: the format of IPC files is the magic bytes, padding to 8 bytes, the format of IPC streams, and a footer. So whoever
# cannot seek reads such a file from byte 8 on as a stream.
# What happens: at byte 8 stands the flatbuffer of the schema's message without the continuation marker and the length before it. A reader
# of streams fails at its first bytes. Readers that take schema and blocks from the footer, as pyarrow does, notice nothing. With the 8
# bytes put before it, the rest is a stream again. `write_ipc_stream` writes them.
# What Kitsune does: kitsune-data reads an IPC file as the stream that it contains only if it begins with such a message. These files it reads
# by their footer, and from a pipe it copies them to a temporary file first.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check polars==2.1.0 pyarrow==26.0.1

cat >finding.py <<'PYTHON'
import io
import struct
import sys

import polars as pl
import pyarrow as pa

print("polars", pl.__version__, "pyarrow", pa.__version__)


def check(what, seen, stated):
    print(f"{what}: {seen}")
    if seen != stated:
        sys.exit(f"This has changed: {what}: expected {stated}.")


def written(write):
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def rows_of_stream(stream):
    try:
        return pa.ipc.open_stream(stream).read_all().to_pydict()
    except OSError as error:
        return str(error)


def as_message(flatbuffer):
    return MARKER + struct.pack("<i", len(flatbuffer)) + flatbuffer


def by_pyarrow(file):
    table = frame.to_arrow()
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


MARKER = b"\xff\xff\xff\xff"
values = {"a": [0.5, 1.5], "b": [3, 4]}
frame = pl.DataFrame(values)

usual = written(by_pyarrow)
check("pyarrow's file, from byte 8", usual[8:12], MARKER)
check("pyarrow's file, read from byte 8 as a stream", rows_of_stream(usual[8:]), values)

for name, write in {
    "write_ipc": frame.write_ipc,
    "write_ipc with zstd": lambda file: frame.write_ipc(file, compression="zstd"),
    "sink_ipc": frame.lazy().sink_ipc,
}.items():
    file = written(write)
    check(f"{name}, the first 8 bytes", file[:8], b"ARROW1\0\0")
    # The offset of a flatbuffer's root.
    check(f"{name}, from byte 8", file[8:12], struct.pack("<I", 4))
    check(f"{name}, read by its footer", pa.ipc.open_file(file).read_all().to_pydict(), values)
    check(f"{name}, read from byte 8 as a stream", rows_of_stream(file[8:]), "Invalid flatbuffers message.")

    batch = file.index(MARKER)
    check(f"{name}, the first message with a marker", pa.ipc.read_message(file[batch:]).type, "record batch")
    check(f"{name}, what stands before it", pa.ipc.read_message(as_message(file[8:batch])).type, "schema")
    check(f"{name}, read as a stream with marker and length put before it", rows_of_stream(as_message(file[8:batch]) + file[batch:]), values)

stream = written(frame.write_ipc_stream)
check("write_ipc_stream, read as a stream", rows_of_stream(stream), values)
PYTHON
venv/bin/python finding.py
echo "As stated."
