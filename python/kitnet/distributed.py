"""Training on rows that are on several machines.

Each machine has a part of the rows. It takes statistics of them, and then, round by round, steps from the same weights. One machine merges what comes back. All
that is exchanged are bytes, so that anything that runs a function on parts of a table can train: :mod:`kitnet.spark` is this over PySpark.

    statistics = merged_statistics(part_statistics(part, rows) for part, rows in ...)
    training = Training(statistics, rounds=10)
    while (round := training.next_round()) is not None:
        training.complete_round(merged_weights(train_part(round, part, rows) for part, rows in ...))
    kitsune = training.finish()

Rows are numbered by part and position. So those that are held out and sampled are the same for a seed, as long as each part has the same rows in the same order; a
part that comes with other rows later is an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Unpack

from kitnet import _kitnet
from kitnet._kitsune import HyperParameters, Kitsune
from kitnet._rows import opened

__all__ = ["Training", "check", "merged_statistics", "merged_weights", "part_statistics", "train_part"]

#: The rounds of a training unless the caller says otherwise.
ROUNDS = 10


def check(**hyper_parameters: Unpack[HyperParameters]) -> None:
    """Raises what :func:`part_statistics` raises for hyper-parameters, before there are rows."""
    _kitnet.check_part(dict(hyper_parameters))


def part_statistics(part: int, rows: Any, **hyper_parameters: Unpack[HyperParameters]) -> bytes | None:
    """The statistics of the rows of a part, of which all rows are read once; ``None`` if it has no rows.

    ``part`` is its number among all parts, from 0. Their size does not grow with the rows: numbers for each pair of features, and two samples.
    """
    return _kitnet.part_statistics(dict(hyper_parameters), "ndarray", part, opened(rows, repeated=False))


def merged_statistics(parts: Iterable[bytes]) -> bytes:
    """The statistics of several parts, or of groups of them, which come in ascending order."""
    return _kitnet.merged_statistics(list(parts))


def train_part(round: bytes, part: int, rows: Any) -> bytes | None:
    """The weights of a part after its steps of a round: ``round`` is what :meth:`Training.next_round` gave; ``None`` if the part has no rows.

    The rows are read at most once, and kept in memory if the round takes more than one pass over them.
    """
    steps = _kitnet.PartRound(round, "ndarray")
    return steps.train(part, opened(rows, repeated=steps.passes(part) > 1))


def merged_weights(parts: Iterable[bytes]) -> bytes:
    """The mean weights of several parts, or of groups of them, which come in ascending order."""
    return _kitnet.merged_weights(list(parts))


class Training:
    """A training, as the machine sees it that asks the others. Its memory does not grow with the rows."""

    def __init__(self, statistics: bytes, *, rounds: int = ROUNDS):
        self._training = _kitnet.Distributed(statistics, rounds, "ndarray")

    @property
    def rounds(self) -> int:
        """The number of rounds: at most one for each step."""
        return self._training.rounds[1]

    @property
    def complete_rounds(self) -> int:
        """The number of complete rounds."""
        return self._training.rounds[0]

    def next_round(self) -> bytes | None:
        """The next round, for every part that has rows; ``None`` if all are complete."""
        return self._training.next_round()

    def complete_round(self, weights: bytes) -> None:
        """Goes on from the weights of all parts."""
        self._training.complete_round(weights)

    def finish(self) -> Kitsune:
        """The detector, after the last round."""
        return Kitsune._of(self._training.finish())
