//! Conditions on rows.

use super::Outcome::{Fails, Learns, Prints, Rejects, Says, Writes};
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
                ("score r.csv - --with-row-numbers", Prints(&["{\"row\": 1, ", "{\"row\": 3, ", "{\"row\": 5, "])),
                ("score r.csv -", Says(&["2 rows left out by --where"])),
                // The page is about the rows that were scored.
                ("score r.csv out.ndjson --threshold 0 --report page", Writes("page/report.html", &["data-name=\"Row\" data-value=\"5\""])),
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
        Case {
            files: &[("r.csv", EVENTS)],
            commands: &[("TRAIN r.csv --columns a,b --where type=flow --where type=alert --where port!=80", Learns("a,b\n3,4\n9,9\n"))],
        },
        // A missing value is the empty text.
        Case {
            files: &[("r.csv", "note,a,b\n,1,2\nodd,9,9\n\"\",3,4\nNA,9,9\n ,2,1\n")],
            commands: &[("TRAIN r.csv --exclude note --where note= --where note!=NA", Learns(FLOWS))],
        },
        Case {
            files: &[("r.ndjson", "{'a':1,'b':2}\n{'a':9,'b':9,'t':'x'}\n{'a':3,'b':4,'t':null}\n{'a':2,'b':1}\n")],
            commands: &[("TRAIN r.ndjson --exclude t --where t=", Learns(FLOWS))],
        },
        Case {
            files: &[("r.ndjson", "{'a':1,'b':2,'up':true}\n{'a':9,'b':9,'up':false}\n{'a':3,'b':4,'up':true}\n{'a':2,'b':1,'up':true}\n")],
            commands: &[("TRAIN r.ndjson --exclude up --where up=true", Learns(FLOWS))],
        },
        Case {
            files: &[(
                "r.parquet",
                "{'type': 'flow', 'a': 1, 'b': 2.0}\n{'type': 'dns', 'a': 9, 'b': 9.0}\n{'type': 'flow', 'a': 3, 'b': 4.0}\n{'type': null, 'a': 9, 'b': 9.0}\n{'type': 'flow', 'a': 2, 'b': 1.0}\n",
            )],
            commands: &[
                ("TRAIN r.parquet --exclude type --where type=flow", Learns(FLOWS)),
                ("TRAIN r.parquet --exclude type --where b!=9", Learns(FLOWS)),
                ("TRAIN r.parquet --exclude type --where type=", Fails(&["4 rows left out by --where"])),
            ],
        },
        // A feature may be in a condition.
        Case {
            files: &[("r.arrow", "{'a': 1, 'b': 2}\n{'a': 9, 'b': 9}\n{'a': 3, 'b': 4}\n{'a': 2, 'b': 1}\n")],
            commands: &[("TRAIN r.arrow --where a!=9.0", Learns(FLOWS)), ("TRAIN - --where a!=9 < r.arrow", Learns(FLOWS))],
        },
        Case {
            files: &[("r.csv", EVENTS), ("labels.txt", "0\n0\n0\n1\n0\n")],
            commands: &[
                ("TRAIN r.csv --columns a,b --labels labels.txt --where type=flow", Rejects(&["--labels", "--where"])),
                ("TRAIN r.csv --columns a,b --where =flow", Rejects(&["COLUMN=VALUE"])),
            ],
        },
    ]);
}
