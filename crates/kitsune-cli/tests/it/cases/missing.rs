//! Missing values, in all their spellings.

use super::Outcome::{Fails, Learns, Prints, PrintsLike, Rejects, Says};
use super::{Case, run};

const PLAIN: &str = "a,b\n1,2\n3,4\n2,1\n5,1\n";
const DROP: &str = "TRAIN r.csv --on-missing drop";

#[test]
fn each_spelling_is_missing() {
    run(&[
        Case { files: &[("r.csv", "a,b\n1,2\n,9\n3,4\n9, \n2,1\n9,\"\"\n5,1\n")], commands: &[(DROP, Learns(PLAIN))] },
        Case {
            files: &[("r.csv", "a,b\n1,2\nNA,9\n3,4\n9,n/a\nN.A.,9\n2,1\n9,\"NA\"\n n.a ,9\n5,1\n")],
            commands: &[(DROP, Learns(PLAIN))],
        },
        Case {
            files: &[("r.csv", "a,b\nnan,9\n1,2\n-NaN,9\n+nan,9\n3,4\n9,-nan(ind)\nnan(snan),9\n2,1\nNaN(0x8),9\n5,1\n")],
            commands: &[(DROP, Learns(PLAIN))],
        },
        Case {
            files: &[("r.csv", "a,b\n1,2\n1.#QNAN,9\n-1.#IND,9\n3,4\n9,1.#IND00\n2,1\n1.#SNAN,9\n5,1\n")],
            commands: &[(DROP, Learns(PLAIN))],
        },
        Case {
            files: &[("r.csv", "a,b\n1,2\nNaT,9\nnull,9\n3,4\nNULL,9\n9,nil\n2,1\nNone,9\n9,undefined\n5,1\n")],
            commands: &[(DROP, Learns(PLAIN))],
        },
        Case { files: &[("r.csv", "a,b\n1,2\n-,9\n--,9\n3,4\n9,?\n.,9\n2,1\n9,–\n…,9\n5,1\n")], commands: &[(DROP, Learns(PLAIN))] },
        Case {
            files: &[("r.csv", "a,b\n1,2\n\\N,9\n<NA>,9\n3,4\n(null),9\n9,(empty)\n2,1\n[NULL],9\n5,1\n")],
            commands: &[(DROP, Learns(PLAIN))],
        },
        Case {
            files: &[("r.csv", "a,b\n1,2\n#N/A,9\n#DIV/0!,9\n3,4\n9,#VALUE!\n#NV,9\n2,1\n#REF!,9\n5,1\n")],
            commands: &[(DROP, Learns(PLAIN))],
        },
        // Infinities are no values, in all of their spellings.
        Case {
            files: &[("r.csv", "a,b\n1,2\ninf,9\n-Infinity,9\n3,4\n9,1.#INF\n-1.#INF00,9\n2,1\n∞,9\n9,1e999\n5,1\n")],
            commands: &[(DROP, Learns(PLAIN)), ("TRAIN r.csv", Fails(&["r.csv, line 3", "(a)", "inf"]))],
        },
        // Texts that only look like them.
        Case {
            files: &[("r.csv", "a,b\n1,2\n3,4\nnano,9\n")],
            commands: &[(DROP, Fails(&["r.csv, line 4", "(a)", "\"nano\" is not a number"]))],
        },
        Case {
            files: &[("r.csv", "a,b\n1,2\n3,4\n9,n.d.\n")],
            commands: &[(DROP, Fails(&["r.csv, line 4", "(b)", "\"n.d.\" is not a number"]))],
        },
    ]);
}

#[test]
fn words_and_numbers_can_be_added() {
    const SENTINELS: &str = "a,b\n1,2\n-9999,9\n3,4\n9,N.D.\n2,1\n-9999.0,9\n5,1\n9,-1e4\n";
    run(&[
        Case {
            files: &[("r.csv", SENTINELS)],
            commands: &[
                ("TRAIN r.csv --on-missing drop --missing-values -9999,n.d.,-10000", Learns(PLAIN)),
                (
                    "TRAIN r.csv --missing-values=n.d.,-9999",
                    Fails(&["r.csv, line 3", "(a)", "the value is missing (\"-9999\")", "--on-missing"]),
                ),
                ("TRAIN r.csv --on-missing drop --missing-values -9999", Fails(&["r.csv, line 5", "\"N.D.\" is not a number"])),
            ],
        },
        // A number is the same in each notation and in each format.
        Case {
            files: &[("r.csv", "a,b\n1,2\n0xffff,9\n3,4\n9,65535.0\n2,1\n5,1\n")],
            commands: &[("TRAIN r.csv --on-missing drop --missing-values 0xFFFF", Learns(PLAIN))],
        },
        Case {
            files: &[(
                "r.ndjson",
                "{'a':1,'b':2}\n{'a':-9999,'b':9}\n{'a':3,'b':4}\n{'a':2,'b':1}\n{'a':5,'b':1}\n{'a':9,'b':'-9999.0'}\n",
            )],
            commands: &[("TRAIN r.ndjson --on-missing drop --missing-values -9999", Learns(PLAIN))],
        },
        Case {
            files: &[(
                "r.parquet",
                "{'a': 1, 'b': 2.0}\n{'a': -9999, 'b': 9.0}\n{'a': 3, 'b': 4.0}\n{'a': 2, 'b': 1.0}\n{'a': 5, 'b': 1.0}\n{'a': 9, 'b': -9999.0}\n",
            )],
            commands: &[
                ("TRAIN r.parquet --on-missing drop --missing-values -9999", Learns(PLAIN)),
                ("TRAIN r.parquet --missing-values -9999", Fails(&["r.parquet, row 2", "(a)", "the value is missing", "--on-missing"])),
            ],
        },
        Case {
            files: &[(
                "r.arrow",
                "{'a': [1.0, 2.0]}\n{'a': [-1.0, 9.0]}\n{'a': [3.0, 4.0]}\n{'a': [2.0, 1.0]}\n{'a': [5.0, 1.0]}\n{'a': [9.0, null]}\n",
            )],
            commands: &[("TRAIN r.arrow --on-missing drop --missing-values -1", Learns("a[0],a[1]\n1,2\n3,4\n2,1\n5,1\n"))],
        },
    ]);
}

