//! Numbers in other notations, and texts.

use super::Outcome::{Fails, Learns, Says, SaysNothingOf};
use super::{Case, run};

const PLAIN: &str = "a,b\n1.5,20\n2,-1\n-0.25,300\n4,50\n";

#[test]
fn numbers_have_many_spellings() {
    run(&[
        Case { files: &[("r.csv", "a,b\n1.5,0x14\n2,-0x1\n-0.25,0X12C\n4,50\n")], commands: &[("TRAIN r.csv", Learns(PLAIN))] },
        Case { files: &[("r.csv", "a,b\n+1.5,2e1\n2., -1\n-.25,\"300\"\n4 ,5.0E+1\n")], commands: &[("TRAIN r.csv", Learns(PLAIN))] },
        Case {
            files: &[("r.csv", "a,b\n1,true\n2,False\n3,TRUE\n0,false\n")],
            commands: &[("TRAIN r.csv", Learns("a,b\n1,1\n2,0\n3,1\n0,0\n"))],
        },
        Case { files: &[("r.csv", "\u{feff}a,b\r\n1.5,20\r\n2,-1\r\n-0.25,300\r\n4,50\r\n")], commands: &[("TRAIN r.csv", Learns(PLAIN))] },
        Case {
            files: &[("r.ndjson", "{'a':'1.5','b':20}\n{'a':2,'b':'-1'}\n{'a':'-0.25','b':3e2}\n{'a':4,'b':'0x32'}\n")],
            commands: &[
                ("TRAIN r.ndjson", Learns(PLAIN)),
                ("train r.ndjson --epochs 1", Says(&["numbers in strings are read as numbers: a, b\n"])),
            ],
        },
        Case {
            files: &[("r.ndjson", "{'a':1,'b':true}\n{'a':2,'b':false}\n{'a':3,'b':'true'}\n")],
            commands: &[("TRAIN r.ndjson", Learns("a,b\n1,1\n2,0\n3,1\n"))],
        },
        Case {
            files: &[("r.ndjson", "{'a':1,'b':true}\n{'a':2,'b':false}\n{'a':3,'b':true}\n")],
            commands: &[("train r.ndjson --epochs 1", SaysNothingOf(&["numbers in strings"]))],
        },
    ]);
}

#[test]
fn decimals_may_have_commas() {
    run(&[
        Case { files: &[("r.csv", "a;b\n1,5;20\n2;-1\n-0,25;300\n4;5e1\n")], commands: &[("TRAIN r.csv --decimal-comma", Learns(PLAIN))] },
        Case {
            files: &[("r.csv", "a,b\n\"1,5\",20\n2,-1\n\"-0,25\",300\n4,50\n")],
            commands: &[
                ("TRAIN r.csv --decimal-comma --delimiter ,", Learns(PLAIN)),
                ("TRAIN r.csv", Fails(&["r.csv, line 2", "(a)", "\"1,5\" has a decimal comma", "(--decimal-comma)"])),
            ],
        },
        Case {
            files: &[("r.csv", "a\tb\n1,5\t20\n2\t-1\n-,25\t300\n4\t50\n")],
            commands: &[("TRAIN r.csv --decimal-comma --delimiter tab", Learns(PLAIN))],
        },
        // Of a program in the same language, and of another one.
        Case {
            files: &[("r.csv", "a;b\n1,5;20\n1,#QNAN;7\n2;-1\n-0,25;300\n7;1,#INF\n4;50\n")],
            commands: &[("TRAIN r.csv --decimal-comma --on-missing drop", Learns(PLAIN))],
        },
        Case {
            files: &[("r.csv", "a;b\n1,5;20\n2.5;-1\n")],
            commands: &[("TRAIN r.csv --decimal-comma", Fails(&["r.csv, line 3", "(a)", "\"2.5\" has a decimal point"]))],
        },
        Case {
            files: &[("r.csv", "a;b\n1,5;20\n2;-1\n")],
            commands: &[("TRAIN r.csv", Fails(&["r.csv", "separated by ';' instead of ','", "--delimiter"]))],
        },
        Case {
            files: &[("r.csv", "a;b\n1,5;20\n2;-1\n")],
            commands: &[(
                "TRAIN r.csv --delimiter ;",
                Fails(&["r.csv, line 2", "(a)", "\"1,5\" has a decimal comma", "(--decimal-comma)"]),
            )],
        },
        Case {
            files: &[("r.csv", "a;b\n1.234,5;20\n2;-1\n")],
            commands: &[(
                "TRAIN r.csv --decimal-comma",
                Fails(&["r.csv, line 2", "(a)", "\"1.234,5\" has separators of thousands: write it as 1234,5"]),
            )],
        },
    ]);
}

