//! Made-up rows: irregular, but without randomness, and with columns that depend on each other.

/// Features of a row.
pub(crate) const FEATURES: usize = 4;

/// Makes `count` rows with all values in 0-1.
pub(crate) fn made_up(count: usize) -> Vec<[f64; FEATURES]> {
    let row = |row: usize| {
        let (a, b) = ((row as f64 * 0.618_034).fract(), (row as f64 * 0.414_214).fract());
        [a, b, f64::midpoint(a, b), a * b]
    };
    (0..count).map(row).collect()
}

/// Lines of a CSV file, with decimals that read back to the same numbers.
pub(crate) fn csv<const COLUMNS: usize>(rows: &[[f64; COLUMNS]]) -> String {
    rows.iter().map(|row| row.map(|value| value.to_string()).join(",") + "\n").collect()
}

/// Asserts that the scores are equal, and names the first row that differs.
#[track_caller]
pub(crate) fn assert_same(what: &str, found: &[f32], expected: &[f32]) {
    assert_close(what, found, expected, 0.0);
}

/// Asserts that the scores are equal within `tolerance · (1 + |score|)`.
#[track_caller]
pub(crate) fn assert_close(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= tolerance * (1.0 + expected.abs()), "{what}, row {row}: {found} instead of {expected}");
    }
}
