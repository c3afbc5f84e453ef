//! The index of a frame of pandas.

use super::Outcome::{Fails, Learns, PrintsLike, Says, SaysNothingOf};
use super::{Case, run};

/// A frame that was shuffled: pandas writes its index as a column, and names it in the metadata.
const SHUFFLED: &str = r#"{"a": 1.5, "b": 2, "__index_level_0__": 3}
{"a": 3.0, "b": 4, "__index_level_0__": 0}
{"a": 2.0, "b": 1, "__index_level_0__": 2}
"#;
const PLAIN: &str = "a,b\n1.5,2\n3,4\n2,1\n";
const SAID: &str = "pandas' index is no feature unless it is chosen by name: __index_level_0__";

#[test]
fn it_is_left_out_unless_it_is_chosen() {
    run(&[
        Case {
            files: &[("r.parquet", SHUFFLED), ("plain.csv", PLAIN)],
            commands: &[
                ("TRAIN r.parquet", Learns(PLAIN)),
                ("train r.parquet --epochs 1", Says(&[SAID, "3 rows of 2 features"])),
                ("score r.parquet -", PrintsLike("score plain.csv -")),
                ("score r.parquet -", SaysNothingOf(&["pandas"])),
                ("score r.parquet - --keep __index_level_0__", Says(&[])),
            ],
        },
        Case {
            files: &[("r.parquet", SHUFFLED)],
            commands: &[
                ("TRAIN r.parquet --columns a,b,__index_level_0__", Learns("a,b,__index_level_0__\n1.5,2,3\n3,4,0\n2,1,2\n")),
                ("score r.parquet out.csv --exclude __index_level_0__", Fails(&["the model needs __index_level_0__, which --columns or"])),
            ],
        },
        // Who leaves it out need not be told.
        Case {
            files: &[("r.parquet", SHUFFLED)],
            commands: &[("train r.parquet --epochs 1 --exclude __index_level_0__", SaysNothingOf(&["pandas"]))],
        },
        // A column that a user calls id stays.
        Case {
            files: &[("r.parquet", "{'id': 3, 'a': 1.5}\n{'id': 0, 'a': 3.0}\n{'id': 2, 'a': 2.0}\n")],
            commands: &[("TRAIN r.parquet", Learns("id,a\n3,1.5\n0,3\n2,2\n"))],
        },
        Case {
            files: &[("r.csv", "__index_level_0__,a\n3,1.5\n0,3\n2,2\n")],
            commands: &[("TRAIN r.csv", Learns("id,a\n3,1.5\n0,3\n2,2\n"))],
        },
    ]);
}
