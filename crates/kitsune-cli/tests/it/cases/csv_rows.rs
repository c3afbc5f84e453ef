//! Rows of CSV files that are no rows: headers that come again, comments, and delimiters at the end.

use super::Outcome::{Fails, Learns, Prints, PrintsLike, Says};
use super::{Case, run};

const PLAIN: &str = "a,b\n1,2\n3,4\n2,1\n5,1\n";

#[test]
fn headers_that_come_again_are_skipped_and_counted() {
    run(&[
        Case {
            files: &[("r.csv", "a,b\n1,2\n3,4\na,b\n2,1\n\"a\", b\n5,1\na,b\n")],
            commands: &[
                ("TRAIN r.csv", Learns(PLAIN)),
                ("train r.csv --epochs 1", Says(&["\n3 repeated headers skipped\n", "4 rows of 2 features"])),
                // They have no line in the output, and no number.
                ("score r.csv - --with-row-numbers --keep a", Prints(&["{\"a\": \"5\", \"row\": 4, \"score\": "])),
                ("score r.csv -", Says(&["\n3 repeated headers skipped\n"])),
            ],
        },
        Case { files: &[("r.csv", "a,b\na,b\n1,2\n3,4\n2,1\n5,1\n")], commands: &[("TRAIN r.csv", Learns(PLAIN))] },
        Case { files: &[("r.csv", "\u{feff}a,b\n1,2\n3,4\n\u{feff}a,b\n2,1\n5,1\n")], commands: &[("TRAIN r.csv", Learns(PLAIN))] },
        Case { files: &[("r.csv", "a,b\n1,2\n3,4\n2,1\n5,1\n")], commands: &[("TRAIN - < r.csv", Learns(PLAIN))] },
        // The line of a fault is that of the file, with all headers.
        Case {
            files: &[("r.csv", "a,b\n1,2\na,b\n3,x\n")],
            commands: &[("TRAIN r.csv", Fails(&["r.csv, line 4", "(b)", "\"x\" is not a number"]))],
        },
        // Another header is a row of another file.
        Case {
            files: &[("r.csv", "a,b\n1,2\nb,a\n3,4\n")],
            commands: &[("TRAIN r.csv", Fails(&["r.csv, line 3", "(a)", "\"b\" is not a number"]))],
        },
        Case {
            files: &[("r.csv", "a,b,label\n1,2,0\n3,4,0\na,b,label\n9,9,1\n2,1,0\n5,1,0\n")],
            commands: &[("TRAIN r.csv --label-column label", Learns(PLAIN))],
        },
    ]);
}

#[test]
fn comments_are_skipped_and_counted() {
    const NOTED: &str = "# by hand\na,b\n1,2\n# 7,7\n3,4\n2,1\n5,1\n#\n";
    run(&[Case {
        files: &[("r.csv", NOTED), ("plain.csv", PLAIN)],
        commands: &[
            ("TRAIN r.csv --comment #", Learns(PLAIN)),
            ("train r.csv --epochs 1 --comment #", Says(&["\n3 comments skipped\n"])),
            ("score r.csv - --comment #", PrintsLike("score plain.csv -")),
            ("score r.csv - --comment # --with-row-numbers", Prints(&["{\"row\": 4, \"score\": "])),
        ],
    }]);
}

#[test]
fn a_delimiter_at_the_end_of_each_row_begins_no_feature() {
    run(&[
        Case {
            files: &[("r.csv", "a,b,\n1,2,\n3,4,\n2,1,\n5,1,\n"), ("plain.csv", PLAIN)],
            commands: &[
                ("TRAIN r.csv", Learns(PLAIN)),
                ("train r.csv --epochs 1", Says(&["the last column has neither a name nor a value, and is no feature"])),
                ("score r.csv -", PrintsLike("score plain.csv -")),
                ("score plain.csv -", PrintsLike("score r.csv -")),
            ],
        },
        Case { files: &[("r.csv", "a,b\n1,2,\n3,4,\n2,1,\n5,1,\n")], commands: &[("TRAIN r.csv", Learns(PLAIN))] },
        Case { files: &[("r.csv", "1,2,\n3,4,\n2,1,\n5,1,\n")], commands: &[("TRAIN r.csv", Learns("1,2\n3,4\n2,1\n5,1\n"))] },
        // One row with a value makes it a column.
        Case { files: &[("r.csv", "a,b,\n1,2,\n3,4,7\n2,1,\n")], commands: &[("TRAIN r.csv", Fails(&["r.csv", "line "]))] },
        Case {
            files: &[("r.csv", "a,b\n1,2\n3,4,\n2,1\n")],
            commands: &[("TRAIN r.csv --on-missing drop", Fails(&["r.csv, line 3", "3 cells instead of 2"]))],
        },
    ]);
}
