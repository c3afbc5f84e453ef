#!/usr/bin/env python3
"""Compares training on several machines with training on one: the ROC AUC on labelled sets.

    python3 -m venv parts && parts/bin/pip install pyarrow ./python
    parts/bin/python benches/parts.py SETS [SETS ...]

A folder of SETS holds a folder for each set, with train.parquet (normal rows) and test.parquet, whose column `label` is 1 for an anomaly. The rows of
train.parquet are cut into parts where they lie, so that each part has rows of another time. Between the parts and the one that merges goes what
kitnet.spark sends. Prints a line for each set, and the means.
"""
import argparse
import pathlib

import numpy as np
import pyarrow.parquet as pq

from kitnet import Kitsune, distributed


def roc_auc(scores, is_anomaly):
    """The share of pairs in which the anomaly scores higher; equal scores count half."""
    ordered, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    anomalies = int(is_anomaly.sum())
    return (ranks[is_anomaly].sum() - anomalies * (anomalies + 1) / 2) / (anomalies * (len(scores) - anomalies))


def together(tables, rounds):
    statistics = [distributed.part_statistics(part, rows) for part, rows in enumerate(tables)]
    training = distributed.Training(distributed.merged_statistics(filter(None, statistics)), rounds=rounds)
    while (data := training.next_round()) is not None:
        weights = [distributed.train_part(data, part, rows) for part, rows in enumerate(tables)]
        training.complete_round(distributed.merged_weights(filter(None, weights)))
    return training.finish()


def cut(table, parts):
    bounds = np.linspace(0, table.num_rows, parts + 1).astype(int)
    return [table.slice(begin, end - begin) for begin, end in zip(bounds, bounds[1:])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=pathlib.Path)
    parser.add_argument("--parts", default="1,4,16", help="the numbers of parts")
    parser.add_argument("--rounds", type=int, default=distributed.ROUNDS)
    options = parser.parse_args()
    numbers = [int(number) for number in options.parts.split(",")]
    found = []
    for folder in (path.parent for sets in options.sets for path in sorted(sets.glob("*/train.parquet"))):
        train, test = (pq.read_table(folder / f"{name}.parquet") for name in ["train", "test"])
        train = train.drop_columns([name for name in ["label"] if name in train.column_names])
        is_anomaly = test["label"].to_numpy() == 1
        models = [Kitsune().fit(train), *(together(cut(train, parts), options.rounds) for parts in numbers)]
        found.append([roc_auc(model.anomaly_scores(test.select(train.column_names)), is_anomaly) for model in models])
        print(f"{folder.name:20}", *(f"{value:.4f}" for value in found[-1]), flush=True)
    print(f"{'mean of ' + str(len(found)):20}", *(f"{value:.4f}" for value in np.mean(found, axis=0)))
    print("in one part, and in", *numbers, "parts that are merged")


if __name__ == "__main__":
    main()
