//! The order of the rooms: each imports from the floors below its own only.

#[path = "../../../../tests/architecture.rs"]
mod checker;

/// The floors from the top, as in ARCHITECTURE.md.
const FLOORS: &[&[&str]] = &[
    &["args"],
    &["commands"],
    &["failure"],
    &["report", "output"],
    &["alerts"],
    &["scoring"],
    &["input"],
    &["backend", "process"],
    &["console"],
];

#[test]
fn rooms_import_in_one_direction() {
    checker::assert_one_direction(concat!(env!("CARGO_MANIFEST_DIR"), "/src"), FLOORS);
}
