//! A list as the columns of a model.

use super::Outcome::{Fails, Learns, Prints, PrintsLike, Says, SaysNothingOf};
use super::{Case, run};

const ROWS: &str = "a,b,c\n1,2,5\n3,4,6\n2,1,9\n5,1,7\n";
const LISTS: &str = r#"{"id": 9, "vector": [1.0, 2.0, 5.0]}
{"id": 8, "vector": [3.0, 4.0, 6.0]}
{"id": 7, "vector": [2.0, 1.0, 9.0]}
{"id": 6, "vector": [5.0, 1.0, 7.0]}
"#;
const SAID: &str = "the 3 elements of vector are taken by position, since they do not have the names of the model's columns";

#[test]
fn a_list_as_wide_as_the_model_is_taken_by_position() {
    for name in ["v.parquet", "v.arrow", "v.ipc", "v.ndjson"] {
        let score = format!("score {name} - --output-format ndjson");
        run(&[Case {
            files: &[("r.csv", ROWS), (name, LISTS)],
            commands: &[
                ("TRAIN r.csv", Says(&[])),
                (&score, PrintsLike("score r.csv -")),
                (&score, Says(&[SAID])),
                (&format!("{score} --keep id"), Prints(&["{\"id\": 6, \"score\": "])),
                (&format!("score - - --output-format ndjson < {name}"), PrintsLike("score r.csv -")),
                (
                    &format!("score {name} out.csv --exclude vector"),
                    Fails(&["the model needs vector, which --columns or --exclude leaves out"]),
                ),
            ],
        }]);
    }
}

#[test]
fn other_lists_are_not() {
    run(&[
        Case {
            files: &[("r.csv", ROWS), ("v.ndjson", "{'vector': [1, 2]}\n"), ("two.ndjson", "{'v': [1, 2, 3], 'w': [1, 2, 3]}\n")],
            commands: &[
                ("TRAIN r.csv", Says(&[])),
                ("score v.ndjson out.csv", Fails(&["the data lack columns that the model was trained on", "a, b, c"])),
                ("score two.ndjson out.csv", Fails(&["the data lack columns that the model was trained on", "a, b, c"])),
            ],
        },
        // The names of its own elements are names as others.
        Case {
            files: &[("v.parquet", LISTS), ("r.csv", "vector[2],vector[0],vector[1]\n5,1,2\n6,3,4\n9,2,1\n7,5,1\n")],
            commands: &[
                ("TRAIN v.parquet --exclude id", Learns("vector[0],vector[1],vector[2]\n1,2,5\n3,4,6\n2,1,9\n5,1,7\n")),
                ("score v.parquet -", SaysNothingOf(&["by position"])),
                ("score r.csv -", PrintsLike("score v.parquet -")),
            ],
        },
        Case {
            files: &[("v.ndjson", "{'v': [1, 2]}\n{'v': [3, 4, 5]}\n")],
            commands: &[("TRAIN v.ndjson", Fails(&["v.ndjson, line 2", "it holds 3 values instead of 2"]))],
        },
        Case {
            files: &[("v.ndjson", "{'a': 1, 'b': 2, 'v': [1, 2]}\n{'a': 2, 'b': 1, 'v': [3, 4, 5]}\n")],
            commands: &[
                ("TRAIN v.ndjson --columns a,b", Says(&[])),
                ("score v.ndjson out.csv --keep v", Fails(&["out.csv cannot be written", "no cells for column v"])),
            ],
        },
        Case {
            files: &[("v.ndjson", "{'v': [1, 2]}\n{'v': 3}\n")],
            commands: &[("TRAIN v.ndjson", Fails(&["v.ndjson, line 2", "is no list, as the first rows have it"]))],
        },
    ]);
}
