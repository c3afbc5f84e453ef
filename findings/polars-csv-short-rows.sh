#!/usr/bin/env bash
# Polars reads a CSV row that is too short as one with nulls, and a blank line as a row of nulls.
#
# Versions: polars 2.1.0 for Python. The Rust crate 0.55 does the same.
# A good guess: `truncate_ragged_lines` is off by default and a row that is too long is an error, so a row that is too short is an error as
# well, at the latest with a schema; a blank line is skipped.
# What happens: no option is needed, and no error or warning is given. An export that was cut off ends in a row with missing values.
# What Kitsune does: kitsune-data counts the cells of each row before Polars parses it. A short row and a blank line between rows are
# errors that name file and line, so that a null is a value that the file leaves empty.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check polars==2.1.0

cat >finding.py <<'PYTHON'
import sys
import warnings

import polars as pl

warnings.simplefilter("error")
print("polars", pl.__version__)


def check(what, seen, stated):
    print(f"{what}: {seen}")
    if seen != stated:
        sys.exit(f"This has changed: {what}: expected {stated}.")


def last_rows(text, **options):
    with open("rows.csv", "w") as file:
        file.write(text)
    readers = {
        "read_csv": lambda: pl.read_csv("rows.csv", **options),
        "scan_csv, streaming": lambda: pl.scan_csv("rows.csv", **options).collect(engine="streaming"),
    }
    for reader, read in readers.items():
        try:
            yield reader, read().tail(2).rows()
        except pl.exceptions.ComputeError as error:
            yield reader, str(error).splitlines()[0]


table = "a,b,c\n" + "".join(f"{row},{row + 0.5},{row * 2}\n" for row in range(1000))
schema = {"a": pl.Int64, "b": pl.Float64, "c": pl.Int64}

for given, options in {"": {}, " with a schema": {"schema": schema}}.items():
    for reader, rows in last_rows(table, **options):
        check(f"{reader}{given}, whole export", rows, [(998, 998.5, 1996), (999, 999.5, 1998)])
    for reader, rows in last_rows(table.removesuffix(".5,1998\n"), **options):
        check(f"{reader}{given}, export without its last 8 bytes", rows, [(998, 998.5, 1996), (999, 999.0, None)])
    for reader, rows in last_rows(table + "\n1000,0.5,2\n", **options):
        check(f"{reader}{given}, blank line before the last row", rows, [(None, None, None), (1000, 0.5, 2)])
    for reader, rows in last_rows(table + "1000,0.5,2,7\n", **options):
        check(f"{reader}{given}, row that is too long", rows, "found more fields than defined in 'Schema'")
PYTHON
venv/bin/python finding.py
echo "As stated."
