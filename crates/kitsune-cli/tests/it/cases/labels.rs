//! Labels: words and numbers, in a column and in a file.

use super::Outcome::{Fails, Learns, Prints, Rejects, Says};
use super::{Case, run};

/// Flows with labels of words, and the rows that are normal.
const FLOWS: &str = "a,b,Label\n1,2,BENIGN\n3,4,DoS Hulk\n2,1,BENIGN\n5,1,Benign\n9,9,Bot\n4,3,BENIGN\n";
const BENIGN: &str = "a,b\n1,2\n2,1\n5,1\n4,3\n";

/// Two classes by sign, as many benchmark sets have them.
const SIGNS: &str = "a,b,y\n1,2,1\n3,4,-1\n2,1,1\n5,1,1\n";
const PLUS: &str = "a,b\n1,2\n2,1\n5,1\n";

const PLAIN: &str = "a,b\n1,2\n3,4\n2,1\n";

#[test]
fn words_are_labels_whatever_their_case_is() {
    run(&[
        Case { files: &[("r.csv", FLOWS)], commands: &[("TRAIN r.csv --label-column Label --normal-label BENIGN", Learns(BENIGN))] },
        Case { files: &[("r.csv", FLOWS)], commands: &[("TRAIN r.csv --label-column Label --normal-label ' benign '", Learns(BENIGN))] },
        Case {
            files: &[("r.csv", FLOWS)],
            commands: &[(
                "TRAIN r.csv --label-column Label --normal-label 'BENIGN,dos hulk' --normal-label bot",
                Learns("a,b\n1,2\n3,4\n2,1\n5,1\n9,9\n4,3\n"),
            )],
        },
        Case {
            files: &[("r.csv", FLOWS)],
            commands: &[
                ("TRAIN r.csv --label-column Label", Learns(BENIGN)),
                ("TRAIN r.csv --label-column Label --normal-label Web", Fails(&["no row has the label Web", "\"DoS Hulk\" (1 row)"])),
                ("TRAIN r.csv --label-column Label --train-on all", Learns("a,b\n1,2\n3,4\n2,1\n5,1\n9,9\n4,3\n")),
            ],
        },
        Case {
            files: &[("r.csv", "a,b,Label\n1,2,BENIGN\n3,4,0\n2,1,BENIGN\n5,1,Bot\n")],
            commands: &[(
                "TRAIN r.csv --label-column Label",
                Fails(&["several labels may mark normal rows", "\"BENIGN\" (2 rows)", "\"0\" (1 row)", "--normal-label BENIGN"]),
            )],
        },
        Case {
            files: &[("r.csv", "a,b,class\n1,2,normal.\n9,9,smurf.\n3,4,normal.\n2,1,normal.\n")],
            commands: &[("TRAIN r.csv --label-column class", Learns(PLAIN))],
        },
        Case {
            files: &[("r.csv", "a,b,class\n1,2,False\n9,9,True\n3,4,0\n2,1,0.0\n")],
            commands: &[("TRAIN r.csv --label-column class", Learns(PLAIN))],
        },
    ]);
}

#[test]
fn numbers_are_labels_by_their_value() {
    run(&[
        Case {
            files: &[("r.csv", SIGNS)],
            commands: &[
                (
                    "TRAIN r.csv --label-column y",
                    Fails(&[
                        "none of the labels is a usual one",
                        "\"1\" (3 rows), \"-1\" (1 row)",
                        "(--normal-label 1 or --normal-label -1)",
                    ]),
                ),
                ("TRAIN r.csv --label-column y --normal-label 1", Learns(PLUS)),
                ("TRAIN r.csv --label-column y --normal-label 1.0", Learns(PLUS)),
                ("TRAIN r.csv --label-column y --normal-label -1,1", Learns("a,b\n1,2\n3,4\n2,1\n5,1\n")),
            ],
        },
        Case {
            files: &[("r.csv", "a,b,y\n1,2,-999\n3,4,1\n2,1,-999\n5,1,-999\n")],
            commands: &[
                ("TRAIN r.csv --label-column y", Fails(&["\"-999\" (3 rows), \"1\" (1 row)", "--normal-label -999"])),
                ("TRAIN r.csv --label-column y --normal-label -999", Learns(PLUS)),
            ],
        },
        Case {
            files: &[("r.csv", "a,b,y\n1,2,0\n3,4,\n")],
            commands: &[("TRAIN r.csv --label-column y", Fails(&["r.csv, line 3", "(y)", "the label is missing"]))],
        },
    ]);
}

