//! The number of threads.

use std::env;
use std::num::NonZeroUsize;

/// Polars, Burn's CPU backends and kitsune-data each have their own pool, whose size they read from the environment.
const POOLS: [&str; 3] = ["POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "MATMUL_NUM_THREADS"];

/// Bounds each pool. Call it before any other code runs.
#[expect(unsafe_code, reason = "the pools read their size from the environment only, and changing it is unsafe once there are threads")]
pub(crate) fn bound(number: NonZeroUsize) {
    for pool in POOLS {
        // SAFETY: main calls this before it starts a thread, or code that could start one.
        unsafe { env::set_var(pool, number.to_string()) };
    }
}
