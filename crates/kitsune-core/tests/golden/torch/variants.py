"""Makes the other checkpoints of this folder of kitsune.pt: `python variants.py`, with PyTorch 2.

kitsune.pt is what batch Kitsune saves, and checkpoint.json has its weights and its scores of some rows. variants.json has the scores of the same rows
by the weights as each file here has them, computed in f32.
"""

import json
import sys
import types

import torch
from torch import nn


class FeatureMapper:
    """Stands for the original's class."""


class TiedAutoencoder(nn.Module):
    def __init__(self, weights):
        super().__init__()
        for name, value in weights.items():
            self.register_parameter(name, nn.Parameter(value))
        self.dropout = nn.Dropout(0.1)


class Kitsune(nn.Module):
    def __init__(self, mapper, weights):
        super().__init__()
        self.feature_mapper = mapper
        self.compression_rate = 0.6
        self.tails = nn.ModuleList(TiedAutoencoder(part(weights, f"tails.{number}.")) for number in range(2))
        self.head = TiedAutoencoder(part(weights, "head."))


models = types.ModuleType("kitsune.models")
sys.modules["kitsune"], sys.modules["kitsune.models"] = types.ModuleType("kitsune"), models
for known in (FeatureMapper, TiedAutoencoder, Kitsune):
    known.__module__, known.__qualname__ = "kitsune.models", known.__name__
    setattr(models, known.__name__, known)


def part(weights, prefix):
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


def error(weights, x):
    w = weights["w"].float()
    y = torch.sigmoid(torch.tanh(x @ w + weights["hidden_bias"].float()) @ w.T + weights["reconstruct_bias"].float())
    return torch.sqrt((y - x) ** 2 + 1e-7).mean(1)


def scores(weights):
    tails = [error(part(weights, f"tails.{number}."), rows[:, cluster]) for number, cluster in enumerate(clusters)]
    return error(part(weights, "head."), torch.stack(tails, 1)).tolist()


def in_one_storage(weights):
    """Views of one storage, with a gap before each, and the matrices in the order of their columns."""
    storage = torch.full((sum(value.numel() + 3 for value in weights.values()),), 7.0)
    views, start = {}, 0
    for name, value in weights.items():
        start += 3
        view = storage[start : start + value.numel()]
        view = view.view(*reversed(value.shape)).T if value.dim() == 2 else view
        view.copy_(value)
        views[name], start = view, start + value.numel()
    return views


golden = json.load(open("checkpoint.json"))
rows, clusters = torch.tensor(golden["input"]), golden["clusters"]
original = torch.load("kitsune.pt", weights_only=False)
weights, mapper = original["weights"], original["config"]["feature_mapper"]
mapper.__dict__ = {name: value for name, value in mapper.__dict__.items() if not name.startswith("running")}
kinds = {"tails.0": torch.bfloat16, "tails.1": torch.float16, "head": torch.float64}
mixed = {name: value.to(kinds[name.rpartition(".")[0]]) for name, value in weights.items()}
wrapped = {f"module._orig_mod.{name}": value for name, value in weights.items()}
negated = dict(weights, **{"tails.1.w": torch._neg_view(-weights["tails.1.w"])})
conjugated = dict(weights, **{"tails.1.w": torch.complex(weights["tails.1.w"], weights["tails.1.w"]).conj()})
optimizer = {"state": {}, "param_groups": [{"lr": 1e-3, "momentum": 0.9, "params": [0, 1]}]}

saved = {
    "protocol_4.pt": (dict(original), weights, 4),
    "protocol_5.pt": ({"epoch": 3, "state_dict": wrapped, "optimizer": optimizer, "clusters": clusters}, weights, 5),
    "one_storage.pt": ({"model": in_one_storage(weights), "clusters": tuple(map(tuple, clusters))}, weights, 2),
    "state_dict.pt": (mixed, mixed, 2),
    "module.pt": (Kitsune(mapper, weights), weights, 2),
    "negated.pt": (negated, None, 2),
    "conjugated.pt": (conjugated, None, 2),
}
variants = {"format": 1, "source": {"torch": torch.__version__}, "scores": {}}
for name, (value, used, protocol) in saved.items():
    torch.save(value, name, pickle_protocol=protocol)
    if used is not None:
        variants["scores"][name] = scores(used)
found = torch.tensor(variants["scores"]["protocol_4.pt"])
assert (found - torch.tensor(golden["scores_f32"])).abs().max() < 1e-6
json.dump(variants, open("variants.json", "w"), separators=(",", ":"))