#[test]
fn other_notations_are_shown_with_what_to_convert() {
    const LEFT_OUT: &str = "must be left out";
    run(&[
        Case {
            files: &[("r.csv", "a,b\n1,\"1,234.5\"\n2,\"2,500.0\"\n")],
            commands: &[("TRAIN r.csv", Fails(&["r.csv, line 2", "(b)", "\"1,234.5\" has separators of thousands: write it as 1234.5"]))],
        },
        Case {
            files: &[("r.csv", "a,b\n1,7\n2,1'234'567\n")],
            commands: &[(
                "TRAIN r.csv",
                Fails(&["r.csv, line 3", "(b)", "\"1'234'567\" has separators of thousands: write it as 1234567"]),
            )],
        },
        Case {
            files: &[("r.csv", "a,b\n1,45%\n2,50 %\n")],
            commands: &[(
                "TRAIN r.csv",
                Fails(&["r.csv, line 2", "(b)", "\"45%\" has a percent sign: write the number alone, in all rows"]),
            )],
        },
        Case {
            files: &[("r.csv", "a,b\n1,12 kB\n2,3 kB\n")],
            commands: &[("TRAIN r.csv", Fails(&["r.csv, line 2", "(b)", "\"12 kB\" seems to have a unit"]))],
        },
        Case {
            files: &[("r.csv", "a,b\n1,$5\n2,$7\n")],
            commands: &[("TRAIN r.csv", Fails(&["r.csv, line 2", "(b)", "\"$5\" seems to have a unit"]))],
        },
        Case {
            files: &[("r.ndjson", "{'a':1,'b':7}\n{'a':2,'b':'45%'}\n")],
            commands: &[("TRAIN r.ndjson", Fails(&["r.ndjson, line 2", "(b)", "\"45%\" has a percent sign"]))],
        },
        Case {
            files: &[("r.ndjson", "{'a':1,'b':'1,234.5'}\n{'a':2,'b':'2,500.0'}\n")],
            commands: &[(
                "TRAIN r.ndjson",
                Fails(&["r.ndjson, line 1", "(b)", "\"1,234.5\" has separators of thousands: write it as 1234.5"]),
            )],
        },
        Case {
            files: &[("r.ndjson", "{'a':1,'b':'1,5'}\n{'a':2,'b':'2,5'}\n{'a':4,'b':3}\n")],
            commands: &[
                ("TRAIN r.ndjson", Fails(&["r.ndjson, line 1", "(b)", "\"1,5\" has a decimal comma", "(--decimal-comma)"])),
                ("TRAIN r.ndjson --decimal-comma", Learns("a,b\n1,1.5\n2,2.5\n4,3\n")),
            ],
        },
        Case {
            files: &[("r.ndjson", "{'a':1,'b':2,'t':'tcp'}\n{'a':2,'b':3,'t':'7%'}\n")],
            commands: &[("TRAIN r.ndjson", Fails(&[LEFT_OUT, "t (text)", "(--exclude t)"]))],
        },
        Case {
            files: &[("r.csv", "a,day,b\n1,2026-01-31,3\n2,2026-02-01,1\n")],
            commands: &[
                ("TRAIN r.csv", Fails(&["not numbers and must be left out: day (a date) (--exclude day)"])),
                ("TRAIN r.csv --exclude day", Learns("a,b\n1,3\n2,1\n")),
            ],
        },
        Case {
            files: &[("r.csv", "a,b,at\n1,2,12:30\n2,3,12:31\n")],
            commands: &[("TRAIN r.csv", Fails(&["at (a time) (--exclude at)"]))],
        },
        Case {
            files: &[("r.csv", "src,a,proto,b\n10.0.0.1,1,tcp,2\n10.0.0.2,3,udp,4\n")],
            commands: &[
                ("TRAIN r.csv", Fails(&[LEFT_OUT, "src (text), proto (text)", "(--exclude src,proto)"])),
                ("TRAIN r.csv --exclude src,proto", Learns("a,b\n1,2\n3,4\n")),
            ],
        },
        Case {
            files: &[("r.csv", "a,b\n1,2\n3,high\n")],
            commands: &[("TRAIN r.csv", Fails(&["r.csv, line 3", "(b)", "\"high\" is not a number", "--exclude b"]))],
        },
        // Whole numbers that 64-bit floats cannot distinguish are not constant.
        Case {
            files: &[("r.csv", "a,b,fixed\n1152921504606846977,2,7\n1152921504606846978,4,7\n1152921504606846979,1,7\n")],
            commands: &[(
                "train r.csv --epochs 1",
                Says(&[
                    "these columns never change, and say nothing about new rows: --exclude fixed leaves",
                    "too large to tell apart",
                    "--exclude a leaves",
                ]),
            )],
        },
        Case {
            files: &[(
                "r.parquet",
                "{'a': 1152921504606846977, 'b': 2}\n{'a': 1152921504606846978, 'b': 4}\n{'a': 1152921504606846979, 'b': 1}\n",
            )],
            commands: &[("train r.parquet --epochs 1", Says(&["too large to tell apart", "--exclude a leaves"]))],
        },
    ]);
}
