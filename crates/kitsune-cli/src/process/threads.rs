//! How many threads are started.

use std::env;
use std::num::NonZeroUsize;

/// Polars, Burn's CPU backends and kitsune-data each have their own pool, whose size they read from the environment.
const POOLS: [&str; 3] = ["POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "MATMUL_NUM_THREADS"];

/// Bounds each pool. To be called before anything else has run.
#[expect(unsafe_code, reason = "the environment is the only way to tell the pools, and changing it is unsafe once there are threads")]
pub(crate) fn bound(number: NonZeroUsize) {
    for pool in POOLS {
        // SAFETY: main calls this before it starts a thread, or anything that could.
        unsafe { env::set_var(pool, number.to_string()) };
    }
}
