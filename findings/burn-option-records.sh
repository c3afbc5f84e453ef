#!/usr/bin/env bash
# Burn drops the recorded weights of an `Option` field that is `None`, and the field itself where the record is without it.
#
# Versions: burn and burn-ndarray 0.21.0.
# A good guess: a record that does not fit the module is an error, or `load_record` makes the field what the record says.
# What happens: `load_record` returns a module, not a result. What the record holds for a `None` is dropped. A layer that the record is
# without becomes `None`, although the module had one. A plain tensor, which is no parameter, keeps what the new module was made with.
# What Kitsune does: a model without a body has a placeholder of one unit in its place, and settings and host data inside modules are
# modules of their own with a record, so that what comes back is what was recorded.
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
use std::fmt::Debug;
use std::process::exit;

use burn::module::{Module, Param};
use burn::record::{BinBytesRecorder, FullPrecisionSettings, Recorder};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn_ndarray::NdArray;

type Cpu = NdArray<f32>;

#[derive(Module, Debug)]
struct Layer<B: Backend> {
    weight: Param<Tensor<B, 1>>,
}

#[derive(Module, Debug)]
struct Network<B: Backend> {
    first: Layer<B>,
    second: Option<Layer<B>>,
    plain: Tensor<B, 1>,
}

/// A network whose numbers are all `value`.
fn network(value: f32, with_second: bool) -> Network<Cpu> {
    let tensor = || Tensor::from_floats([value], &Default::default());
    let layer = || Layer { weight: Param::from_tensor(tensor()) };
    Network { first: layer(), second: with_second.then(layer), plain: tensor() }
}

fn saved(network: Network<Cpu>) -> Vec<u8> {
    BinBytesRecorder::<FullPrecisionSettings>::default().record(network.into_record(), ()).expect("the network is saved")
}

fn loaded(network: Network<Cpu>, bytes: Vec<u8>) -> Network<Cpu> {
    let record = BinBytesRecorder::<FullPrecisionSettings>::default().load(bytes, &Default::default());
    network.load_record(record.expect("the record is read without an error"))
}

/// The numbers in `first`, `second` and `plain`.
fn numbers(network: &Network<Cpu>) -> (f32, Option<f32>, f32) {
    let weight = |layer: &Layer<Cpu>| layer.weight.val().into_scalar();
    (weight(&network.first), network.second.as_ref().map(weight), network.plain.clone().into_scalar())
}

fn check(what: &str, seen: impl Debug, stated: impl Debug) {
    let (seen, stated) = (format!("{seen:?}"), format!("{stated:?}"));
    println!("{what}: {seen}");
    if seen != stated {
        eprintln!("This has changed: {what}: expected {stated}.");
        exit(1);
    }
}

fn main() {
    let with_second = saved(network(7.0, true));
    let without_second = saved(network(7.0, false));
    check("the record holds the second layer", with_second.len() > without_second.len(), true);

    let same = loaded(network(1.0, true), with_second.clone());
    check("first, second and plain, loaded into a network with a second layer", numbers(&same), (7.0, Some(7.0), 1.0));

    let dropped = loaded(network(1.0, false), with_second);
    check("loaded into a network without one", numbers(&dropped), (7.0, None::<f32>, 1.0));
    check("saved again, it is as long as one without", saved(dropped).len(), without_second.len());

    let lost = loaded(network(1.0, true), without_second);
    check("a record without a second layer, loaded into a network with one", numbers(&lost), (7.0, None::<f32>, 1.0));
}
RUST
cargo --version
cargo tree --quiet --depth 1 --prefix none | sed 1d
cargo run --quiet
echo "As stated."
