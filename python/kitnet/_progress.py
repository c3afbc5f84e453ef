"""The progress of a training: a function of the caller, or a bar of tqdm."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Progress = Callable[[str, int, "int | None"], object]


def _in_notebook() -> bool:
    """Whether the caller is a notebook, in which a bar can be drawn."""
    shell = sys.modules.get("IPython")
    current = shell.get_ipython() if shell is not None else None
    return type(current).__name__ == "ZMQInteractiveShell"


@contextmanager
def shown(progress: Progress | bool | None) -> Iterator[Progress | None]:
    """The function to be called with the progress, if any: ``None`` draws a bar in a notebook that has tqdm, ``True`` draws one anywhere."""
    if callable(progress):
        yield progress
        return
    if progress is False or (progress is None and not _in_notebook()):
        yield None
        return
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        if progress:
            raise
        yield None
        return
    bar = _Bar(tqdm)
    try:
        yield bar
    finally:
        bar.close()


class _Bar:
    """A bar for the stage that is under way."""

    def __init__(self, tqdm: Any):
        self._tqdm = tqdm
        self._stage: str | None = None
        self._bar: Any = None

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        if stage != self._stage:
            self.close()
            self._stage, self._bar = stage, self._tqdm(desc=stage, total=total, leave=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._stage = self._bar = None
