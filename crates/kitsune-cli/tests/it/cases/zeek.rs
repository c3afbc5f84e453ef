//! Logs of Zeek, as it writes them and as JSON.

use super::Outcome::{Fails, Learns, Prints, PrintsLike, Says, SaysNothingOf};
use super::{Case, run};

const PLAIN: &str = "a,b\n1.5,20\n2,-1\n4,50\n";

/// A log whose rows are those of `PLAIN`, with columns that are no numbers.
const LOG: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2026-01-31-10-00-00\n\
                   #fields\tuid\ta\tid.orig_h\tb\ttags\n#types\tstring\tdouble\taddr\tint\tset[string]\n\
                   C0\t1.5\t10.0.0.1\t20\t(empty)\nC1\t2\t10.0.0.2\t-1\tx,y\nC2\t4\tfe80::1\t50\t-\n#close\t2026-01-31-11-00-00\n";

/// The last cells are joined by three spaces.
const LABELED: &str = "#separator \\x09\n#unset_field\t-\n#fields\tuid\ta\tb\ttunnel_parents   label   detailed-label\n\
                       #types\tstring\tdouble\tint\tset[string]   string   string\n\
                       C0\t1.5\t20\t-   Benign   -\nC1\t9\t9\t-   Malicious   C&C\nC2\t2\t-1\t-   benign   -\nC3\t4\t50\t(empty)   Benign   -\n";

/// The same log twice, as where files were put together.
const TWICE: &str = "#separator \\x09\n#unset_field\t-\n#fields\ta\tb\n#types\tdouble\tint\n1.5\t20\n#close\t2026-01-31\n\
                     #separator \\x09\n#unset_field\t-\n#fields\ta\tb\n#types\tdouble\tint\n2\t-1\n4\t50\n";

const OTHER: &str = "#separator \\x09\n#fields\ta\tb\n#types\tdouble\tint\n1.5\t20\n#fields\ta\tc\n#types\tdouble\tint\n2\t-1\n";

/// Another separator, and other words for what is not there.
const BARS: &str = "#separator |\n#unset_field|~\n#empty_field|EMPTY\n#fields|a|up|b\n#types|interval|bool|count\n1.5|T|20\n~|T|7\n2|F|1\n9|T|EMPTY\n4|T|50\n";

const JSON: &str = "{'uid':'C0','a':1.5,'b':20}\n{'uid':'C1','a':2,'b':-1}\n{'uid':'C2','a':4,'b':50}\n";

#[test]
fn a_log_is_read_as_the_same_rows_are() {
    run(&[
        Case { files: &[("conn.log", LOG)], commands: &[("TRAIN conn.log", Learns(PLAIN))] },
        Case { files: &[("conn.log.gz", LOG)], commands: &[("TRAIN conn.log.gz", Learns(PLAIN))] },
        Case { files: &[("logs/conn.log", LOG), ("logs/stderr.log", "started\n")], commands: &[("TRAIN logs", Learns(PLAIN))] },
        Case { files: &[("conn", LOG)], commands: &[("TRAIN conn", Learns(PLAIN)), ("TRAIN - < conn", Learns(PLAIN))] },
        Case { files: &[("conn.csv", LOG)], commands: &[("TRAIN conn.csv", Learns(PLAIN))] },
        Case { files: &[("conn.log", TWICE)], commands: &[("TRAIN conn.log", Learns(PLAIN))] },
        Case {
            files: &[("1/conn.10.log", TWICE), ("1/conn.11.log", TWICE)],
            commands: &[("TRAIN 1", Learns("a,b\n1.5,20\n2,-1\n4,50\n==\na,b\n1.5,20\n2,-1\n4,50\n"))],
        },
        Case {
            files: &[("conn.log", LOG)],
            commands: &[(
                "train conn.log --epochs 1",
                Says(&["are no features: uid (string), id.orig_h (addr), tags (set[string])\n", "3 rows of 2 features"]),
            )],
        },
        Case {
            files: &[("conn.log", LOG), ("plain.csv", PLAIN)],
            commands: &[
                ("TRAIN plain.csv", Says(&[])),
                ("score conn.log -", PrintsLike("score plain.csv -")),
                ("score - - < conn.log", PrintsLike("score plain.csv -")),
                ("score conn.log -", SaysNothingOf(&["no features"])),
                ("score conn.log - --exclude a", Fails(&["conn.log: the model needs a, which --columns or --exclude leaves out"])),
                (
                    "score conn.log - --keep uid,id.orig_h,tags",
                    Prints(&["{\"uid\": \"C2\", \"id.orig_h\": \"fe80::1\", \"tags\": null, \"score\": "]),
                ),
            ],
        },
        Case {
            files: &[("http.log", JSON)],
            commands: &[("TRAIN http.log --exclude uid", Learns(PLAIN)), ("TRAIN - --columns a,b < http.log", Learns(PLAIN))],
        },
        Case { files: &[("http.log.gz", JSON)], commands: &[("TRAIN http.log.gz --columns a,b", Learns(PLAIN))] },
    ]);
}

