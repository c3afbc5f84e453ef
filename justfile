# One line of cargo each; `just` alone lists them.

_default:
    @just --list

# Lints, as CI has them
check:
    cargo clippy --workspace --all-targets -- -D warnings
    cargo clippy --manifest-path tests/s3/Cargo.toml --all-targets -- -D warnings

# All tests
test:
    cargo test --workspace && cargo test --manifest-path tests/s3/Cargo.toml

# The documentation, in a browser
doc:
    cargo doc --workspace --no-deps --open

# All benches, in release
bench:
    cargo bench -p kitsune-benches

# Everything that CI runs
ci:
    .ci/run
