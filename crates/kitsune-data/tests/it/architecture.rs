//! The floors of the crate: each file imports only from the floors below its own.

#[path = "../../../../tests/architecture.rs"]
mod checker;

/// From the top, as the picture in ARCHITECTURE.md shows them. Rooms on one floor do not import each other.
const FLOORS: &[&[&str]] = &[
    &["input"],
    &["source", "sinks"],
    &["formats/captures", "formats/csv", "formats/ipc", "formats/json_lines", "formats/memory", "formats/parquet"],
    &["formats/frames"],
    &["formats"],
    &["rows"],
    &["locations", "as_text"],
    &["error"],
    &["labels", "reading"],
    &["condition", "missing_words", "note", "remark"],
    &["fault", "format"],
    &["files", "named", "notation", "numeral", "packets"],
];

#[test]
fn every_import_goes_down() {
    checker::assert_one_direction(concat!(env!("CARGO_MANIFEST_DIR"), "/src"), FLOORS);
}
