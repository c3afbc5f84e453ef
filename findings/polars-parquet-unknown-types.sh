#!/usr/bin/env bash
# Polars refuses a Parquet file for one column of a logical type that it does not know, even if that column is not read.
#
# Versions: polars 2.1.0 for Python, with files of duckdb 2.0.1, read with pyarrow 26.0.1 as well.
# A good guess: the specification of Parquet lets a reader ignore logical types that it does not know, and read the column as its physical
# type. At least a file of a hundred numbers and one VARIANT can be read without the VARIANT.
# What happens: the footer cannot be parsed ("LogicalType union has no variant set"), so that neither the schema nor any other column is
# available. pyarrow reads the file.
# What Kitsune does: kitsune-data cuts such logical types out of the footer before Polars sees it, and calls the column a variant.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check polars==2.1.0 pyarrow==26.0.1 duckdb==2.0.1

cat >finding.py <<'PYTHON'
import sys

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

print("polars", pl.__version__, "pyarrow", pa.__version__, "duckdb", duckdb.__version__)


def check(what, seen, stated):
    print(f"{what}: {seen}")
    if seen != stated:
        sys.exit(f"This has changed: {what}: expected {stated}.")


def refused(read):
    try:
        read()
    except pl.exceptions.PolarsError as error:
        return "LogicalType union has no variant set" in str(error)
    return False


def numbers(columns):
    return duckdb.sql(f"copy (select 1.5::double as a, 2 as b{columns}) to 'rows.parquet' (format parquet)")


numbers("")
check("without a VARIANT", pl.read_parquet("rows.parquet", columns=["a"])["a"].to_list(), [1.5])

numbers(", 42::variant as v")
check("the column in the schema of pyarrow", "Variant" in str(pq.read_metadata("rows.parquet").schema), True)
check("another column, read by pyarrow", pq.read_table("rows.parquet", columns=["a"])["a"].to_pylist(), [1.5])
check("another column is refused", refused(lambda: pl.read_parquet("rows.parquet", columns=["a"])), True)
check("the schema is refused", refused(lambda: pl.read_parquet_schema("rows.parquet")), True)
check("another column of a lazy frame is refused", refused(lambda: pl.scan_parquet("rows.parquet").select("a").collect()), True)
PYTHON
venv/bin/python finding.py
echo "As stated."
