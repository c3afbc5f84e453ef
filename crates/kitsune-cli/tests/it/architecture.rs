//! The rooms of the command, of which each imports from the floors below its own only.

#[path = "../../../../tests/architecture.rs"]
mod checker;

/// From the top, as ARCHITECTURE.md has them.
const FLOORS: &[&[&str]] = &[
    &["args"],
    &["commands"],
    &["failure"],
    &["report", "output"],
    &["scoring"],
    &["input"],
    &["backend", "process"],
    &["console"],
    &["words"],
];

#[test]
fn rooms_import_in_one_direction() {
    checker::assert_one_direction(concat!(env!("CARGO_MANIFEST_DIR"), "/src"), FLOORS);
}
