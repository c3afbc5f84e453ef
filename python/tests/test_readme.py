"""The example of the README runs."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[1]
    names = {}
    exec(code, names)
    kitsune, ordinary, strange = names["kitsune"], names["ordinary"], names["strange"]
    assert kitsune.anomaly_scores(strange).min() > kitsune.anomaly_scores(ordinary).mean()
    assert kitsune.verdicts(strange).all()
    assert [reasons[0].feature for reasons in kitsune.reasons(strange, 2)].count(7) >= 4
    assert (tmp_path / "kitsune.safetensors").exists()