#[test]
fn each_policy_treats_them() {
    const GAPS: &str = "a,b\n1,2\n,4\n2,NA\n6,1\n";
    run(&[
        Case { files: &[("r.csv", GAPS)], commands: &[("TRAIN r.csv --on-missing fill=0", Learns("a,b\n1,2\n0,4\n2,0\n6,1\n"))] },
        Case { files: &[("r.csv", GAPS)], commands: &[("TRAIN r.csv --on-missing fill=-2.5", Learns("a,b\n1,2\n-2.5,4\n2,-2.5\n6,1\n"))] },
        // The means are (1 + 2 + 6) / 3 and (2 + 4 + 1) / 3.
        Case {
            files: &[("r.csv", "a,b\n1,2\n,4\n2,\n6,3\n")],
            commands: &[("TRAIN r.csv --on-missing mean", Learns("a,b\n1,2\n3,4\n2,3\n6,3\n"))],
        },
        Case {
            files: &[("r.csv", GAPS)],
            commands: &[
                (
                    "TRAIN r.csv",
                    Fails(&[
                        "r.csv, line 3",
                        "(a)",
                        "the cell is empty",
                        "(or --on-missing drop, --on-missing mean, or --on-missing fill=0)",
                    ]),
                ),
                ("train r.csv --epochs 1 --on-missing drop", Says(&["2 rows dropped because a value is missing", "2 rows of 2 features"])),
                ("TRAIN r.csv --on-missing mode", Rejects(&["--on-missing", "it must be error, drop, mean or fill=NUMBER"])),
            ],
        },
        Case {
            files: &[("r.csv", "a,b\n1,\n2,NA\n")],
            commands: &[("TRAIN r.csv --on-missing mean", Fails(&["hold no value at all", "b", "(--exclude b)"]))],
        },
    ]);
}

#[test]
fn fields_that_a_quiet_hour_lacks_are_missing() {
    const ROWS: &str = "a,duration\n1,2\n3,4\n2,1\n5,5\n";
    const QUIET: &str = "{'a':1}\n{'a':3}\n";
    run(&[
        Case {
            files: &[("r.csv", ROWS), ("q.ndjson", QUIET), ("q.csv", "a,duration\n1,3\n3,3\n")],
            commands: &[
                ("TRAIN r.csv", Says(&[])),
                ("score q.ndjson out.csv", Fails(&["q.ndjson, line 1", "(duration)", "no row so far has this field", "--on-missing"])),
                ("score q.ndjson - --on-missing mean", PrintsLike("score q.csv -")),
                ("score q.ndjson - --on-missing mean", Says(&["no row so far has these columns", "duration", "2 missing values filled"])),
                ("score - - --on-missing mean < q.ndjson", PrintsLike("score q.csv -")),
                ("score q.ndjson - --on-missing drop", Prints(&["{\"score\": null}\n{\"score\": null}\n"])),
            ],
        },
        // Rows of other columns are no quiet hour.
        Case {
            files: &[("r.csv", ROWS), ("q.ndjson", "{'x':1,'y':2}\n"), ("q.csv", "a,x\n1,2\n")],
            commands: &[
                ("TRAIN r.csv", Says(&[])),
                ("score q.ndjson out.csv --on-missing mean", Fails(&["the data lack columns", "a, duration", "x, y"])),
                ("score q.csv out.csv --on-missing mean", Fails(&["the data lack columns", "no column duration", "a, x"])),
            ],
        },
        // A field that comes in a later row.
        Case {
            files: &[("r.ndjson", "{'a':9}\n{'a':1,'b':2}\n{'a':3,'b':4}\n{'b':1,'a':2}\n{'a':5,'b':1}\n{'b':9}\n")],
            commands: &[
                ("TRAIN r.ndjson --on-missing drop", Learns(PLAIN)),
                ("TRAIN r.ndjson --columns b,a --on-missing drop", Learns(PLAIN)),
                ("TRAIN - --columns a,b --on-missing drop < r.ndjson", Learns(PLAIN)),
                ("TRAIN r.ndjson", Fails(&["r.ndjson, line 1", "(b)", "missing", "--on-missing"])),
            ],
        },
        Case {
            files: &[(
                "r.ndjson",
                "{'a':1,'b':2}\n{'a':null,'b':9}\n{'a':3,'b':4}\n{'a':'NA','b':9}\n{'a':2,'b':1}\n{'a':9,'b':'-'}\n{'a':5,'b':1}\n{'a':'','b':9}\n",
            )],
            commands: &[("TRAIN r.ndjson --on-missing drop", Learns(PLAIN))],
        },
        Case {
            files: &[(
                "r.parquet",
                "{'a': 1, 'b': 2.5}\n{'a': null, 'b': 9.0}\n{'a': 3, 'b': 4.5}\n{'a': 9, 'b': null}\n{'a': 2, 'b': 1.5}\n",
            )],
            commands: &[
                ("TRAIN r.parquet --on-missing drop", Learns("a,b\n1,2.5\n3,4.5\n2,1.5\n")),
                ("TRAIN r.parquet", Fails(&["r.parquet, row 2", "(a)", "missing (null)", "--on-missing"])),
            ],
        },
    ]);
}
