//! Microseconds that the library takes to score some rows of memory, the median of many calls: what `benches/peers.py` compares the calls of Python with.
//!
//! `target/release/examples/score_calls MODEL NUMBERS ROWS CALLS`
//!
//! NUMBERS is a file of row-major f32 in the order of bytes of this machine. Each call scores the next ROWS of its rows, and begins again where none are left.

use std::error::Error;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use burn_ndarray::{NdArray, NdArrayDevice};
use kitsune_core::{Kitsune, RowSlice, ScoreOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [model, numbers, rows, calls] = &words[..] else {
        return Err("usage: score_calls MODEL NUMBERS ROWS CALLS".into());
    };
    let (rows, calls): (usize, usize) = (rows.parse()?, calls.parse()?);
    let model: Kitsune<NdArray> = Kitsune::from_pretrained(model, &NdArrayDevice::default())?;
    let numbers: Vec<f32> = std::fs::read(numbers)?.as_chunks().0.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect();
    let features = model.feature_map().features();
    let options = ScoreOptions::new();
    let mut times = Vec::with_capacity(calls);
    for part in numbers.chunks_exact(rows * features).cycle().take(calls) {
        let start = Instant::now();
        model.score_rows(&RowSlice::new(part, features)?, &options)?;
        times.push(start.elapsed());
    }
    Ok(writeln!(io::stdout(), "{}", median(times).as_secs_f64() * 1e6)?)
}

/// The upper one of the two in the middle, if their number is even.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
