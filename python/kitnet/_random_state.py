"""The ``random_state`` of scikit-learn, PyOD and pysad."""

from __future__ import annotations

import numbers
from typing import Any

from sklearn.utils import check_random_state


def seed(random_state: Any) -> int:
    """The seed of a ``random_state``: a number is one, and what draws numbers draws one."""
    if isinstance(random_state, numbers.Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(1 << 31))
