//! The demo data: one row per minute of a web service, and minutes in which something is not as it should be.

use std::fmt::Write;

use crate::random::Random;

/// Rows to train on, all of them ordinary.
const TRAIN_ROWS: usize = 4_800;

/// Rows to score.
const TEST_ROWS: usize = 2_400;

/// One test row of so many is an anomaly.
const ANOMALY_EVERY: usize = 10;

/// Columns and how each follows from what nobody sees: demand, mix of reads and writes, pressure on memory, health of the disk. The last
/// number is the share of noise.
const COLUMNS: [(&str, [f64; 4], f64, f64, f64); 20] = [
    ("requests_per_s", [0.90, 0.05, 0.00, 0.00], 420.0, 160.0, 0.04),
    ("sessions", [0.85, -0.10, 0.10, 0.00], 1800.0, 600.0, 0.05),
    ("mbit_in", [0.70, 0.60, 0.00, 0.00], 95.0, 30.0, 0.04),
    ("mbit_out", [0.80, -0.50, 0.00, 0.00], 310.0, 110.0, 0.04),
    ("kpackets_in", [0.75, 0.50, 0.00, 0.00], 22.0, 7.0, 0.04),
    ("kpackets_out", [0.82, -0.42, 0.00, 0.00], 41.0, 14.0, 0.04),
    ("cpu_user", [0.85, 0.10, 0.30, 0.00], 38.0, 12.0, 0.05),
    ("cpu_system", [0.60, 0.30, 0.20, 0.45], 11.0, 3.5, 0.05),
    ("cpu_wait", [0.10, 0.35, 0.10, 0.85], 4.0, 1.6, 0.05),
    ("load_1m", [0.75, 0.15, 0.25, 0.45], 3.1, 1.0, 0.05),
    ("memory_used", [0.20, 0.00, 0.95, 0.00], 63.0, 9.0, 0.04),
    ("page_faults", [0.15, 0.10, 0.90, 0.20], 900.0, 320.0, 0.05),
    ("swap_mb", [0.00, 0.05, 0.85, 0.30], 240.0, 75.0, 0.05),
    ("cache_hits", [0.40, -0.35, -0.75, 0.00], 88.0, 4.0, 0.05),
    ("disk_read_mb", [0.45, -0.65, 0.20, 0.30], 52.0, 17.0, 0.04),
    ("disk_write_mb", [0.45, 0.80, 0.00, 0.25], 34.0, 12.0, 0.04),
    ("disk_queue", [0.25, 0.40, 0.10, 0.80], 2.4, 0.8, 0.05),
    ("db_queries", [0.80, 0.40, 0.00, 0.05], 1300.0, 430.0, 0.04),
    ("db_latency_ms", [0.35, 0.35, 0.25, 0.75], 8.5, 2.4, 0.05),
    ("latency_ms", [0.50, 0.10, 0.40, 0.65], 74.0, 19.0, 0.05),
];

/// The demo as CSV files.
#[derive(Debug, Clone)]
pub struct Demo {
    /// Two files of ordinary rows, with a header.
    pub train: [String; 2],
    /// One file with a last column `label`, 1 for an anomaly.
    pub test: String,
}

/// Makes the demo data of a seed.
///
/// An anomaly is an ordinary row in which a few columns have the value of another row that differs clearly: every cell is one that the training rows
/// have too, only the columns no longer fit together.
pub fn demo(seed: u64) -> Demo {
    let mut random = Random::new(seed);
    let train: Vec<Row> = (0..TRAIN_ROWS).map(|_| row(&mut random)).collect();
    let test: Vec<(Row, bool)> = (0..TEST_ROWS).map(|_| test_row(&mut random, &train)).collect();

    let header = COLUMNS.map(|(name, ..)| name).join(",");
    let file = |rows: &[Row]| {
        let mut text = format!("{header}\n");
        for row in rows {
            text.push_str(&line(row));
            text.push('\n');
        }
        text
    };
    let mut test_file = format!("{header},label\n");
    for (row, is_anomaly) in &test {
        // Writing to a string cannot fail.
        writeln!(test_file, "{},{}", line(row), u8::from(*is_anomaly)).ok();
    }
    let (first, second) = train.split_at(TRAIN_ROWS / 2);
    Demo { train: [file(first), file(second)], test: test_file }
}

/// Values in units of 0.01.
type Row = [i64; COLUMNS.len()];

fn row(random: &mut Random) -> Row {
    // Cut to ±2, so that few rows reach the ends of the ranges alone.
    let factors: [f64; 4] = std::array::from_fn(|_| random.normal().clamp(-2.0, 2.0));
    COLUMNS.map(|(_, weights, mean, deviation, noise)| {
        let sum: f64 = weights.iter().zip(factors).map(|(weight, factor)| weight * factor).sum();
        ((mean + deviation * (sum + noise * random.normal())) * 100.0).round().max(0.0) as i64
    })
}

fn test_row(random: &mut Random, train: &[Row]) -> (Row, bool) {
    let mut values = row(random);
    // An ordinary test row may leave the ranges by a little as well: brought back, so that ranges tell nothing.
    for (column, value) in values.iter_mut().enumerate() {
        let seen = train.iter().map(|row| row[column]);
        *value = (*value).clamp(seen.clone().min().unwrap_or(0), seen.max().unwrap_or(0));
    }
    let is_anomaly = random.below(ANOMALY_EVERY) == 0;
    if is_anomaly {
        for _ in 0..4 {
            let column = random.below(COLUMNS.len());
            let clear = COLUMNS[column].3 * 100.0;
            let donor = (0..1_000).map(|_| train[random.below(train.len())][column]);
            if let Some(value) = donor.into_iter().find(|value| (value - values[column]).abs() as f64 > clear) {
                values[column] = value;
            }
        }
    }
    (values, is_anomaly)
}

fn line(row: &Row) -> String {
    row.map(|value| format!("{}", value as f64 / 100.0)).join(",")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_demo_in_the_repository_is_the_one_of_seed_0() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo");
        let Demo { train: [first, second], test } = demo(0);
        for (name, made) in [("train/monday.csv", first), ("train/tuesday.csv", second), ("test/wednesday.csv", test)] {
            let shipped = fs::read_to_string(folder.join(name)).unwrap();
            let differs = shipped.lines().zip(made.lines()).position(|(a, b)| a != b);
            assert_eq!(differs, None, "{name} differs; to make it anew: cargo run -p kitsune-benches --example demo_data");
            assert_eq!(shipped.len(), made.len(), "{name}");
        }
    }
}
