//! Arrow and Parquet files as other programs write them.

use super::Outcome::{Fails, Learns, PrintsLike, Says, SaysNothingOf, Writes};
use super::{Case, run};

const ROWS: &str = r#"{"a": 1.5, "b": 2, "up": true, "note": "x"}
{"a": 3.0, "b": 4, "up": false, "note": null}
{"a": 2.0, "b": 1, "up": true, "note": ""}
{"a": 5.0, "b": 1, "up": true, "note": "z"}
"#;
const PLAIN: &str = "a,b,up\n1.5,2,1\n3,4,0\n2,1,1\n5,1,1\n";
const COPIED: &str = "an Arrow file that can be read from its end only: it was copied to a temporary file first";

#[test]
fn each_arrangement_gives_the_rows_of_plain_csv() {
    for name in ["r.parquet", "r.arrow", "r.ipc"] {
        run(&[Case {
            files: &[(name, ROWS), ("plain.csv", PLAIN)],
            commands: &[
                (&format!("TRAIN {name} --exclude note"), Learns(PLAIN)),
                (&format!("TRAIN {name}"), Fails(&[name, "note (text)", "(--exclude note)"])),
                (&format!("TRAIN - --exclude note < {name}"), Learns(PLAIN)),
                (&format!("score {name} out.csv"), Writes("out.csv", &["score\n"])),
                (&format!("score {name} - --output-format csv"), PrintsLike("score plain.csv - --output-format csv")),
            ],
        }]);
    }
}

#[test]
fn a_schema_in_the_footer_only_is_read_from_the_end() {
    run(&[
        Case {
            files: &[("r.ipc", ROWS), ("r.arrow", ROWS)],
            commands: &[
                ("train r.ipc --epochs 1 --exclude note", SaysNothingOf(&["temporary file"])),
                ("train - --epochs 1 --exclude note < r.arrow", SaysNothingOf(&["temporary file"])),
                ("score - out.ndjson < r.ipc", Says(&[COPIED])),
                ("score r.ipc - --output-format ndjson", PrintsLike("score r.arrow - --output-format ndjson")),
            ],
        },
        Case {
            files: &[("1/a.ipc", ROWS), ("1/b.ipc", ROWS)],
            commands: &[("TRAIN 1 --exclude note,up", Learns("a,b\n1.5,2\n3,4\n2,1\n5,1\n==\na,b\n1.5,2\n3,4\n2,1\n5,1\n"))],
        },
    ]);
}

/// Readers that expect a schema take 64-bit floats and plain lists only.
#[test]
fn results_have_types_that_others_read() {
    for out in ["out.parquet", "out.arrow"] {
        run(&[Case {
            files: &[(
                "r.parquet",
                "{'a': 1.5, 'b': 2, 'v': [1.0, 2.0], 'n': 'x'}\n{'a': 3.0, 'b': 4, 'v': [3.0, 2.0], 'n': 'y'}\n{'a': 2.0, 'b': 1, 'v': [2.0, 2.5], 'n': 'z'}\n",
            )],
            commands: &[
                ("TRAIN r.parquet --exclude n --alert-rate 0.5", Says(&[])),
                (
                    &format!("score r.parquet {out} --with-tails --with-row-numbers --keep b,v,n"),
                    Writes(
                        out,
                        &[
                            "b i64\n",
                            "v list[f64]\n",
                            "n str\n",
                            "score f64\n",
                            "tails list[f64]\n",
                            "is_anomaly bool\n",
                            "tail_probability f64\n",
                        ],
                    ),
                ),
            ],
        }]);
    }
}
