"""Draws docs/kitnet.png: what comes out of the example of python/README.md that reads `demo/`.

It needs kitnet and matplotlib: pip install ./python matplotlib && python docs/kitnet-picture.py
"""

import io
import os
import re
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

INK, ORDINARY, FLAGGED = "#24292f", "#8fa3b8", "#d9480f"

os.chdir(Path(__file__).parents[1])
[code] = re.findall(r"```python\n((?:(?!```).)*demo/train.*?)```", Path("python/README.md").read_text(), re.DOTALL)
names = {}
exec(code, names)
kitsune, day, scores, flagged, row = (names[name] for name in ["kitsune", "day", "scores", "flagged", "row"])

# The columns of the first two reasons of the strangest row.
reasons = kitsune.reasons(day, 2)
first, second = reasons[row]
rows = np.genfromtxt("demo/test/wednesday.csv", delimiter=",", names=True)
ordinary = np.setdiff1d(np.arange(len(scores)), flagged)
about = [number for number in flagged if {reason.name for reason in reasons[number]} == {first.name, second.name}]

matplotlib.rcParams.update({"font.size": 9, "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK, "ytick.color": INK})
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), width_ratios=[4, 3], layout="constrained")
for axes in (left, right):
    axes.spines[["top", "right"]].set_visible(False)

left.scatter(ordinary, scores[ordinary], s=4, color=ORDINARY, linewidths=0)
left.scatter(flagged, scores[flagged], s=7, color=FLAGGED, linewidths=0)
left.axhline(kitsune.threshold, color=INK, linewidth=0.8, linestyle="--")
left.text(1.01, kitsune.threshold, f"threshold\n{kitsune.threshold:.1f}", transform=left.get_yaxis_transform(), va="center")
left.set(yscale="log", xlabel="row", ylabel="score", title=f"{len(flagged)} of {len(scores):,} rows are flagged")

right.scatter(rows[first.name][ordinary], rows[second.name][ordinary], s=4, color=ORDINARY, linewidths=0)
right.scatter(rows[first.name][about], rows[second.name][about], s=9, color=FLAGGED, linewidths=0)
right.set(xlabel=first.name, ylabel=second.name, title="flagged for these two columns")

drawn = io.BytesIO()
figure.savefig(drawn, dpi=180)
# Few colours keep the file small.
Image.open(drawn).convert("RGB").quantize(48).save("docs/kitnet.png", optimize=True)
