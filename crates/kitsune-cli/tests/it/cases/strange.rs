//! Values far outside the range of the training rows.

use std::fmt::Write;

use super::Outcome::{Fails, Prints, PrintsLike, Says, SaysNothingOf};
use super::{Case, run};

/// A sensor's rows: a temperature from 20 to 84, a load, a counter that is skewed, and a column that never changes.
fn sensor() -> String {
    let row = |row: u32| {
        let temp = 20 + row * 37 % 65;
        format!("{temp},{},{},5\n", 3 * temp + row * 13 % 7, (row * 29 % 101).pow(3))
    };
    format!("temp,load,count,fixed\n{}", (0..130).map(row).collect::<String>())
}

const FLAGGED: &str = "\"is_anomaly\": true";

#[test]
fn a_value_far_outside_its_range_is_flagged_on_both_sides() {
    let sensor = sensor();
    for strange in [
        "temp,load,count,fixed\n-1000000,150,8,5\n",
        "temp,load,count,fixed\n-9999,150,8,5\n",
        "temp,load,count,fixed\n50,1e9,8,5\n",
        "temp,load,count,fixed\n50,150,-1e9,5\n",
        "temp,load,count,fixed\n50,150,18446744073709551615,5\n",
        "temp,load,count,fixed\n50,1e300,8,5\n",
        "{'temp':-9999,'load':150,'count':8,'fixed':5}\n",
    ] {
        let name = if strange.starts_with('{') { "s.ndjson" } else { "s.csv" };
        let score = |more: &str| format!("score {name} - {more}");
        run(&[Case {
            files: &[("r.csv", &sensor), (name, strange)],
            commands: &[
                ("TRAIN r.csv", Says(&[])),
                (&score(""), Prints(&[FLAGGED])),
                (&score("--threshold peaks"), Prints(&[FLAGGED])),
                (&score("--alert-rate 0.008"), Prints(&[FLAGGED])),
            ],
        }]);
    }
}

#[test]
fn a_flood_of_such_values_is_flagged_and_said() {
    let sensor = sensor();
    let flood = format!("temp,load,count,fixed\n{}", "50,150,-1e9,5\n".repeat(25));
    run(&[Case {
        files: &[("r.csv", &sensor), ("s.csv", &flood)],
        commands: &[
            ("TRAIN r.csv", Says(&[])),
            ("score s.csv -", Says(&["25 of 25 rows flagged", "100.0 % of the rows are flagged", "kitsune calibrate", "kitsune train"])),
        ],
    }]);
}

#[test]
fn no_option_of_the_training_hides_it() {
    let sensor = sensor();
    let strange = "temp,load,count,fixed\n-9999,150,8,5\n";
    for options in ["--inputs min-max", "--no-clamp", "--trim 0", "--score body", "--no-body --prototypes 0", "--threshold log-normal"] {
        run(&[Case {
            files: &[("r.csv", &sensor), ("s.csv", strange)],
            commands: &[(&format!("TRAIN r.csv {options}"), Says(&[])), ("score s.csv -", Prints(&[FLAGGED]))],
        }]);
    }
}

#[test]
fn what_is_said_of_it() {
    let sensor = sensor();
    let wide = format!("{sensor}-9999,150,8,5\n");
    run(&[
        Case {
            files: &[("r.csv", &sensor), ("s.csv", "temp,load,count,fixed\n-1000000,150,8,5\n")],
            commands: &[
                ("TRAIN r.csv", Says(&[])),
                (
                    "score s.csv - --explain 1",
                    Prints(&[
                        "\"reason_1\": \"temp\", \"reason_1_value\": -1000000.0",
                        "\"reason_1_lowest\": 20.0, \"reason_1_highest\": 84.0",
                    ]),
                ),
                ("score s.csv -", Says(&["1 value lay outside the range of the training rows", "1 of 1 row flagged"])),
                // The rows in an output are flagged in the same way whatever their order and way.
                ("score - - < s.csv", PrintsLike("score s.csv -")),
                ("inspect --json", Prints(&["\"training_ranges\""])),
            ],
        },
        // A constant column that changes.
        Case {
            files: &[
                ("r.csv", &sensor),
                ("s.csv", "temp,load,count,fixed\n50,150,8,6\n"),
                ("same.csv", "temp,load,count,fixed\n50,150,8,5\n"),
            ],
            commands: &[
                ("TRAIN r.csv", Says(&[])),
                (
                    "score s.csv - --threshold 0 --explain 1",
                    Prints(&["\"reason_1\": \"fixed\"", "_lowest\": 5.0, \"reason_1_highest\": 5.0"]),
                ),
                ("score same.csv -", Prints(&["\"is_anomaly\": false"])),
            ],
        },
        // The score depends on the distance only if the model was trained so.
        Case {
            files: &[
                ("r.csv", &sensor),
                ("s.csv", "temp,load,count,fixed\n-1000,150,8,5\n"),
                ("t.csv", "temp,load,count,fixed\n-1e6,150,8,5\n"),
            ],
            commands: &[("TRAIN r.csv --no-excess", Says(&[])), ("score s.csv -", PrintsLike("score t.csv -"))],
        },
        // What calibration has seen is ordinary.
        Case {
            files: &[("r.csv", &sensor), ("wide.csv", &wide), ("s.csv", "temp,load,count,fixed\n-9000,150,8,5\n")],
            commands: &[
                ("TRAIN r.csv", Says(&[])),
                ("score s.csv -", Says(&["1 value lay outside the range of the training rows"])),
                ("calibrate wide.csv --quiet", Says(&[])),
                ("score s.csv -", SaysNothingOf(&["lay outside the range"])),
                ("score s.csv - --threshold 0 --explain 4", Prints(&["_lowest\": -9999.0"])),
            ],
        },
        Case {
            files: &[("r.csv", "a,b\n0,1\n0.5,0.2\n1,0\n0.25,0.75\n"), ("s.csv", "a,b\n0.5,-9999\n")],
            commands: &[
                ("TRAIN r.csv --is-scaled", Says(&[])),
                ("score s.csv out.csv", Fails(&["s.csv, line 2", "(b)", "-9999 is outside 0 to 1"])),
            ],
        },
    ]);
}

/// Whatever the other columns are, there may be many of them.
#[test]
fn one_of_a_hundred_columns_is_enough() {
    let names = (0..115).map(|column| format!("f{column}")).collect::<Vec<_>>().join(",") + "\n";
    let row = |row: u32| (0..115).map(|column| (row * (7 + column) % (11 + column)).to_string()).collect::<Vec<_>>().join(",") + "\n";
    let (mut rows, mut strange) = (names.clone(), names);
    (0..130).for_each(|number| rows += &row(number));
    write!(strange, "-9999{}", row(3).trim_start_matches(|digit: char| digit.is_ascii_digit())).unwrap();
    run(&[Case {
        files: &[("r.csv", &rows), ("s.csv", &strange)],
        commands: &[
            ("TRAIN r.csv", Says(&[])),
            ("score s.csv - --explain 1", Prints(&[FLAGGED, "\"reason_1\": \"f0\", \"reason_1_value\": -9999.0"])),
        ],
    }]);
}
