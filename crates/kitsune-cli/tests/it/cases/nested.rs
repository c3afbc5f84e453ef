//! Objects inside rows: of JSON, and structs of Arrow and Parquet.

use super::Outcome::{Fails, Learns, Prints, PrintsLike, Says};
use super::{Case, run};

const PLAIN: &str = "flow.up,flow.down\n1,2\n3,4\n2,1\n";

/// A log of events, of which some are flows.
const EVENTS: &str = r#"{"event_type":"flow","proto":"TCP","flow":{"up":1,"down":2,"state":"new"}}
{"event_type":"dns","dns":{"id":7,"answers":[{"ttl":9}]}}
{"event_type":"flow","proto":"UDP","flow":{"up":3,"down":4,"state":"closed"}}
{"event_type":"flow","proto":"TCP","flow":{"down":1,"up":2,"state":"new"}}
"#;

/// Structs of numbers beside a number and a text.
const STRUCTS: &str = r#"{"id": 1, "flow": {"down": 2, "up": 1}, "kind": "x"}
{"id": 7, "flow": {"down": 4, "up": 3}, "kind": "y"}
{"id": 3, "flow": {"down": 1, "up": 2}, "kind": "x"}
"#;

#[test]
fn fields_of_objects_have_dotted_names() {
    run(&[
        Case {
            files: &[("eve.json", EVENTS), ("plain.csv", PLAIN)],
            commands: &[
                ("TRAIN eve.json --where event_type=flow --columns flow.up,flow.down", Learns(PLAIN)),
                (
                    "train eve.json --epochs 1 --where event_type=flow --columns flow.up,flow.down",
                    Says(&["1 row left out by --where", "3 rows of 2 features"]),
                ),
                ("score eve.json -", PrintsLike("score plain.csv - --where ''")),
                ("score eve.json - --keep flow.state", Prints(&["{\"flow.state\": \"closed\", \"score\": "])),
            ],
        },
        Case {
            files: &[("eve.json", EVENTS)],
            commands: &[("TRAIN eve.json --where event_type=flow --columns 'flow.*' --exclude flow.state", Learns(PLAIN))],
        },
        Case {
            files: &[("eve.ndjson", EVENTS)],
            commands: &[("TRAIN eve.ndjson --where flow.state=new --columns flow.up,flow.down", Learns("flow.up,flow.down\n1,2\n2,1\n"))],
        },
        // Where there is no object, its fields are missing.
        Case {
            files: &[("eve.ndjson", EVENTS)],
            commands: &[
                ("TRAIN eve.ndjson --columns flow.up,flow.down --on-missing drop", Learns(PLAIN)),
                ("TRAIN eve.ndjson --columns flow.up,flow.down", Fails(&["eve.ndjson, line 2", "(flow.up)", "missing", "--on-missing"])),
            ],
        },
        Case {
            files: &[(
                "r.ndjson",
                "{'a':1,'o':{'p':{'q':2}}}\n{'a':3,'o':null}\n{'a':3,'o':{'p':{'q':4}}}\n{'a':3,'o':{'p':null}}\n{'o':{'p':{'q':1}},'a':2}\n",
            )],
            commands: &[("TRAIN r.ndjson --on-missing drop", Learns("a,o.p.q\n1,2\n3,4\n2,1\n"))],
        },
        Case {
            files: &[("r.ndjson", "{'a':1,'o':{'l':[1,2]}}\n{'a':3,'o':{'l':[5,4]}}\n")],
            commands: &[("TRAIN r.ndjson", Learns("a,o.l[0],o.l[1]\n1,1,2\n3,5,4\n"))],
        },
        // A name with a point is one name.
        Case {
            files: &[
                ("r.ndjson", "{'flow.up':1,'flow.down':2}\n{'flow.up':3,'flow.down':4}\n{'flow.up':2,'flow.down':1}\n"),
                ("n.ndjson", "{'flow':{'up':3,'down':4}}\n"),
            ],
            commands: &[("TRAIN r.ndjson", Learns(PLAIN)), ("score n.ndjson -", Prints(&["{\"score\": "]))],
        },
        Case {
            files: &[
                ("r.csv", PLAIN),
                ("n.ndjson", "{'flow':{'down':2,'up':1}}\n{'flow':{'up':3,'down':4}}\n{'flow':{'up':2,'down':1}}\n"),
            ],
            commands: &[("TRAIN r.csv", Says(&[])), ("score n.ndjson -", PrintsLike("score r.csv -"))],
        },
    ]);
}

#[test]
fn structs_of_binary_files_are_read_alike() {
    run(&[
        Case {
            files: &[("r.parquet", STRUCTS), ("plain.csv", PLAIN)],
            commands: &[
                ("TRAIN r.parquet --columns flow.up,flow.down", Learns("flow.down,flow.up\n2,1\n4,3\n1,2\n")),
                ("TRAIN r.parquet --columns flow", Learns("flow.down,flow.up\n2,1\n4,3\n1,2\n")),
                ("TRAIN r.parquet --exclude flow,kind", Learns("id\n1\n7\n3\n")),
                ("TRAIN plain.csv", Says(&[])),
                ("score r.parquet -", PrintsLike("score plain.csv -")),
                ("score r.parquet - --where kind=x --where flow.up!=2", Says(&["2 rows left out by --where"])),
            ],
        },
        Case {
            files: &[("r.arrow", STRUCTS)],
            commands: &[
                ("TRAIN r.arrow --exclude kind", Learns("id,flow.down,flow.up\n1,2,1\n7,4,3\n3,1,2\n")),
                ("TRAIN - --exclude kind,id < r.arrow", Learns("flow.down,flow.up\n2,1\n4,3\n1,2\n")),
            ],
        },
        Case { files: &[("r.parquet", STRUCTS)], commands: &[("TRAIN r.parquet", Fails(&["kind (text)", "(--exclude kind)"]))] },
    ]);
}

#[test]
fn what_is_no_number_inside_is_named_with_its_path() {
    run(&[
        Case {
            files: &[("eve.ndjson", EVENTS)],
            commands: &[("TRAIN eve.ndjson --where event_type=flow", Fails(&["event_type (text)", "flow.state (text)", "--exclude "]))],
        },
        Case {
            files: &[("r.ndjson", "{'a':1,'t':{'id':7}}\n{'a':2,'t':{'id':'y'}}\n")],
            commands: &[("TRAIN r.ndjson", Fails(&["r.ndjson, line 2", "(t.id)", "\"y\" is not a number", "--exclude t.id"]))],
        },
        Case {
            files: &[("r.ndjson", "{'a':1,'b':2,'t':[{'id':1}]}\n{'a':2,'b':3,'t':[{'id':1}]}\n")],
            commands: &[
                ("TRAIN r.ndjson", Fails(&["t (a list of something else than numbers)", "--exclude t"])),
                ("TRAIN r.ndjson --exclude t", Learns("a,b\n1,2\n2,3\n")),
            ],
        },
    ]);
}
