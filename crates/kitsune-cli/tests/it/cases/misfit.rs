//! Rows that do not fit the model as a whole.

use super::Outcome::{Prints, Says, SaysNothingOf, Writes};
use super::{Case, run};

/// Two hundred rows, whose first column is moved by this, and each tenth of which has the label of an anomaly if there are labels.
fn rows(moved: u32, with_labels: bool) -> String {
    let row = |row: u32| {
        let (a, b) = (row * 37 % 101, row * 37 % 101 + row * 13 % 29);
        let label = if with_labels { format!(",{}", u8::from(row.is_multiple_of(10))) } else { String::new() };
        format!("{},{b}{label}\n", a + moved)
    };
    let header = if with_labels { "a,b,label\n" } else { "a,b\n" };
    (0..200).map(row).fold(header.to_owned(), |text, row| text + &row)
}

/// The header and the first rows.
fn first(text: &str, rows: usize) -> String {
    text.lines().take(1 + rows).collect::<Vec<_>>().join("\n") + "\n"
}

const ADVICE: &[&str] = &["if these rows should be normal", "kitsune calibrate", "kitsune train"];

#[test]
fn rows_that_fit_nothing_are_said_with_what_to_do() {
    let [normal, moved] = [0, 60].map(|moved| rows(moved, false));
    let [same, labelled] = [0, 60].map(|moved| rows(moved, true));
    let (few, both) = (first(&moved, 15), first(&moved, 21) + &normal.trim_start_matches("a,b\n").repeat(3));
    let far = "a,b\n-5,-5\n-6,50\n-7,-7\n";
    run(&[Case {
        files: &[
            ("r.csv", &normal),
            ("moved.csv", &moved),
            ("few.csv", &few),
            ("far.csv", far),
            ("both.csv", &both),
            ("labels.csv", &labelled),
            ("same.csv", &same),
        ],
        commands: &[
            ("TRAIN r.csv", Says(&[])),
            ("score moved.csv -", Says(&["% of the rows are flagged where 1 % of normal rows are expected"])),
            ("score moved.csv -", Says(ADVICE)),
            ("score far.csv - --threshold none", Says(&["83.3 % of the values lie outside the range of the training rows"])),
            // The rows themselves, fewer than twenty rows, and less than five times the alert rate.
            ("score r.csv -", SaysNothingOf(ADVICE)),
            ("score few.csv -", SaysNothingOf(ADVICE)),
            ("score both.csv - --alert-rate 0.1", SaysNothingOf(ADVICE)),
            // Of rows with labels the normal ones count.
            ("evaluate labels.csv --label-column label", Says(ADVICE)),
            ("evaluate same.csv --label-column label", SaysNothingOf(ADVICE)),
            ("evaluate labels.csv --label-column label --json", Prints(&["\"column\": \"a\"", "\"advice\": \"", "kitsune calibrate"])),
            ("evaluate labels.csv --label-column label", Prints(&["columns that differ most from the training rows", "\na "])),
            (
                "score moved.csv out.csv --report page",
                Writes("page/report.html", &["<h2 id=\"drift\">Against the training rows</h2>", "<bdi>a</bdi>"]),
            ),
            ("evaluate labels.csv --label-column label --report page", Writes("page/report.html", &["<bdi>a</bdi>", "kitsune calibrate"])),
            // Calibration is what the sentence advises.
            ("calibrate moved.csv --quiet", Says(&[])),
            ("score moved.csv -", SaysNothingOf(ADVICE)),
        ],
    }]);
}
