#!/usr/bin/env python3
"""Arrow in, Arrow out, as pyarrow writes and reads it: with_pyarrow.py KITSUNE_BINARY.

A stream of record batches goes through `kitsune score - -`, and each batch is answered before the next one is written. What comes back is
compared with what was sent and with the scores of the same rows as CSV.
"""

import datetime
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import threading

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet

FEATURES = ["load", "bytes", "packets", "age"]
# What is answered beside what is kept, by a model that knows its threshold.
ANSWERED = {"score": pa.float64(), "is_anomaly": pa.bool_(), "tail_probability": pa.float64()}
BATCHES = [1, 0, 200, 3, 0, 0, 64, 0]
ROWS = sum(BATCHES)
# Longer than any run takes, even on a machine that is busy.
PATIENCE = 120


def check(condition, message):
    if not condition:
        sys.exit(f"with_pyarrow.py: {message}")


def same(what, found, expected):
    check(found == expected, f"{what}: found {found!r}\ninstead of {expected!r}")


def made_up(count):
    chance = random.Random(7)
    rows = []
    for _ in range(count):
        a, b = chance.random(), chance.random()
        rows.append([a, 1e6 * b, 1e3 * b + chance.random(), a * b])
    return rows


def columns(rows):
    return {name: pa.array([row[at] for row in rows], pa.float64()) for at, name in enumerate(FEATURES)}


def around(count):
    """What is carried along, none of it a feature."""
    start = datetime.datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=datetime.timezone.utc)
    step = datetime.timedelta(milliseconds=1500, microseconds=7)
    return {
        "id": pa.array([2**53 + 1 + row for row in range(count)], pa.int64()),
        "ts": pa.array([start + row * step for row in range(count)], pa.timestamp("us", tz="UTC")),
        "name": pa.array([None if row % 11 == 0 else f"host-{row % 5}" for row in range(count)], pa.string()),
        "kind": pa.array([["dns", "http", None, "ssh"][row % 4] for row in range(count)]).dictionary_encode(),
    }


def batches(table, lengths):
    """Cut so that each has a dictionary of its own size, which a stream replaces as it goes."""
    start = 0
    for length in lengths:
        # A table without rows has no record batch.
        none = pa.RecordBatch.from_arrays([pa.array([], field.type) for field in table.schema], schema=table.schema)
        yield table.slice(start, length).combine_chunks().to_batches()[0] if length else none
        start += length


