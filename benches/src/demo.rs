//! The demo data: one row per minute of a web service, some of them anomalous.

use std::fmt::Write;

use crate::random::Random;

/// Number of training rows, all of them ordinary.
const TRAIN_ROWS: usize = 4_800;

/// Number of rows to score.
const TEST_ROWS: usize = 2_400;

/// One in this many test rows is an anomaly.
const ANOMALY_EVERY: usize = 10;

/// Number of columns that an anomaly changes.
const CHANGED_COLUMNS: usize = 5;

/// Number of random training rows from which the value nearest to the wanted one is taken.
const DONORS: usize = 100;

/// Columns and their dependence on hidden factors: demand, mix of reads and writes, memory pressure, disk health. The last number is the
/// share of noise.
const COLUMNS: [(&str, [f64; 4], f64, f64, f64); 20] = [
    ("requests_per_s", [0.90, 0.05, 0.00, 0.00], 420.0, 160.0, 0.02),
    ("sessions", [0.85, -0.10, 0.10, 0.00], 1800.0, 600.0, 0.03),
    ("mbit_in", [0.70, 0.60, 0.00, 0.00], 95.0, 30.0, 0.02),
    ("mbit_out", [0.80, -0.50, 0.00, 0.00], 310.0, 110.0, 0.02),
    ("kpackets_in", [0.75, 0.50, 0.00, 0.00], 22.0, 7.0, 0.02),
    ("kpackets_out", [0.82, -0.42, 0.00, 0.00], 41.0, 14.0, 0.02),
    ("cpu_user", [0.85, 0.10, 0.30, 0.00], 38.0, 12.0, 0.03),
    ("cpu_system", [0.60, 0.30, 0.20, 0.45], 11.0, 3.5, 0.03),
    ("cpu_wait", [0.10, 0.35, 0.10, 0.85], 4.0, 1.6, 0.03),
    ("load_1m", [0.75, 0.15, 0.25, 0.45], 3.1, 1.0, 0.03),
    ("memory_used", [0.20, 0.00, 0.95, 0.00], 63.0, 9.0, 0.02),
    ("page_faults", [0.15, 0.10, 0.90, 0.20], 900.0, 320.0, 0.03),
    ("swap_mb", [0.00, 0.05, 0.85, 0.30], 240.0, 75.0, 0.03),
    ("cache_hits", [0.40, -0.35, -0.75, 0.00], 88.0, 4.0, 0.03),
    ("disk_read_mb", [0.45, -0.65, 0.20, 0.30], 52.0, 17.0, 0.02),
    ("disk_write_mb", [0.45, 0.80, 0.00, 0.25], 34.0, 12.0, 0.02),
    ("disk_queue", [0.25, 0.40, 0.10, 0.80], 2.4, 0.8, 0.03),
    ("db_queries", [0.80, 0.40, 0.00, 0.05], 1300.0, 430.0, 0.02),
    ("db_latency_ms", [0.35, 0.35, 0.25, 0.75], 8.5, 2.4, 0.03),
    ("latency_ms", [0.50, 0.10, 0.40, 0.65], 74.0, 19.0, 0.03),
];

/// The demo as CSV files.
#[derive(Debug, Clone)]
pub struct Demo {
    /// Two files of ordinary rows, with a header.
    pub train: [String; 2],
    /// One file with a last column `label`, which is 1 for an anomaly.
    pub test: String,
}

/// Makes the demo data from a seed.
///
/// An anomaly is an ordinary row in which a few columns are as far on the other side of their usual level: high instead of low, or low
/// instead of high. Each of these values also occurs in the training rows. So no column looks strange by itself; only the columns do not
/// fit together.
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

/// The values of a row in units of 0.01.
type Row = [i64; COLUMNS.len()];

fn row(random: &mut Random) -> Row {
    // The factors are uniform with deviation 1. A service has busy and idle hours, and no minute is far beyond all others.
    let factors: [f64; 4] = std::array::from_fn(|_| 3f64.sqrt() * (2.0 * random.uniform() - 1.0));
    COLUMNS.map(|(_, weights, mean, deviation, noise)| {
        let sum: f64 = weights.iter().zip(factors).map(|(weight, factor)| weight * factor).sum();
        ((mean + deviation * (sum + noise * random.normal())) * 100.0).round().max(0.0) as i64
    })
}

fn test_row(random: &mut Random, train: &[Row]) -> (Row, bool) {
    if random.below(ANOMALY_EVERY) > 0 {
        return (ordinary_test_row(random, train), false);
    }
    // A row close to all averages has no column to mirror, so another row is drawn.
    let (mut values, mut clear) = loop {
        let values = ordinary_test_row(random, train);
        let clear: Vec<usize> = (0..COLUMNS.len()).filter(|&column| deviations(&values, column).abs() > 0.7).collect();
        if clear.len() >= CHANGED_COLUMNS {
            break (values, clear);
        }
    };
    for _ in 0..CHANGED_COLUMNS {
        let column = clear.swap_remove(random.below(clear.len()));
        let wanted = -deviations(&values, column);
        let donors = (0..DONORS).map(|_| &train[random.below(train.len())]);
        let distance = |donor: &&Row| (deviations(donor, column) - wanted).abs();
        if let Some(donor) = donors.min_by(|a, b| distance(a).total_cmp(&distance(b))) {
            values[column] = donor[column];
        }
    }
    (values, true)
}

/// Draws an ordinary row. It may leave the ranges of the training rows slightly, so it is clamped to them; ranges then reveal nothing.
fn ordinary_test_row(random: &mut Random, train: &[Row]) -> Row {
    let mut values = row(random);
    for (column, value) in values.iter_mut().enumerate() {
        let seen = train.iter().map(|row| row[column]);
        *value = (*value).clamp(seen.clone().min().unwrap_or(0), seen.max().unwrap_or(0));
    }
    values
}

/// The difference of a value from its column's usual level, in the column's deviations.
fn deviations(row: &Row, column: usize) -> f64 {
    let (_, _, mean, deviation, _) = COLUMNS[column];
    (row[column] as f64 / 100.0 - mean) / deviation
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
