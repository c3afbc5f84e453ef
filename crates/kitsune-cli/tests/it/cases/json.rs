//! Arrangements of JSON objects: lines, arrays, and one after another.

use super::Outcome::{Fails, Learns, Prints, PrintsLike};
use super::{Case, run};

const PLAIN: &str = "a,b\n1,2\n3,4\n2,1\n";
const ARRAY: &str = "[{'a':1,'b':2},{'a':3,'b':4},{'b':1,'a':2}]";

#[test]
fn an_array_of_objects_is_a_stream_of_them() {
    run(&[
        Case {
            files: &[("r.json", ARRAY), ("plain.csv", PLAIN)],
            commands: &[
                ("TRAIN r.json", Learns(PLAIN)),
                ("TRAIN - < r.json", Learns(PLAIN)),
                ("score r.json -", PrintsLike("score plain.csv -")),
                ("score - - --with-row-numbers < r.json", Prints(&["{\"row\": 3, \"score\": "])),
            ],
        },
        Case {
            files: &[("r.json", "\n [\n  {\n   'a': 1,\n   'b': 2\n  },\n  {'a': 3, 'b': 4} ,{\n'b':1,'a':2}\n]\n\n")],
            commands: &[("TRAIN r.json", Learns(PLAIN))],
        },
        Case { files: &[("r.json", "{'a':1,'b':2}\n{'a':3,'b':4}\n{'a':2,'b':1}\n")], commands: &[("TRAIN r.json", Learns(PLAIN))] },
        Case { files: &[("r.json", "{\n'a':1,\n'b':2}{'a':3,'b':4}\n{'a':2,\n'b':1}")], commands: &[("TRAIN r.json", Learns(PLAIN))] },
        Case { files: &[("r.ndjson", ARRAY)], commands: &[("TRAIN r.ndjson", Learns(PLAIN))] },
        Case { files: &[("r.json.gz", ARRAY)], commands: &[("TRAIN r.json.gz", Learns(PLAIN))] },
        Case { files: &[("r.txt", ARRAY)], commands: &[("TRAIN r.txt --file-format ndjson", Learns(PLAIN))] },
        // Brackets and escaped quotes inside of strings.
        Case {
            files: &[("r.json", "[{'a':1,'n':'}],\\'{','b':2},{'a':3,'n':'\\\\','b':4},{'a':2,'b':1,'n':'['}]")],
            commands: &[("TRAIN r.json --exclude n", Learns(PLAIN))],
        },
        // Beside other files, it is about them.
        Case { files: &[("rows/r.csv", PLAIN), ("rows/about.json", "{'title':'flows'}")], commands: &[("TRAIN rows", Learns(PLAIN))] },
    ]);
}

#[test]
fn faults_name_the_line_and_the_object() {
    run(&[
        Case {
            files: &[("r.json", "[{'a':1,'b':2},\n{'a':'x','b':2}]")],
            commands: &[("TRAIN r.json", Fails(&["r.json, line 2 (object 2)", "(a)", "\"x\" is not a number", "--exclude a"]))],
        },
        Case {
            files: &[("r.json", "[{'a':1,'b':2},\n{'a':2")],
            commands: &[("TRAIN r.json", Fails(&["r.json, line 2 (object 2)", "it never ends"]))],
        },
        Case {
            files: &[("r.json", "[{'a':1,'b':2},\n{'a':2,'b':2}\n")],
            commands: &[("TRAIN r.json", Fails(&["r.json, line", "the array never ends"]))],
        },
        Case {
            files: &[("r.json", "[{'a':1,'b':2}\n{'a':2,'b':2}]")],
            commands: &[(
                "TRAIN r.json",
                Fails(&["r.json, line 2", "objects follow each other, or are in an array with commas between them"]),
            )],
        },
        Case { files: &[("r.json", "[1,2,3]")], commands: &[("TRAIN r.json", Fails(&["r.json, line 1", "object"]))] },
        Case {
            files: &[("r.ndjson", "{'a':1,'b':2}\n{'a':1,'a':2,'b':3}\n")],
            commands: &[("TRAIN r.ndjson", Fails(&["r.ndjson, line 2", "(a)", "twice"]))],
        },
    ]);
}
