//! Names and numbers of columns, and labels among the columns.

use super::Outcome::{Fails, Learns, Prints, Says, SaysNothingOf};
use super::{Case, run};

/// The best known flow sets have a column twice.
const TWICE: &str = "id,len, len,Label\n7,1,2,BENIGN\n8,3,4,BENIGN\n9,9,9,DDoS\n10,2,1,BENIGN\n";
const PLAIN: &str = "len,len (2)\n1,2\n3,4\n2,1\n";
const WITHOUT_NAMES: &str = "100,1,2,0\n101,3,4,0\n102,9,9,1\n103,2,1,0\n";

#[test]
fn columns_of_one_name_have_numbers() {
    run(&[
        Case {
            files: &[("r.csv", TWICE)],
            commands: &[
                ("TRAIN r.csv --label-column Label --exclude id", Learns(PLAIN)),
                (
                    "train r.csv --epochs 1 --label-column Label --exclude 0",
                    Says(&["several columns have one name", "are called len (2)\n"]),
                ),
                ("score r.csv - --explain 2", Prints(&["\"len\"", "\"len (2)\""])),
                ("inspect", Prints(&["len, len (2)"])),
                ("score r.csv - --keep 'len (2)'", Prints(&["{\"len (2)\": \"2\", \"score\": "])),
                ("evaluate r.csv --label-column Label --threshold 0", Prints(&["1 of them anomalies"])),
            ],
        },
        Case { files: &[("r.csv", TWICE)], commands: &[("TRAIN r.csv --label-column Label --columns 'len*'", Learns(PLAIN))] },
        Case {
            files: &[("r.ndjson", "{'len':1,'len':2}\n{'len':3,'len':4}\n{'len':2,'len':1}\n")],
            commands: &[("TRAIN r.ndjson", Learns(PLAIN)), ("TRAIN r.ndjson --exclude 'len (2)'", Learns("len\n1\n3\n2\n"))],
        },
        Case {
            files: &[("1/a.csv", "a,a\n1,2\n3,4\n"), ("1/b.csv", "a,b\n1,2\n")],
            commands: &[("TRAIN 1", Fails(&["column 1 is \"b\" in 1/b.csv but \"a (2)\" in 1/a.csv"]))],
        },
    ]);
}

#[test]
fn a_column_has_one_number() {
    run(&[
        Case {
            files: &[("r.csv", WITHOUT_NAMES), ("narrow.csv", "1,2\n3,4\n"), ("x.csv", "100,1,2,0\n101,1,x,0\n")],
            commands: &[
                ("TRAIN r.csv --label-column 3 --exclude 0", Learns("1,2\n3,4\n2,1\n")),
                ("inspect", Prints(&["column 1, column 2"])),
                // The model remembers the numbers, and takes files that hold nothing but the features.
                ("score r.csv - --explain 2", Prints(&["\"reason_1\": \"column "])),
                ("score narrow.csv - --explain 2", Prints(&["\"reason_2\": \"column "])),
                ("evaluate r.csv --label-column 3 --threshold 0", Prints(&["1 of them anomalies"])),
                ("score x.csv out.csv", Fails(&["x.csv, line 2, column 2: \"x\" is not a number", "--exclude 2"])),
            ],
        },
        Case {
            files: &[("r.csv", "a,,c\n1,5,2\n3,6,4\n2,5,1\n")],
            commands: &[("TRAIN r.csv --exclude 1", Learns("a,c\n1,2\n3,4\n2,1\n")), ("TRAIN r.csv --columns a,c", Says(&[]))],
        },
        Case {
            files: &[("r.csv", "a,\n1,5\n3,x\n2,5\n")],
            commands: &[("TRAIN r.csv", Fails(&["r.csv, line 3, column 1 (column 1): \"x\""]))],
        },
    ]);
}

