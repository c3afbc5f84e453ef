//! JSON as people have it: objects inside rows, arrays, numbers in strings, and fields that come late.

use crate::folder::{Folder, MODEL};
use crate::rows::{FEATURES, csv, made_up};

const NAMES: [&str; FEATURES] = ["a", "flow.up", "flow.down", "flow.state.age"];

fn rows() -> Vec<[f64; FEATURES]> {
    made_up(120)
}

fn nested([a, up, down, age]: [f64; FEATURES]) -> String {
    format!("{{\"a\":{a},\"flow\":{{\"up\":{up},\"down\":{down},\"state\":{{\"age\":{age}}}}}}}")
}

fn lines() -> String {
    rows().into_iter().map(|row| nested(row) + "\n").collect()
}

fn elements() -> String {
    rows().into_iter().map(nested).collect::<Vec<_>>().join(",")
}

/// A folder with the model of the rows as CSV.
fn folder() -> Folder {
    let folder = Folder::new().file("rows/a.csv", format!("{}\n{}", NAMES.join(","), csv(&rows())));
    folder.kitsune("train rows --epochs 2").succeeds();
    folder
}

#[test]
fn training_on_any_arrangement_of_objects_is_training_on_their_columns() {
    let expected = folder().read(MODEL);
    let elements = elements();
    let spread = elements.replace('{', "{\n ").replace('}', "\n}");
    for (name, text) in [
        ("rows.ndjson", lines()),
        ("rows.json", lines()),
        ("rows.json", format!("[{elements}]")),
        ("rows.json", format!("[\n{spread}\n]\n")),
        ("rows.json", spread.replace("},{", "}\n{")),
    ] {
        let folder = Folder::new().file(name, &text);
        folder.kitsune("train --epochs 2").word(name).succeeds().says(&["120 rows of 4 features"]);
        assert!(folder.read(MODEL) == expected, "{name}: {text:.60}");
        let folder = Folder::new();
        folder.kitsune("train - --epochs 2").reads(text.clone()).succeeds();
        assert!(folder.read(MODEL) == expected, "from a pipe: {text:.60}");
    }
}

#[test]
fn scores_are_those_of_the_columns() {
    let folder = folder().file("flows.json", format!("[{}]", elements()));
    folder.kitsune("score rows scores").succeeds();
    folder.kitsune("score flows.json nested --keep flow.up").succeeds();
    crate::rows::assert_same("nested", &folder.scores("nested"), &folder.scores("scores"));
    let out = folder.kitsune("score - -").reads(folder.read("flows.json")).succeeds().stdout;
    assert_eq!(out.lines().count(), 120);
}

#[test]
fn a_quiet_hour_lacks_a_column_and_is_scored_under_the_policy() {
    let line = |[a, up, down, _]: [f64; 4]| format!("{{\"a\":{a},\"flow\":{{\"up\":{up},\"down\":{down}}}}}\n");
    let quiet = rows().into_iter().map(line).collect::<Vec<_>>().concat();
    let folder = folder().file("quiet.ndjson", &quiet);
    folder.kitsune("score quiet.ndjson out.csv --quiet").fails(&[
        "quiet.ndjson, line 1",
        "flow.state.age",
        "no row so far has this field",
        "--on-missing",
    ]);
    let told = folder.kitsune("score quiet.ndjson out.csv --on-missing mean").succeeds();
    told.says(&["no row so far has these columns", "flow.state.age", "120 missing values filled"]);
    let later = quiet.clone() + &lines();
    let folder = folder.file("later.ndjson", later);
    folder.kitsune("score later.ndjson out.csv --on-missing drop").succeeds().says(&["120 rows dropped"]);
    let told = folder.kitsune("train later.ndjson --on-missing drop --columns a,flow.state.age --epochs 1").succeeds();
    told.says(&["120 rows of 2 features"]);
}

#[test]
fn rows_of_other_columns_are_no_quiet_hour() {
    let folder = folder().file("other.ndjson", "{\"x\":1,\"y\":2}\n");
    folder.kitsune("score other.ndjson out.csv --on-missing mean").fails(&["the data lack columns", "a, flow.up", "x, y"]);
}

#[test]
fn numbers_in_strings_are_said_once() {
    let row = |[a, up, down, age]: [f64; FEATURES]| {
        format!("{{\"a\":\"{a}\",\"flow\":{{\"up\":{up},\"down\":\"{down}\",\"state\":{{\"age\":{age}}}}}}}\n")
    };
    let folder = folder().file("strings.ndjson", rows().into_iter().map(row).collect::<String>());
    let told = folder.kitsune("score strings.ndjson strings").succeeds();
    told.says(&["numbers in strings are read as numbers: a, flow.down\n"]);
    assert_eq!(told.stderr.matches("numbers in strings").count(), 1);
    folder.kitsune("score rows scores").succeeds();
    crate::rows::assert_same("strings", &folder.scores("strings"), &folder.scores("scores"));
}

#[test]
fn faults_name_the_line_and_the_object() {
    for (text, parts) in [
        ("[{\"a\":1},\n{\"a\":\"x\"}]", &["line 2 (object 2), column 0 (a)", "\"x\" is not a number", "--exclude a"][..]),
        ("[{\"a\":1},\n{\"a\":2", &["line 2 (object 2)", "it never ends"]),
        ("[{\"a\":1},\n{\"a\":2}", &["line 2: the array never ends"]),
        ("{\"a\":1,\"t\":{\"id\":\"x\"}}\n{\"a\":2,\"t\":{\"id\":\"y\"}}\n", &["t.id (text)", "--exclude t.id"]),
        ("{\"a\":1,\"t\":[{\"id\":1}]}\n", &["t (a list of something else than numbers)", "--exclude t"]),
    ] {
        Folder::new().file("rows.json", text).kitsune("train rows.json").fails(parts);
    }
}

#[test]
fn a_folder_of_rows_may_have_a_json_file_about_them() {
    let folder = folder().file("rows/about.json", "{\"title\": \"flows\"}\n");
    folder.kitsune("score rows scores").succeeds();
    assert_eq!(folder.scores("scores").len(), 120);
}
