#!/usr/bin/env bash
# Burn's NdArray reads a tensor that has a clone value by value, some hundred times as slowly as the same tensor flattened first.
#
# Versions: burn and burn-ndarray 0.21.0.
# A good guess: `into_data` of a contiguous tensor of f32 is a copy of its memory at most, whoever else holds it.
# What happens: without another holder the memory is moved, in no time. With one, as after `clone` or `Param::val`, which is a clone, an
# iterator over an index of any number of axes collects the values: 24 ns each on a server processor, 20 ms for the 819,200 values here. Flattened to
# one axis first, the same values take 0.08 ns each.
# What Kitsune does: where kitsune-core computes it borrows the numbers of a host tensor; only to save a model it reads tensors that have clones.
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
TOML

cat >src/main.rs <<'RUST'
use std::process::exit;
use std::time::{Duration, Instant};

use burn::tensor::{Tensor, TensorData};
use burn_ndarray::NdArray;

const SHAPE: [usize; 3] = [4_096, 20, 10];
const COUNT: usize = 4_096 * 20 * 10;

type Values = Tensor<NdArray<f32>, 3>;

fn tensor() -> Values {
    let values: Vec<f32> = (0..COUNT).map(|at| at as f32).collect();
    Tensor::from_data(TensorData::new(values, SHAPE), &Default::default())
}

/// The median of eleven readings of a new tensor.
fn median(read: impl Fn(Values) -> TensorData) -> Duration {
    let mut times: Vec<Duration> = (0..11)
        .map(|_| {
            let x = tensor();
            let start = Instant::now();
            let data = read(x);
            let time = start.elapsed();
            assert_eq!(data.as_slice::<f32>().unwrap()[COUNT - 1], (COUNT - 1) as f32);
            time
        })
        .collect();
    times.sort();
    times[5]
}

fn main() {
    let alone = median(|x| x.into_data());
    let held = median(|x| {
        let data = x.clone().into_data();
        drop(x);
        data
    });
    let flat = median(|x| {
        let data = x.clone().reshape([COUNT]).into_data();
        drop(x);
        data
    });
    let per_value = |time: Duration| time.as_secs_f64() * 1e9 / COUNT as f64;
    println!("alone {:.2} ns a value, with a clone {:.2}, with a clone and flattened {:.2}", per_value(alone), per_value(held), per_value(flat));
    if held < 3 * flat || held < 3 * alone {
        println!("a tensor that has a clone is no longer read so slowly");
        exit(1);
    }
}
RUST

cargo --version
cargo tree --quiet --depth 1 --prefix none | sed 1d
cargo run --quiet --release
echo "As stated."
