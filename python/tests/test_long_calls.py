"""Long calls: their progress, Ctrl-C, and other threads meanwhile."""

import itertools
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from conftest import made_up

from kitnet import Kitsune

# Longer than any run takes, even on a machine that is busy.
PATIENCE = 300

INTERRUPTED = """
import sys
import numpy as np
import kitnet

rows = np.random.default_rng(0).normal(size=(4_000, 20))
def show(stage, done, total):
    if stage == "training" and done:
        print("training", flush=True)
        sys.stdin.readline()
{call}
"""

FIT = """
try:
    kitnet.Kitsune(epochs=1_000_000).fit(rows, progress=show)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_stops_a_training():
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED.format(call=FIT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "training\n"
    process.stdin.close()
    process.send_signal(signal.SIGINT)
    process.stdin = None
    told, wrong = process.communicate(timeout=PATIENCE)
    assert told.splitlines()[-1] == "interrupted" and process.returncode == 0, wrong


def test_a_handler_of_a_signal_may_raise_anything():
    class Alarm(Exception):
        pass

    def ring(*_):
        raise Alarm

    kitsune, rows = Kitsune(epochs=1).fit(made_up(1_000)), made_up(1_000)
    calls = [
        lambda: Kitsune(epochs=1_000_000).fit(rows),
        lambda: kitsune.anomaly_scores(itertools.repeat(rows)),
        lambda: kitsune.evaluate(rows, np.arange(1_000) % 2, bootstrap=1_000_000_000),
    ]
    before = signal.signal(signal.SIGALRM, ring)
    try:
        for call in calls:
            with pytest.raises(Alarm):
                signal.setitimer(signal.ITIMER_REAL, 0.3)
                call()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_progress_is_told_stage_by_stage(normal):
    told = []
    Kitsune(epochs=3).fit(normal, progress=lambda *report: told.append(report))
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert [stage for stage in stages if stage in ("training", "calibration")] == ["training", "calibration"]
    training = [(done, total) for stage, done, total in told if stage == "training"]
    assert training[0][0] == 0 and training[-1][0] == training[-1][1] > 0
    assert [done for done, _ in training] == sorted(done for done, _ in training)


def test_what_the_callback_raises_stops_the_training(normal):
    def stop(*_):
        raise StopIteration("enough")

    with pytest.raises(StopIteration, match="enough"):
        Kitsune(epochs=3).fit(normal, progress=stop)
    with pytest.raises(TypeError):
        Kitsune(epochs=3).fit(normal, progress=lambda: None)


def test_a_bar_can_be_drawn(normal, capsys):
    Kitsune(epochs=3).fit(normal, progress=True)
    assert "training" in capsys.readouterr().err
    Kitsune(epochs=3).fit(normal)
    assert capsys.readouterr().err == ""


def test_other_threads_run_meanwhile(fitted, normal):
    expected = fitted.anomaly_scores(normal)
    found = []

    def score():
        found.append(np.array_equal(fitted.anomaly_scores(normal), expected))

    threads = [threading.Thread(target=score) for _ in range(8)]
    for thread in threads:
        thread.start()
    ticks = 0
    done = threading.Event()
    trainer = threading.Thread(target=lambda: (Kitsune(epochs=20).fit(normal), done.set()))
    trainer.start()
    while not done.is_set():
        ticks += 1
    for thread in [*threads, trainer]:
        thread.join()
    assert found == [True] * 8 and ticks > 1_000
