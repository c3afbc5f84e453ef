//! The curves of an evaluation.

use super::Outcome::{Prints, Says, Writes};
use super::{Case, run};

/// Rows, of which every tenth is an anomaly that any detector finds if there are labels.
fn rows(with_labels: bool) -> String {
    let row = |row: u32| match (row * 37 % 101, row * 37 % 101 + row * 13 % 29) {
        (a, _) if with_labels && row.is_multiple_of(10) => format!("{a},-9999,1\n"),
        (a, b) if with_labels => format!("{a},{b},0\n"),
        (a, b) => format!("{a},{b}\n"),
    };
    let header = if with_labels { "a,b,label\n" } else { "a,b\n" };
    (0..200).map(row).fold(header.to_owned(), |text, row| text + &row)
}

#[test]
fn a_good_detector_s_curves_begin_with_its_first_row() {
    let [normal, all] = [false, true].map(rows);
    run(&[Case {
        files: &[("r.csv", &normal), ("all.csv", &all)],
        commands: &[
            ("TRAIN r.csv", Says(&[])),
            ("evaluate all.csv --label-column label --bootstrap 0 --json", Prints(&["\"roc_auc\": "])),
            (
                "evaluate all.csv --label-column label --bootstrap 0 --report page",
                Writes("page/report.html", &["by few rows", "fewer than ten normal rows score higher", "stroke=\"#070000\""]),
            ),
            // A rate that the rows cannot show is left out.
            ("evaluate all.csv --label-column label --bootstrap 0 --json", Prints(&["\"tpr_at_fpr_001\": null"])),
        ],
    }]);
}