#[test]
fn a_column_that_seems_to_hold_labels_is_said() {
    run(&[
        Case {
            files: &[("r.csv", TWICE)],
            commands: &[("TRAIN r.csv", Fails(&["Label (text)", "(--label-column Label)"])), ("TRAIN r.csv --exclude Label", Says(&[]))],
        },
        Case {
            files: &[("r.csv", "who,a,attack\nx,1,no\ny,2,yes\n")],
            commands: &[
                ("TRAIN r.csv", Fails(&["who (text), attack (text)", "(--exclude who --label-column attack)"])),
                ("TRAIN r.csv --label-column a --normal-label 1", Fails(&["who (text), attack (text)", "(--exclude who,attack)"])),
            ],
        },
        Case {
            files: &[("r.csv", "a,b,label,attack_cat\n1,2,0,ok\n3,4,1,dos\n2,1,0,ok\n")],
            commands: &[(
                "train --epochs 1 r.csv --label-column attack_cat --normal-label ok",
                Says(&["warning: the column label seems to hold labels, and is a feature: --exclude label leaves it out"]),
            )],
        },
        Case {
            files: &[("r.csv", "a,b,label\n1,2,0\n3,4,1\n2,1,0\n")],
            commands: &[
                ("train --epochs 1 r.csv", Says(&["warning: the column label seems to hold labels: --label-column label trains on"])),
                (
                    "evaluate r.csv --label-column label --threshold 0",
                    Fails(&["trained with column label as a feature", "cannot be the label"]),
                ),
            ],
        },
        Case {
            files: &[("r.csv", WITHOUT_NAMES)],
            commands: &[
                ("TRAIN r.csv --exclude 0", Says(&[])),
                ("evaluate r.csv --label-column 3 --threshold 0", Fails(&["trained with column 3 as a feature", "cannot be the label"])),
            ],
        },
        Case {
            files: &[(
                "conn.log",
                "#separator \\x09\n#fields\ta\tb\tlabel\n#types\tcount\tcount\tstring\n1\t2\tBenign\n3\t4\tBenign\n9\t9\tC&C\n2\t1\tBenign\n",
            )],
            commands: &[
                ("train --epochs 1 conn.log", Says(&["warning: the column label seems to hold labels: --label-column label"])),
                ("TRAIN conn.log --label-column label", Learns("a,b\n1,2\n3,4\n2,1\n")),
                ("train --epochs 1 conn.log --exclude label", SaysNothingOf(&["seems to hold labels", "these columns hold no numbers"])),
            ],
        },
    ]);
}

#[test]
fn words_that_json_does_not_have_are_missing_values() {
    run(&[
        Case {
            files: &[("r.ndjson", "{'a':1,'b':NaN}\n{'a':3,'b':4}\n{'a':2,'b':-Infinity}\n{'a':1,'b':2}\n{'a':2,'b':1}\n")],
            commands: &[
                ("TRAIN r.ndjson --on-missing drop", Learns("a,b\n3,4\n1,2\n2,1\n")),
                ("TRAIN r.ndjson", Fails(&["r.ndjson, line 1, column 1 (b): the value is missing (null)", "--on-missing"])),
                ("TRAIN r.ndjson --where a=2 --on-missing fill=5", Learns("a,b\n2,5\n2,1\n")),
            ],
        },
        Case {
            files: &[("r.json", "[{'a':1,'l':[NaN,2]},{'a':3,'l':[4,5]},\n{'a':2,'l':[1,Infinity]},{'a':1,'l':[2,1]},{'a':2,'l':[1,3]}]")],
            commands: &[("TRAIN r.json --on-missing drop", Learns("a,l0,l1\n3,4,5\n1,2,1\n2,1,3\n"))],
        },
    ]);
}

#[test]
fn advice_leads_on() {
    run(&[
        Case {
            files: &[("r.csv", "site,visits\n1,\"15,588\"\n2,\"3,001\"\n")],
            commands: &[(
                "TRAIN r.csv",
                Fails(&["line 2, column 1 (visits): \"15,588\" has separators of thousands: write it as 15588\n"]),
            )],
        },
        Case {
            files: &[("r.ndjson", "{'a':{'x':1,'y':2}}\n{'b':{'z':3}}\n{'a':{'x':2,'y':1}}\n{'b':{'z':5}}\n")],
            commands: &[
                (
                    "TRAIN r.ndjson --on-missing drop",
                    Fails(&[
                        "4 rows dropped because a value is missing; no row has all values",
                        "--columns",
                        "--where",
                        "--on-missing mean",
                    ]),
                ),
                ("TRAIN r.ndjson --on-missing drop --columns 'a.*'", Learns("a.x,a.y\n1,2\n2,1\n")),
            ],
        },
    ]);
}
