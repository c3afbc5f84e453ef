//! Conditions on rows, and the rows before as columns.

use super::Outcome::{Fails, Learns, Prints, Rejects, Says};
use super::{Case, run};

const EVENTS: &str = "type,port,a,b\nflow,80,1,2\ndns,53,x,\nflow,443,3,4\nalert,1,9,9\nflow,80,2,1\n";
const FLOWS: &str = "a,b\n1,2\n3,4\n2,1\n";

#[test]
fn rows_are_chosen_by_conditions() {
    run(&[
        Case { files: &[("r.csv", EVENTS)], commands: &[("TRAIN r.csv --columns a,b --where type=flow", Learns(FLOWS))] },
        Case {
            files: &[("r.csv", EVENTS)],
            commands: &[("TRAIN r.csv --columns a,b --where type!=dns --where type!=alert", Learns(FLOWS))],
        },
        Case { files: &[("r.csv", EVENTS)], commands: &[("TRAIN r.csv --columns a,b --where port=80.0 --where port=443", Learns(FLOWS))] },
        Case {
            files: &[("r.csv", EVENTS)],
            commands: &[
                ("train --epochs 1 r.csv --columns a,b --where type=flow", Says(&["2 rows left out by --where", "3 rows of 2 features"])),
                // The model remembers which rows it is for.
                ("score r.csv - --with-row-numbers", Prints(&["\"row\": 1", "\"row\": 3"])),
                ("score r.csv -", Says(&["2 rows left out by --where"])),
                ("score r.csv - --where port=80", Says(&["3 rows left out by --where"])),
                ("score r.csv out.csv --where ''", Fails(&["r.csv, line 3", "(a)", "\"x\" is not a number"])),
                ("inspect", Prints(&["type=flow"])),
            ],
        },
        Case {
            files: &[("r.csv", EVENTS)],
            commands: &[("TRAIN r.csv --where proto=6", Fails(&["--where", "there is no column proto", "type, port, a, b"]))],
        },
        Case { files: &[("r.csv", EVENTS)], commands: &[("TRAIN r.csv --where type", Rejects(&["COLUMN=VALUE"]))] },
        Case {
            files: &[("r.csv", "1,2,5\n9,9,6\n3,4,5\n2,1,5\n")],
            commands: &[("TRAIN r.csv --exclude 2 --where 2=5", Learns("1,2\n3,4\n2,1\n"))],
        },
        Case {
            files: &[("r.csv", EVENTS)],
            commands: &[("TRAIN r.csv --columns a,b --where type=nothing", Fails(&["5 rows left out by --where"]))],
        },
    ]);
}

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
        Case { files: &[("r.csv", "v\n1\n2\n")], commands: &[("TRAIN r.csv --lags -1", Rejects(&["--lags"]))] },
    ]);
}
