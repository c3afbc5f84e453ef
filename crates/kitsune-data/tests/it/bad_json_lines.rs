//! Faults in NDJSON files, and the positions that errors report.

use crate::folder::{Folder, assert_says, error, rows};

#[test]
fn a_bad_row_is_told_by_file_line_and_field() {
    for (text, parts) in [
        ("{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":\"x\"}\n", &["rows.ndjson, line 2, column 1 (b)", "\"x\" is not a number"][..]),
        ("{\"a\":1,\"b\":2}\n\n{\"a\":3,\"b\":null}\n", &["line 3, column 1 (b)", "missing (null)"]),
        ("{\"a\":1,\"b\":2}\n{\"a\":3}\n", &["line 2, column 1 (b)", "missing (null)"]),
        ("{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":[1]}\n", &["line 2, column 1 (b)", "a list"]),
        ("{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":{\"c\":1}}\n", &["line 1, column 2 (b.c)", "missing (null)"]),
        ("{\"a\":1,\"b\":2}\n{\"a\":3,\"a\":3,\"b\":1}\n", &["line 2, column 0 (a)", "twice"]),
        ("{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":1\n", &["line 2: no JSON object", "character"]),
        ("{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":1} x\n", &["line 2: no JSON object", "trailing"]),
        ("{\"a\":1,\"b\":2}\n[1,2]\n", &["line 2: no JSON object", "sequence", "each line must be one"]),
        ("{\"a\":1,\"b\":2}\n{\"a\":1e999,\"b\":2}\n", &["line 2: no JSON object", "out of range"]),
        ("{\"a\":1,\"b\":2}\n{\"a\":NaN,\"b\":2}\n", &["line 2, column 0 (a)", "the value is missing (null)"]),
        ("{\"a\":1,\"b\":2}\n{\"a\":1,\"b\":-Infinity}\n", &["line 2, column 1 (b)", "the value is missing (null)"]),
        ("{\"a\":1,\"b\":2}\n{\"a\":nano,\"b\":2}\n", &["line 2: no JSON object"]),
        ("1,2\n", &["line 1: no JSON object"]),
        ("{\"f\":[1,2]}\n{\"f\":[1,2,3]}\n", &["line 2, column 0 (f)", "3 values instead of 2"]),
        ("{\"f\":[1,2]}\n{\"f\":[1,null]}\n", &["line 2, column 0 (f[1])", "missing (null)"]),
        ("{\"f\":[1,2]}\n{\"f\":[1,\"2\"]}\n", &["line 2, column 0 (f)", "something else than numbers"]),
        ("{\"f\":[1,2]}\n{\"f\":3}\n", &["line 2, column 0 (f)", "\"3\" is no list, as the first rows have it"]),
        ("{\"a\":1,\"t\":\"x\"}\n", &["not numbers", "t (text)"]),
        // Each row counts once, whatever words it has.
        ("{\"a\":\"5\",\"b\":NaN}\n{\"a\":\"x\",\"b\":1}\n", &["not numbers", "a (text)"]),
        ("{\"a\":1,\"o\":{\"b\":2}}\n{\"a\":1,\"o\":{\"b\":\"x\"}}\n", &["line 2, column 1 (o.b)", "\"x\" is not a number"]),
        ("{\"a\":1,\"o\":{\"b\":2}}\n{\"a\":1,\"o\":{}}\n", &["line 2, column 1 (o.b)", "missing (null)"]),
        ("{\"a\":1,\"o\":{\"b\":2}}\n{\"a\":1,\"o\":null}\n", &["line 2, column 1 (o.b)", "missing (null)"]),
        ("{\"a\":1,\"o\":{\"b\":2}}\n{\"a\":1,\"o\":{\"b\":2,\"b\":3}}\n", &["line 2, column 1 (o.b)", "twice"]),
        ("{\"a\":1,\"o\":[{\"b\":2}]}\n", &["not numbers", "o (a list of something else than numbers)"]),
        ("{\"a\":1,\"o\":{\"t\":\"x\"}}\n", &["not numbers", "o.t (text)"]),
    ] {
        assert_says(&Folder::new().file("rows.ndjson", text).error(), parts);
    }
}

#[test]
fn a_field_that_comes_late_is_an_error_unless_the_columns_were_picked() {
    let mut text = (0..1_500).map(|row| format!("{{\"a\":{row},\"b\":1}}\n")).collect::<Vec<_>>().concat();
    text += "{\"a\":1,\"b\":1,\"late\":3}\n";
    let folder = Folder::new().file("rows.ndjson", text);
    assert_says(&folder.error(), &["line 1501", "no field late", "pick the columns"]);
    let picked = folder.open().select(["a"]).unwrap();
    assert_eq!(rows(&picked, 0).len(), 1_501);
}

#[test]
fn fields_are_known_from_the_first_rows_together() {
    let folder = Folder::new().file("rows.ndjson", "{\"a\":null,\"b\":1}\n{\"b\":2,\"a\":3,\"c\":true}\n");
    assert_eq!(folder.open().names().unwrap(), ["a", "b", "c"]);
    let filled = folder.open().with_missing(kitsune_data::Missing::Fill(9.0));
    assert_eq!(rows(&filled, 0), [[9.0, 1.0, 9.0], [3.0, 2.0, 1.0]]);
    let empty = Folder::new().file("rows.ndjson", "\n \n");
    assert_eq!(empty.open().pass(0).unwrap().count(), 0);
}

#[test]
fn labels_and_text_are_read_only_where_they_are_asked_for() {
    let text = "{\"a\":1,\"label\":0,\"t\":\"x\"}\n{\"a\":2,\"label\":1,\"t\":7}\n{\"a\":3,\"label\":false,\"t\":[]}\n";
    let folder = Folder::new().file("rows.ndjson", text);
    let source = folder.open().exclude(["t"]).unwrap().with_label("label").unwrap();
    assert_eq!(rows(&source, 0), [[1.0], [2.0], [3.0]]);
    assert_eq!(rows(&source.clone().normal_only(), 0), [[1.0], [3.0]]);
    let folder = Folder::new().file("rows.ndjson", "{\"a\":1,\"label\":0}\n{\"a\":2}\n");
    assert_says(&error(folder.open().with_label("label").map(kitsune_data::Source::normal_only)), &["line 2, column 1 (label)", "missing"]);
}

#[test]
fn a_row_far_into_a_large_file_is_found() {
    let line = "{\"a\":0.25,\"b\":123456.789}\n";
    let text = line.repeat(400_000) + "{\"a\":0.25,\"b\":\"?\"}\n" + &line.repeat(10);
    let folder = Folder::new().file("rows.ndjson", text);
    assert_says(&folder.error(), &["line 400001, column 1 (b)", "\"?\""]);
}
