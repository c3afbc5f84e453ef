#!/usr/bin/env bash
# On both of Burn's CPU backends a sum over rows in f32 stops at 2^24, while the sum of all elements goes on.
#
# Versions: burn, burn-ndarray and burn-flex 0.21.0.
# A good guess: `sum_dim(0)` of one column is `sum()` of it, and both add in blocks, so that the mean of a long column is right to about
# 1e-6.
# What happens: `sum_dim(0)` and `mean_dim(0)` add one row after the other to one f32 per column. Beyond 2^24 = 16,777,216 a 1 is half of
# the last digit and is rounded away, so the mean of 20,971,520 ones is 0.8. `sum()` and `mean()` of the same tensor are right.
# What Kitsune does: means, co-moments and other statistics over all rows are taken on the host, in f64. Tensors are reduced over the rows
# of one batch only.
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
burn-flex = { version = "=0.21.0", default-features = false, features = ["std", "simd"] }
burn-ndarray = { version = "=0.21.0", default-features = false, features = ["std"] }

# The backends' loops take minutes otherwise.
[profile.dev]
opt-level = 1
debug = false

[profile.dev.package."*"]
opt-level = 0

[profile.dev.package]
burn-flex = { opt-level = 1 }
burn-ndarray = { opt-level = 1 }
macerator = { opt-level = 1 }
ndarray = { opt-level = 1 }
TOML

cat >src/main.rs <<'RUST'
use std::process::exit;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn_flex::Flex;
use burn_ndarray::NdArray;

const ROWS: usize = 20 << 20;

fn check(what: &str, seen: f32, stated: f32) {
    println!("{what}: {seen}");
    if seen != stated {
        eprintln!("This has changed: {what}: expected {stated}.");
        exit(1);
    }
}

fn check_backend<B: Backend<FloatElem = f32>>(name: &str) {
    let ones = Tensor::<B, 2>::ones([ROWS, 1], &B::Device::default());
    check(&format!("{name}, sum_dim(0)"), ones.clone().sum_dim(0).into_scalar(), 16_777_216.0);
    check(&format!("{name}, mean_dim(0)"), ones.clone().mean_dim(0).into_scalar(), 0.8);
    check(&format!("{name}, sum()"), ones.clone().sum().into_scalar(), 20_971_520.0);
    check(&format!("{name}, mean()"), ones.mean().into_scalar(), 1.0);
}

fn main() {
    println!("A column of {ROWS} ones");
    check_backend::<NdArray<f32>>("ndarray");
    check_backend::<Flex>("flex");
}
RUST
cargo --version
cargo tree --quiet --depth 1 --prefix none | sed 1d
cargo run --quiet
echo "As stated."