#[test]
fn labels_are_read_in_every_format() {
    run(&[
        Case {
            files: &[(
                "r.ndjson",
                "{'a':1,'b':2,'y':'benign'}\n{'a':9,'b':9,'y':'bot'}\n{'a':3,'b':4,'y':'benign'}\n{'a':2,'b':1,'y':'benign'}\n",
            )],
            commands: &[("TRAIN r.ndjson --label-column y", Learns(PLAIN))],
        },
        Case {
            files: &[(
                "r.parquet",
                "{'a': 1, 'b': 2, 'y': false}\n{'a': 9, 'b': 9, 'y': true}\n{'a': 3, 'b': 4, 'y': false}\n{'a': 2, 'b': 1, 'y': false}\n",
            )],
            commands: &[
                ("TRAIN r.parquet --label-column y", Learns(PLAIN)),
                ("TRAIN r.parquet --label-column y --normal-label 1,0", Learns("a,b\n1,2\n9,9\n3,4\n2,1\n")),
            ],
        },
        Case {
            files: &[(
                "r.arrow",
                "{'a': 1, 'b': 2, 'y': 'Normal'}\n{'a': 9, 'b': 9, 'y': 'DoS'}\n{'a': 3, 'b': 4, 'y': ' normal'}\n{'a': 2, 'b': 1, 'y': 'NORMAL'}\n",
            )],
            commands: &[("TRAIN r.arrow --label-column y", Learns(PLAIN)), ("TRAIN - --label-column y < r.arrow", Learns(PLAIN))],
        },
        Case {
            files: &[("r.csv", "1,2,0\n9,9,2\n3,4,0\n2,1,0\n")],
            commands: &[
                ("TRAIN r.csv --label-column 2", Learns("1,2\n3,4\n2,1\n")),
                ("TRAIN r.csv --label-column 7", Fails(&["--label-column 7", "there is no column 7", "0 to 2"])),
            ],
        },
        Case {
            files: &[("r.csv", FLOWS)],
            commands: &[
                ("TRAIN r.csv --label-column label", Fails(&["--label-column label: there is no column label", "a, b, Label"])),
                (
                    "train r.csv --epochs 1 --label-column Label --normal-label benign",
                    Says(&["2 rows left out because the label is not normal", "4 rows of 2 features"]),
                ),
            ],
        },
        Case {
            files: &[("r.csv", PLAIN)],
            commands: &[("TRAIN r.csv --normal-label 0", Rejects(&["--normal-label", "--label-column", "--labels"]))],
        },
    ]);
}

