"""Training on rows that are on several machines, which are parts of a table here."""

import numpy as np
import pyarrow as pa
import pytest
from conftest import NAMES

from kitnet import Kitsune, Rows, distributed

SETTINGS = {"epochs": 3, "seed": 4}


def trained(parts, rounds=2, **settings):
    """The detector that the parts make together."""
    statistics = [distributed.part_statistics(at, rows, **settings) for at, rows in enumerate(parts)]
    training = distributed.Training(distributed.merged_statistics(filter(None, statistics)), rounds=rounds)
    while (data := training.next_round()) is not None:
        weights = [distributed.train_part(data, at, rows) for at, rows in enumerate(parts)]
        training.complete_round(distributed.merged_weights(filter(None, weights)))
    return training.finish()


def test_one_part_makes_the_model_of_one_machine_to_the_bit(normal, tmp_path):
    alone = Kitsune(**SETTINGS).fit(normal)
    for rows in [normal, normal.astype(">f8"), [normal[:1_000], normal[1_000:]]]:
        assert trained([rows], rounds=3, **SETTINGS).to_bytes() == alone.to_bytes()
    table = pa.table(dict(zip(NAMES, normal.T)))
    assert trained([table], rounds=3, **SETTINGS).to_bytes() == Kitsune(**SETTINGS).fit(table).to_bytes()


def test_parts_may_have_no_rows_few_rows_or_rows_of_another_type(normal, others):
    parts = [normal[:0], normal[:1], normal[1:1_500], normal[1_500:]]
    model = trained(parts, **SETTINGS)
    assert model.summary["rows"] == len(normal)
    assert model.clusters == Kitsune(**SETTINGS).fit(normal).clusters
    # The numbers count, not the type that they have in a pass.
    single = normal.astype(np.float32)
    data = distributed.Training(distributed.part_statistics(0, single, **SETTINGS), rounds=1).next_round()
    assert distributed.train_part(data, 0, single.astype(np.float64)) == distributed.train_part(data, 0, single)
    holes = [np.where(np.arange(12) == 3, np.nan, part) if at == 1 else part for at, part in enumerate(parts)]
    dropped = trained([Rows(part, on_missing="drop") for part in holes], **SETTINGS)
    assert dropped.summary["rows"] == len(normal) - 1


def test_hyper_parameters_are_checked_before_there_are_rows():
    with pytest.raises(ValueError, match="mapper_rows must be none where the parts of the rows share the statistics, but it is 9"):
        distributed.check(mapper_rows=9)
    with pytest.raises(TypeError, match="no hyper-parameter"):
        distributed.check(epoch=1)
    with pytest.raises(ValueError, match="rounds must be at least 1, but it is 0"):
        distributed.Training(distributed.part_statistics(0, np.eye(5)), rounds=0)
    with pytest.raises(ValueError, match="training needs at least 2 rows, but there are 0"):
        distributed.merged_statistics([])


def test_a_part_with_other_rows_is_refused(normal):
    tables = [pa.table(dict(zip(NAMES, part.T))) for part in np.array_split(normal, 2)]
    statistics = distributed.merged_statistics([distributed.part_statistics(at, table, **SETTINGS) for at, table in enumerate(tables)])
    data = distributed.Training(statistics, rounds=1).next_round()
    assert distributed.train_part(data, 1, tables[1])
    for other in [tables[0], tables[1].slice(1), tables[1].slice(1).append_column("z", tables[1]["a0"].slice(1)), pa.concat_tables([tables[1]] * 2)]:
        with pytest.raises(ValueError, match="part 1 has other rows|has 13 features"):
            distributed.train_part(data, 1, other)
    assert distributed.train_part(data, 2, tables[1].slice(0, 0)) is None
    with pytest.raises(ValueError, match="part 2 has other rows"):
        distributed.train_part(data, 2, tables[1])


def test_weights_of_another_round_leave_the_training_as_it_was(normal):
    statistics = distributed.part_statistics(0, normal, **SETTINGS)
    training = distributed.Training(distributed.merged_statistics([statistics]), rounds=2)
    first = distributed.train_part(training.next_round(), 0, normal)
    training.complete_round(first)
    with pytest.raises(ValueError, match="the weights of round 0, but round 1 is awaited"):
        training.complete_round(first)
    training.complete_round(distributed.train_part(training.next_round(), 0, normal))
    assert (training.next_round(), training.complete_rounds, training.rounds) == (None, 2, 2)
    assert training.finish().to_bytes()
    assert training.rounds == 2
