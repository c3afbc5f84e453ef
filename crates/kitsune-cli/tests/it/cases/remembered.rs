//! What a model remembers of how its rows were read.

use super::Outcome::{Fails, Learns, Prints, PrintsLike, Says, SaysNothingOf};
use super::{Case, run};

const PLAIN: &str = "a,b\n1.5,20\n2,-1\n4,50\n";

#[test]
fn scoring_reads_rows_as_the_training_did() {
    run(&[
        Case {
            files: &[
                ("r.csv", "a,b\n1.5,20\n-9999,7\n2,-1\n9,n.d.\n4,50\n"),
                ("plain.csv", PLAIN),
                ("s.csv", "a,b\n1.5,20\n-9999.0,1\n2,N.D.\n"),
                ("t.csv", "a,b\n1.5,20\n2.5,1\n2,23\n"),
            ],
            commands: &[
                ("TRAIN r.csv --on-missing drop --missing-values -9999,n.d.", Learns(PLAIN)),
                ("inspect", Prints(&["read with         missing_values [\"-9999\",\"n.d.\"]"])),
                ("inspect --json", Prints(&["\"missing_values\": ["])),
                ("score s.csv - --on-missing mean", PrintsLike("score t.csv -")),
                ("score s.csv out.csv", Fails(&["s.csv, line 3", "(a)", "the value is missing (\"-9999.0\")"])),
                // The same option replaces it, as a whole.
                (
                    "score s.csv out.csv --on-missing drop --missing-values=-9999",
                    Fails(&["s.csv, line 4", "(b)", "\"N.D.\" is not a number"]),
                ),
                ("score s.csv - --on-missing drop --missing-values=n.d.", Says(&["1 row dropped"])),
                ("calibrate s.csv --quiet --on-missing mean --alert-rate 0.5 --output next.safetensors", Says(&[])),
                ("inspect next.safetensors", Prints(&["read with         missing_values [\"-9999\",\"n.d.\"]"])),
            ],
        },
        Case {
            files: &[("r.csv", "a;b\n1,5;20\n2;-1\n4;50\n"), ("plain.csv", PLAIN)],
            commands: &[
                ("TRAIN r.csv --decimal-comma", Learns(PLAIN)),
                ("inspect", Prints(&["read with         decimal_comma true"])),
                ("TRAIN plain.csv -m plain.safetensors", Says(&[])),
                ("inspect plain.safetensors", Prints(&["features          2"])),
                ("score r.csv -", PrintsLike("score plain.csv - -m plain.safetensors")),
                ("score - - < r.csv", PrintsLike("score plain.csv - -m plain.safetensors")),
                ("score r.csv out.csv -m plain.safetensors", Fails(&["r.csv", "--delimiter"])),
                ("TRAIN r.csv --from models/kitsune.safetensors -m next.safetensors", Says(&[])),
                ("inspect next.safetensors", Prints(&["read with         decimal_comma true"])),
            ],
        },
        Case {
            files: &[("r.csv", "type,a,b\nflow,1.5,20\ndns,x,x\nflow,2,-1\nflow,4,50\n"), ("plain.csv", PLAIN)],
            commands: &[
                ("TRAIN r.csv --exclude type --where type=flow", Learns(PLAIN)),
                ("inspect", Prints(&["read with         conditions [\"type=flow\"]"])),
                ("score r.csv -", PrintsLike("score plain.csv - --where ''")),
                ("score plain.csv out.csv", Fails(&["--where", "there is no column type", "a, b"])),
                ("score r.csv - --where type!=dns --where a!=4", Says(&["2 rows left out by --where"])),
            ],
        },
        // The numbers of the columns of files without names.
        Case {
            files: &[("r.csv", "100,7,1.5,20\n101,8,2,-1\n102,9,4,50\n"), ("plain.csv", "1.5,20\n2,-1\n4,50\n")],
            commands: &[
                ("TRAIN r.csv --exclude 0,1", Learns("1.5,20\n2,-1\n4,50\n")),
                ("score r.csv -", PrintsLike("score r.csv - --columns 2-3")),
                ("score r.csv -", PrintsLike("score plain.csv -")),
                ("score r.csv out.csv --columns 0-2", Fails(&["r.csv has 3 columns, but the model was trained on 2"])),
                ("score r.csv - --explain 2", Prints(&["\"column 2\"", "\"column 3\""])),
                ("inspect", Prints(&["read with         columns [2,3]"])),
            ],
        },
        Case {
            files: &[("r.csv", "a,b,kind\n1.5,20,ok\n9,9,bad\n2,-1,OK\n4,50,ok\n")],
            commands: &[
                ("TRAIN r.csv --label-column kind --normal-label ok", Learns(PLAIN)),
                ("inspect", Prints(&["read with         normal_labels [\"ok\"]"])),
                ("evaluate r.csv --label-column kind --threshold 0", Prints(&["1 of them anomalies"])),
                ("evaluate r.csv --label-column kind --threshold 0 --normal-label bad", Prints(&["3 of them anomalies"])),
                (
                    "evaluate r.csv --label-column kind --normal-label good",
                    Fails(&["no row has the label good", "\"ok\" (2 rows)", "\"bad\" (1 row)"]),
                ),
            ],
        },
        Case {
            files: &[("r.csv", PLAIN)],
            commands: &[
                ("TRAIN r.csv", Learns(PLAIN)),
                ("inspect --json", Prints(&["\"reading\": null"])),
                ("score r.csv -", SaysNothingOf(&["--where", "skipped", "dropped"])),
            ],
        },
    ]);
}
