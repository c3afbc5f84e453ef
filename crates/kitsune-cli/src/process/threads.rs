//! The number of threads, and their start.

use std::env;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use anyhow::{Result, anyhow, bail};
use rayon::ThreadPoolBuilder;

use super::limits::{Limit, address_space};

/// Polars, Burn's CPU backends and kitsune's own loops each have their own pool, whose size they read from the environment.
const POOLS: [&str; 3] = ["POLARS_MAX_THREADS", POOL_OF_LOOPS, "MATMUL_NUM_THREADS"];
const POOL_OF_LOOPS: &str = "RAYON_NUM_THREADS";

/// The most threads that may be asked for: 1,024, or 16 for each core if that is more.
pub(crate) fn most() -> usize {
    available_parallelism().map_or(1, NonZeroUsize::get).saturating_mul(16).max(1024)
}

/// Bounds each pool and starts those of kitsune's loops and of Polars, so that a lack of threads is known before the work. Call it before any
/// other code runs.
///
/// With `beside` other threads that work at the same time, the pool of kitsune's loops has as many more, unless its number is given: a thread that lost its core to
/// one of the others keeps all from going on where they wait for each other, and another core has nothing to do meanwhile.
///
/// # Errors
/// If the system has no threads left.
pub(crate) fn start(number: Option<NonZeroUsize>, beside: usize) -> Result<()> {
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    let is_given = number.is_some() || env::var_os(POOL_OF_LOOPS).is_some();
    if let Some(number) = number {
        bound(number);
    }
    let threads = number.map_or(cores, NonZeroUsize::get);
    // A single core always has something to do, and where memory is short, they are left out.
    let more = if is_given || cores == 1 || !fit(threads, beside) { 0 } else { beside };
    if !fit(threads, more) {
        bail!(lack());
    }
    // 0 is the default: the number in the environment, or that of the cores.
    let of_loops = if more == 0 { 0 } else { cores + more };
    ThreadPoolBuilder::new().num_threads(of_loops).build_global().map_err(|_| anyhow!(lack()))?;
    kitsune_data::start_polars().map_err(|_| anyhow!(lack()))
}

/// Whether the stacks of both pools of so many threads, of `more` threads, and of the thread that takes the steps of a training, are within the limit of memory. A thread that
/// has its stack but no memory to begin aborts the process.
fn fit(number: usize, more: usize) -> bool {
    /// The stack of a thread, and what it needs to begin.
    const THREAD_BYTES: u64 = (2 << 20) + (64 << 10);
    let threads = number.saturating_mul(2).saturating_add(more).saturating_add(usize::from(number > 1));
    let needed = THREAD_BYTES.saturating_mul(threads as u64);
    Limit::Memory.now().zip(address_space()).is_none_or(|(limit, taken)| taken.saturating_add(needed) <= limit)
}

/// The message about a lack of threads.
pub(crate) fn lack() -> String {
    format!("the system has no more threads for kitsune ({})", advice())
}

/// What a user can do about a lack of threads.
pub(crate) fn advice() -> String {
    let limit = |limit: Limit, unit, command| limit.now().map(|number| format!("; the limit is {number} {unit}: {command}"));
    let limits =
        [limit(Limit::Threads, "processes and threads of the user", "ulimit -u"), limit(Limit::Memory, "bytes of memory", "ulimit -v")];
    format!("--threads 1 needs the fewest{}", limits.into_iter().flatten().collect::<String>())
}

#[expect(unsafe_code, reason = "the pools read their size from the environment only, and changing it is unsafe once there are threads")]
fn bound(number: NonZeroUsize) {
    for pool in POOLS {
        // SAFETY: main starts the pools before it starts a thread, or runs code that could start one.
        unsafe { env::set_var(pool, number.to_string()) };
    }
}