#[test]
fn a_feature_that_a_log_declares_as_words_is_named() {
    let words = LOG.replace("\tint\t", "\tstring\t");
    run(&[Case {
        files: &[("conn.log", &words), ("plain.csv", PLAIN)],
        commands: &[
            ("TRAIN plain.csv", Says(&[])),
            ("score conn.log -", Fails(&["conn.log: the model needs b, which the file does not declare as numbers"])),
        ],
    }]);
}

#[test]
fn what_is_unset_or_empty_is_missing() {
    run(&[Case {
        files: &[("conn.log", BARS)],
        commands: &[
            ("TRAIN conn.log --on-missing drop", Learns("a,up,b\n1.5,1,20\n2,0,1\n4,1,50\n")),
            ("TRAIN conn.log", Fails(&["conn.log, line 7", "(a)", "missing (\"~\")", "--on-missing"])),
            ("TRAIN conn.log --where a!= --where b!=EMPTY", Learns("a,up,b\n1.5,1,20\n2,0,1\n4,1,50\n")),
        ],
    }]);
}

#[test]
fn labels_and_conditions_are_columns_of_texts() {
    run(&[
        Case {
            files: &[("conn.log.labeled", LABELED)],
            commands: &[
                ("TRAIN conn.log.labeled --label-column label", Learns(PLAIN)),
                ("TRAIN conn.log.labeled --where label!=malicious --where label!=Malicious", Learns(PLAIN)),
                // What is unset is the empty text as well as its sign.
                ("TRAIN conn.log.labeled --where detailed-label=", Learns(PLAIN)),
                ("TRAIN conn.log.labeled --where detailed-label=-", Learns(PLAIN)),
                ("TRAIN conn.log.labeled --where detailed-label!=C&C", Learns(PLAIN)),
                ("TRAIN conn.log.labeled --where detailed-label!=-", Fails(&["3 rows left out by --where"])),
            ],
        },
        Case { files: &[("conn.log.labeled.gz", LABELED)], commands: &[("TRAIN conn.log.labeled.gz --label-column label", Learns(PLAIN))] },
        Case { files: &[("conn.log", LOG)], commands: &[("TRAIN conn.log --where id.orig_h!=10.0.0.2", Learns("a,b\n1.5,20\n4,50\n"))] },
    ]);
}

#[test]
fn logs_that_cannot_be_read_are_reported_by_their_line() {
    run(&[
        Case {
            files: &[("conn.log", OTHER)],
            commands: &[("TRAIN conn.log", Fails(&["conn.log, line 5: #fields has \"c\" where the log had \"b\" before"]))],
        },
        Case {
            files: &[("conn.log", "#separator \\x09\n#types\tdouble\tint\n1.5\t20\n")],
            commands: &[("TRAIN conn.log", Fails(&["conn.log, line 3: there is no line #fields before the rows"]))],
        },
        Case {
            files: &[("conn.log", "#separator \\x09\n#fields\ta\tb\n#types\tdouble\n1.5\t20\n")],
            commands: &[("TRAIN conn.log", Fails(&["#fields names 2 columns, but #types names 1"]))],
        },
        Case {
            files: &[("conn.log", "#separator \\x09\n#fields\ta\tb\n#types\tdouble\tint\n1.5\tx\n")],
            commands: &[("TRAIN conn.log", Fails(&["conn.log, line 4", "(b)", "\"x\" is not a number"]))],
        },
        Case { files: &[("conn.log", LOG)], commands: &[("TRAIN conn.log --columns a,uid", Fails(&["uid (string)", "are not numbers"]))] },
        Case {
            files: &[("logs/a.log", "hello\n")],
            commands: &[
                ("TRAIN logs", Fails(&["logs", "1 .log"])),
                ("TRAIN logs/a.log", Fails(&["logs/a.log does not tell its format", "--file-format"])),
            ],
        },
        Case {
            files: &[("1/a.log", LOG), ("1/b.csv", PLAIN)],
            commands: &[(
                "TRAIN 1/a.log 1/b.csv --file-format csv",
                Fails(&["a.log is a log of Zeek but", "b.csv is not: read them apart"]),
            )],
        },
    ]);
}