class Kitsune:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def run(self, *words):
        done = subprocess.run([self.binary, *words], cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE)
        check(done.returncode == 0, f"kitsune {' '.join(words)} said: {done.stderr}")
        return done

    def converse(self, table, *options, lengths=BATCHES):
        """The answer to each record batch, each read before the next one is written."""
        words = [self.binary, "score", "-", "-", "--file-format", "ipc", *options]
        child = subprocess.Popen(words, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # Whoever waits for an answer in vain waits for the end of the child.
        watch = threading.Timer(PATIENCE, child.kill)
        watch.start()
        answers = []
        try:
            writer = pa.ipc.new_stream(child.stdin, table.schema)
            reader = None
            for batch in batches(table, lengths):
                writer.write_batch(batch)
                child.stdin.flush()
                reader = reader or pa.ipc.open_stream(child.stdout)
                answers.append(reader.read_next_batch())
            writer.close()
            child.stdin.close()
            reader = reader or pa.ipc.open_stream(child.stdout)
            check(next(iter(reader), None) is None, "there are more answers than record batches")
        except (pa.ArrowException, OSError, StopIteration) as error:
            child.kill()
            check(False, f"{' '.join(words)}: {error!r}: {child.stderr.read().decode()}")
        finally:
            watch.cancel()
        check(child.wait(PATIENCE) == 0, f"{' '.join(words)} said: {child.stderr.read().decode()}")
        same("rows of each answer", [answer.num_rows for answer in answers], lengths)
        for answer in answers:
            answer.validate(full=True)
        return pa.Table.from_batches(answers, reader.schema)


def scores_of_csv(kitsune, rows, name):
    """One for each row, None where it was dropped."""
    cells = [["" if value is None or not math.isfinite(value) else repr(value) for value in row] for row in rows]
    with open(os.path.join(kitsune.folder, f"{name}.csv"), "w", encoding="utf-8") as file:
        file.writelines(",".join(line) + "\n" for line in [FEATURES, *cells])
    kitsune.run("score", f"{name}.csv", f"{name}.ndjson", "--on-missing", "drop", "--quiet")
    with open(os.path.join(kitsune.folder, f"{name}.ndjson"), encoding="utf-8") as file:
        return [json.loads(line)["score"] for line in file]


def as_f32(scores):
    return pa.array(scores, pa.float64()).cast(pa.float32()).to_pylist()


def columns_are_answered(kitsune, rows):
    table = pa.table(around(ROWS) | columns(rows))
    answer = kitsune.converse(table, "--keep", "id,ts")
    same("schema", answer.schema, pa.schema({"id": pa.int64(), "ts": pa.timestamp("us", tz="UTC")} | ANSWERED))
    for name in ["id", "ts"]:
        same(name, answer[name].to_pylist(), table[name].to_pylist())
    same("scores", answer["score"].to_pylist(), as_f32(scores_of_csv(kitsune, rows, "columns")))

    answer = kitsune.converse(table, "--keep", "name,kind,id,ts,load", "--with-row-numbers", "--with-tails")
    same("names", answer.column_names, ["name", "kind", "id", "ts", "load", "row", *ANSWERED, "tails"])
    for name in ["name", "kind", "id", "ts", "load"]:
        same(name, answer[name].to_pylist(), table[name].to_pylist())
    same("type of kind, whose categories become text", answer.schema.field("kind").type, pa.large_string())
    same("row", answer["row"].to_pylist(), list(range(1, ROWS + 1)))
    clusters = len(json.loads(kitsune.run("inspect", "models/kitsune.safetensors", "--json").stdout)["clusters"])
    same("lengths of tails", {len(tails) for tails in answer["tails"].to_pylist()}, {clusters})


def each_record_batch_is_answered_by_one(kitsune, rows):
    features = pa.table(columns(rows))
    expected = as_f32(scores_of_csv(kitsune, rows, "batches"))
    # The last one is too large to be computed at once.
    repeated = 1000
    table = pa.concat_tables([features] * (1 + repeated))
    lengths = [0, 0, ROWS, 0, repeated * ROWS]
    answer = kitsune.converse(table, "--with-row-numbers", lengths=lengths)
    same("row", answer["row"].to_pylist(), list(range(1, table.num_rows + 1)))
    same("scores of all", answer["score"].to_pylist(), expected * (1 + repeated))
    around_none = pa.table(around(ROWS) | columns(rows)).slice(0, 0)
    for lengths in [[], [0], [0, 0]]:
        answer = kitsune.converse(around_none, "--keep", "id,ts,name,kind", lengths=lengths)
        types = [pa.int64(), pa.timestamp("us", tz="UTC"), pa.large_string(), pa.large_string(), *ANSWERED.values()]
        same("types where there is no row", answer.schema.types, types)


def missing_values_give_null(kitsune, rows):
    gaps = [list(row) for row in rows]
    gaps[0][1], gaps[1][0], gaps[150][3], gaps[203][2] = None, None, math.nan, math.inf
    answer = kitsune.converse(pa.table(around(ROWS) | columns(gaps)), "--keep", "id", "--on-missing", "drop")
    same("ids of all rows", answer["id"].to_pylist(), around(ROWS)["id"].to_pylist())
    expected = as_f32(scores_of_csv(kitsune, gaps, "gaps"))
    same("rows without score", [row for row, score in enumerate(expected) if score is None], [0, 1, 150, 203])
    same("scores with gaps", answer["score"].to_pylist(), expected)


def lists_are_answered(kitsune, rows):
    # Its features have names of their own, so it needs a model of its own.
    lists = pa.array(rows, pa.list_(pa.float64()))
    pa.feather.write_feather(pa.table({"features": lists}), os.path.join(kitsune.folder, "lists.feather"))
    kitsune.run("train", "lists.feather", "--epochs", "2", "--checkpoint-dir", "lists", "--quiet")
    model = ["--model-checkpoint", "lists/kitsune.safetensors"]
    # The model tells how long lists are before any row does.
    table = pa.table(around(ROWS) | {"features": lists})
    for lengths in [[0, 0, *BATCHES], [0], []]:
        answer = kitsune.converse(table.slice(0, sum(lengths)), "--keep", "id,ts", *model, lengths=lengths)
        same("types", answer.schema.types, [pa.int64(), pa.timestamp("us", tz="UTC"), *ANSWERED.values()])
    answer = kitsune.converse(table, "--keep", "id,ts", *model)
    same("ids", answer["id"].to_pylist(), around(ROWS)["id"].to_pylist())
    # Without names, columns are matched by position.
    with open(os.path.join(kitsune.folder, "nameless.csv"), "w", encoding="utf-8") as file:
        file.writelines(",".join(map(repr, row)) + "\n" for row in rows)
    kitsune.run("score", "nameless.csv", "nameless.parquet", *model, "--quiet")
    expected = pa.parquet.read_table(os.path.join(kitsune.folder, "nameless.parquet"))["score"]
    same("scores of lists", answer["score"].to_pylist(), expected.to_pylist())


def files_are_read(kitsune, rows):
    table = pa.table(around(ROWS) | columns(rows))
    path = os.path.join(kitsune.folder, "rows.parquet")
    pa.parquet.write_table(table, path, row_group_size=100)
    expected = as_f32(scores_of_csv(kitsune, rows, "files"))
    readers = {"out.parquet": pa.parquet.read_table, "out.feather": pa.feather.read_table, "out.csv": pa.csv.read_csv}
    for name, read in readers.items():
        kitsune.run("score", "rows.parquet", name, "--keep", "id,ts,name,kind", "--quiet")
        found = read(os.path.join(kitsune.folder, name))
        found.validate(full=True)
        same(f"names of {name}", found.column_names, ["id", "ts", "name", "kind", *ANSWERED])
        same(f"ids of {name}", found["id"].to_pylist(), table["id"].to_pylist())
        same(f"scores of {name}", found["score"].cast(pa.float32()).to_pylist(), expected)
        if name != "out.csv":
            same(f"time of {name}", found.schema.field("ts").type, table.schema.field("ts").type)
            for column in ["ts", "name", "kind"]:
                same(f"{column} of {name}", found[column].to_pylist(), table[column].to_pylist())


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: with_pyarrow.py KITSUNE_BINARY")
    with tempfile.TemporaryDirectory() as folder:
        kitsune = Kitsune(os.path.abspath(sys.argv[1]), folder)
        with open(os.path.join(folder, "train.csv"), "w", encoding="utf-8") as file:
            file.writelines(",".join(map(str, line)) + "\n" for line in [FEATURES, *made_up(500)])
        kitsune.run("train", "train.csv", "--epochs", "2", "--quiet")
        rows = made_up(ROWS + 500)[500:]
        parts = [columns_are_answered, each_record_batch_is_answered_by_one, missing_values_give_null, lists_are_answered, files_are_read]
        for part in parts:
            part(kitsune, rows)
            print(f"pyarrow {pa.__version__}: {part.__name__.replace('_', ' ')}")


if __name__ == "__main__":
    main()
