//! The rows before as columns.

use super::Outcome::{Fails, Learns, Prints, PrintsLike, Rejects, Says};
use super::{Case, run};

#[test]
fn the_rows_before_are_columns() {
    run(&[
        Case {
            files: &[("r.csv", "v\n1\n2\n4\n3\n7\n")],
            commands: &[
                ("TRAIN r.csv --lags 1", Learns("v,v_lag_1\n2,1\n4,2\n3,4\n7,3\n")),
                // The model remembers its lags.
                ("score r.csv -", Says(&["1 row dropped because their file has too few rows before them"])),
                ("score r.csv -", Prints(&["{\"score\": null"])),
            ],
        },
        Case {
            files: &[("1/a.csv", "v,w\n1,9\n2,9\n4,8\n"), ("1/b.csv", "v,w\n5,9\n6,7\n8,7\n")],
            commands: &[("TRAIN 1 --lags 2 --exclude w", Learns("v,v_lag_1,v_lag_2\n4,2,1\n==\nv,v_lag_1,v_lag_2\n8,6,5\n"))],
        },
        Case {
            files: &[("r.csv", "v\n1\n2\n")],
            commands: &[("TRAIN r.csv --lags 5", Fails(&["2 rows dropped because their file has too few rows before them"]))],
        },
        Case {
            files: &[("r.csv", "timestamp,v\n2026-01-01T00:00:00,1\n2026-01-01T00:01:00,3\n2026-01-01T00:02:00,2\n")],
            commands: &[
                ("TRAIN r.csv", Fails(&["timestamp (a date)", "--exclude timestamp"])),
                ("train --epochs 1 r.csv --exclude timestamp", Says(&["3 rows of 1 feature", "one column alone", "--lags 8"])),
                ("score r.csv - --explain 1", Prints(&["\"reason_1\": \"v\""])),
                ("TRAIN r.csv --exclude timestamp --lags 1", Learns("v,v_lag_1\n3,1\n2,3\n")),
            ],
        },
        Case { files: &[("r.csv", "v\n1\n2\n")], commands: &[("TRAIN r.csv --lags -1", Rejects(&["--lags"]))] },
        Case {
            files: &[("r.csv", "value,load\n1,5\n2,6\n4,8\n3,9\n7,1\n"), ("other.csv", "value,load\n1,5\n2,6\n4,8\n")],
            commands: &[
                ("TRAIN r.csv --lags 2", Learns("value,load,v1,l1,v2,l2\n4,8,2,6,1,5\n3,9,4,8,2,6\n7,1,3,9,4,8\n")),
                ("inspect", Prints(&["value_lag_1", "load_lag_2", "read with         lags 2"])),
                ("score other.csv - --explain 6", Prints(&["_lag_2\""])),
                ("score other.csv -", Prints(&["{\"score\": null}\n{\"score\": null}\n{\"score\": "])),
                ("score other.csv out.csv --lags 1", Fails(&["the model was trained with --lags 2, and cannot have --lags 1"])),
                (
                    "train other.csv --epochs 1 --lags 1 --from models/kitsune.safetensors",
                    Fails(&["cannot continue on other.csv: the model was trained with --lags 2, and cannot have --lags 1"]),
                ),
                ("score - - < other.csv", PrintsLike("score other.csv -")),
                ("score other.csv - --with-row-numbers", Prints(&["{\"row\": 3, \"score\": "])),
            ],
        },
        // What is left out is a column of the file.
        Case {
            files: &[("r.csv", "v\n1\n2\n4\n3\n"), ("wide.csv", "v,w\n1,5\n2,6\n4,8\n3,9\n")],
            commands: &[
                ("TRAIN r.csv --lags 1", Learns("v,v_lag_1\n2,1\n4,2\n3,4\n")),
                ("TRAIN wide.csv --from models/kitsune.safetensors", Fails(&["it does not know w, w_lag_1 (--exclude w)"])),
            ],
        },
        // A row that is dropped is a row before none.
        Case {
            files: &[("r.ndjson", "{'v':1}\n{'v':2}\n{'v':null}\n{'v':4}\n{'v':3}\n{'v':7}\n")],
            commands: &[
                ("TRAIN r.ndjson --lags 1 --on-missing drop", Learns("v,v_lag_1\n2,1\n3,4\n7,3\n")),
                ("TRAIN r.ndjson --lags 1", Fails(&["r.ndjson, line 3", "(v)", "--on-missing"])),
            ],
        },
        Case {
            files: &[("r.parquet", "{'v': 1}\n{'v': 2}\n{'v': 4}\n{'v': 3}\n")],
            commands: &[("TRAIN r.parquet --lags 1", Learns("v,v_lag_1\n2,1\n4,2\n3,4\n"))],
        },
        Case { files: &[("r.csv", "1,5\n2,6\n4,8\n3,9\n")], commands: &[("TRAIN r.csv --lags 1", Learns("2,6,1,5\n4,8,2,6\n3,9,4,8\n"))] },
    ]);
}
