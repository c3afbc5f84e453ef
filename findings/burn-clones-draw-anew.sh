#!/usr/bin/env bash
# A clone of a Burn module that was not used yet is another model: it draws weights of its own.
#
# Versions: burn and burn-ndarray 0.21.0.
# A good guess: `init` draws the weights, so a seed set before it decides them, and a clone has the same ones.
# What happens: `init` stores how to draw, and each parameter is drawn when it is first read. Until then a clone takes the recipe, not
# the weights, so what `model.clone()` saves, or a second run trains, is not what the first has. Two modules made after the same seed
# differ as well, where the first is read after the second was made. Once a parameter was read, its clones are equal.
# What Kitsune does: kitsune-core draws weights from a counter of its own and makes parameters from tensors, which exist at once.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"

[dependencies]
burn = { version = "=0.21.0", default-features = false, features = ["std"] }
burn-ndarray = { version = "=0.21.0", default-features = false, features = ["std"] }

[profile.dev]
debug = false
TOML

cat >src/main.rs <<'RUST'
use std::process::exit;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn_ndarray::NdArray;

type Cpu = NdArray<f32>;

fn layer_after_seed() -> Linear<Cpu> {
    let device = Default::default();
    Cpu::seed(&device, 1);
    LinearConfig::new(4, 4).init(&device)
}

fn weights(layer: &Linear<Cpu>) -> Vec<f32> {
    layer.weight.val().into_data().to_vec().expect("the backend is one of f32")
}

fn check(what: &str, seen: bool, stated: bool) {
    println!("{what}: {seen}");
    if seen != stated {
        eprintln!("This has changed: {what}: expected {stated}.");
        exit(1);
    }
}

fn main() {
    let layer = layer_after_seed();
    let clone = layer.clone();
    check("a clone has the parameter's id", clone.weight.id == layer.weight.id, true);
    check("a clone of an unused layer has its weights", weights(&clone) == weights(&layer), false);
    check("a clone of a used layer has its weights", weights(&layer.clone()) == weights(&layer), true);

    let layer = layer_after_seed();
    let record = layer.clone().into_record();
    let saved: Tensor<Cpu, 2> = record.weight.val();
    check("the record of a clone of an unused layer has its weights", saved.into_data() == layer.weight.val().into_data(), false);

    let (first, second) = (layer_after_seed(), layer_after_seed());
    check("two layers made after one seed have equal weights", weights(&first) == weights(&second), false);
    let first = weights(&layer_after_seed());
    check("two layers made and read after one seed have equal weights", first == weights(&layer_after_seed()), true);
}
RUST
cargo --version
cargo tree --quiet --depth 1 --prefix none | sed 1d
cargo run --quiet
echo "As stated."