#[test]
fn labels_of_a_file_of_their_own() {
    const ROWS: &str = "a,b\n1,2\n9,9\n3,4\n2,1\n";
    run(&[
        Case { files: &[("r.csv", ROWS), ("l.txt", "0\n1\n0\n0\n")], commands: &[("TRAIN r.csv --labels l.txt", Learns(PLAIN))] },
        Case {
            files: &[("r.csv", ROWS), ("l.csv", "label\nok\nbad\nok\nok\n")],
            commands: &[("TRAIN r.csv --labels l.csv --normal-label OK", Learns(PLAIN))],
        },
        Case {
            files: &[("r.csv", ROWS), ("l.txt", "0\n1\n0\n")],
            commands: &[("TRAIN r.csv --labels l.txt", Fails(&["l.txt has 3 labels, but r.csv has 4 rows"]))],
        },
        // One label too many is no header.
        Case {
            files: &[("r.csv", ROWS), ("l.txt", "0\n0\n1\n0\n0\n")],
            commands: &[("TRAIN r.csv --labels l.txt", Fails(&["l.txt has 5 labels, but r.csv has 4 rows"]))],
        },
        Case {
            files: &[("r.csv", ROWS), ("l.csv", "ok\nok\nbad\nok\nok\n"), ("n.csv", "7\n0\n1\n0\n0\n")],
            commands: &[
                ("TRAIN r.csv --labels l.csv --normal-label ok", Fails(&["l.csv has 5 labels, but r.csv has 4 rows"])),
                ("TRAIN r.csv --labels n.csv", Fails(&["n.csv has 5 labels, but r.csv has 4 rows"])),
            ],
        },
        Case {
            files: &[("r.csv", ROWS), ("l.csv", "0,1\n0,1\n0,0\n0,0\n")],
            commands: &[("TRAIN r.csv --labels l.csv", Fails(&["l.csv has 2 columns"]))],
        },
        Case {
            files: &[("r.csv", ROWS), ("l.txt", "0\n1\n0\n0\n")],
            commands: &[
                ("TRAIN r.csv --labels nothing.txt", Fails(&["nothing.txt"])),
                ("TRAIN r.csv --labels l.txt --label-column a", Rejects(&["--labels", "--label-column"])),
                ("TRAIN r.csv --labels l.txt --where a=1", Rejects(&["--labels", "--where"])),
            ],
        },
        Case {
            files: &[("r.ndjson", "{'a':1,'b':2}\n{'a':9,'b':9}\n{'a':3,'b':4}\n{'a':2,'b':1}\n"), ("l.csv", "-1\n1\n-1\n-1\n")],
            commands: &[
                ("TRAIN r.ndjson --labels l.csv --normal-label -1", Learns(PLAIN)),
                ("TRAIN - --labels l.csv --normal-label -1 < r.ndjson", Learns(PLAIN)),
                ("TRAIN r.ndjson --labels l.csv", Fails(&["l.csv", "\"-1\" (3 rows), \"1\" (1 row)", "--normal-label"])),
            ],
        },
        Case {
            files: &[("r.csv", ROWS), ("l.parquet", "{'y': 0}\n{'y': 1}\n{'y': 0}\n{'y': 0}\n")],
            commands: &[("TRAIN r.csv --labels l.parquet", Learns(PLAIN))],
        },
        Case {
            files: &[("1/a.csv", "a,b\n1,2\n9,9\n"), ("1/b.csv", "a,b\n3,4\n2,1\n"), ("l.txt", "0\n1\n0\n0\n")],
            commands: &[("TRAIN 1 --labels l.txt", Learns("a,b\n1,2\n==\na,b\n3,4\n2,1\n"))],
        },
    ]);
}

#[test]
fn evaluation_by_kind() {
    run(&[Case {
        files: &[
            ("r.csv", FLOWS),
            ("train.csv", BENIGN),
            ("rows.csv", "a,b\n1,2\n3,4\n2,1\n5,1\n9,9\n4,3\n"),
            ("codes.txt", "7\n8\n7\n7\n8\n7\n"),
            ("labels.txt", "BENIGN\nDoS Hulk\nBENIGN\nbenign\nBot\nBENIGN\n"),
        ],
        commands: &[
            ("TRAIN train.csv --alert-rate 0.5", Says(&[])),
            (
                "evaluate r.csv --quiet --label-column Label --normal-label BENIGN --threshold 0",
                Prints(&["2 of them anomalies", "Bot", "DoS Hulk", "1.0000"]),
            ),
            (
                "evaluate rows.csv --quiet --labels labels.txt --normal-label BENIGN --threshold 0 --json",
                Prints(&["\"kind\": \"DoS Hulk\"", "\"recall\": 1.0"]),
            ),
            ("evaluate rows.csv", Rejects(&["--label-column"])),
            (
                "evaluate rows.csv --label-column a",
                Fails(&["the model was trained with column a as a feature, so that it cannot be the label"]),
            ),
            ("evaluate r.csv --label-column Label --threshold 0", Prints(&["2 of them anomalies"])),
            (
                "evaluate rows.csv --labels codes.txt",
                Fails(&["none of the labels is a usual one", "\"7\" (4 rows), \"8\" (2 rows)", "--normal-label"]),
            ),
            ("evaluate rows.csv --labels train.csv --threshold 0", Fails(&["train.csv has 2 columns"])),
            ("calibrate rows.csv --quiet --labels labels.txt --normal-label benign --alert-rate 0.5", Says(&[])),
            ("calibrate r.csv --quiet --label-column Label --normal-label benign --alert-rate 0.5", Says(&[])),
        ],
    }]);
}
