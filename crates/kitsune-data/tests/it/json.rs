//! JSON files in all arrangements of their rows: objects inside rows, arrays, numbers in strings, and fields that come late.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use kitsune_data::{Batch, Error, Format, Missing, Note, Source, SourceOptions};

use crate::folder::{Folder, assert_says, error, rows};

fn file(name: &str, text: impl AsRef<[u8]>) -> Folder {
    Folder::new().file(name, text)
}

fn names(source: &Source) -> String {
    source.names().unwrap().join(" ")
}

#[test]
fn objects_inside_rows_are_columns_with_dotted_names() {
    let text =
        "{\"t\":1,\"flow\":{\"bytes\":{\"up\":2,\"down\":3},\"age\":4}}\n{\"flow\":{\"age\":8,\"bytes\":{\"down\":7,\"up\":6}},\"t\":5}\n";
    let folder = file("rows.ndjson", text);
    let source = folder.open();
    assert_eq!(names(&source), "t flow.bytes.up flow.bytes.down flow.age");
    assert_eq!(rows(&source, 0), [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]);
    assert_eq!(rows(&folder.open().select(["flow.bytes.*"]).unwrap(), 0), [[2.0, 3.0], [6.0, 7.0]]);
    assert_eq!(names(&folder.open().exclude(["flow.*"]).unwrap()), "t");
    assert_eq!(rows(&folder.open().with_names(["flow.age", "t"]).unwrap(), 0), [[4.0, 1.0], [8.0, 5.0]]);
    let labelled = file("rows.ndjson", "{\"a\":1,\"o\":{\"label\":0}}\n{\"a\":2,\"o\":{\"label\":1}}\n");
    let source = labelled.open().with_label("o.label").unwrap().normal_only();
    assert_eq!(rows(&source, 0), [[1.0]]);
    let lists = file("rows.ndjson", "{\"o\":{\"f\":[1,2]}}\n{\"o\":{\"f\":[3,4]}}\n");
    assert_eq!((names(&lists.open()), rows(&lists.open(), 0)), ("o.f[0] o.f[1]".into(), vec![vec![1.0, 2.0], vec![3.0, 4.0]]));
}

#[test]
fn what_an_object_lacks_is_missing() {
    for absent in ["{\"a\":2}", "{\"a\":2,\"o\":null}", "{\"a\":2,\"o\":{}}", "{\"a\":2,\"o\":{\"b\":null}}"] {
        for text in [format!("{{\"a\":1,\"o\":{{\"b\":3}}}}\n{absent}\n"), format!("{absent}\n{{\"a\":1,\"o\":{{\"b\":3}}}}\n")] {
            let folder = file("rows.ndjson", &text);
            let source = folder.open().with_missing(Missing::Fill(9.0));
            assert_eq!(names(&source), "a o.b", "{text}");
            let mut found = rows(&source, 0);
            found.sort_by(|a, b| a[0].total_cmp(&b[0]));
            assert_eq!(found, [[1.0, 3.0], [2.0, 9.0]], "{text}");
        }
    }
    // A plain value in some rows and an object in others is both.
    let folder = file("rows.ndjson", "{\"o\":1}\n{\"o\":{\"b\":2}}\n{\"o\":{\"b\":3}}\n");
    let both = folder.open().with_missing(Missing::Fill(9.0));
    assert_eq!((names(&both), rows(&both, 0)), ("o o.b".into(), vec![vec![1.0, 9.0], vec![9.0, 2.0], vec![9.0, 3.0]]));
}

#[test]
fn a_plain_value_that_comes_late_where_objects_were_is_no_object() {
    let text = "{\"a\":1,\"o\":{\"b\":2}}\n".repeat(1_500) + "{\"a\":1,\"o\":\"-\"}\n";
    let folder = file("rows.ndjson", text);
    assert_says(&folder.error(), &["line 1501", "o is \"-\", but an object in the first rows", "pick the columns"]);
    assert_says(&error(folder.open().select(["o.b"])), &["line 1501, column 1 (o.b)", "missing"]);
    let picked = folder.open().select(["o.b"]).unwrap().with_missing(Missing::Drop);
    assert_eq!(rows(&picked, 0).len(), 1_500);
}

#[test]
fn objects_are_followed_to_a_depth() {
    let nested = |depth: usize, value: &str| format!("{}{value}{}", "{\"o\":".repeat(depth), "}".repeat(depth));
    let name = vec!["o"; 65].join(".");
    let folder = file("rows.ndjson", nested(65, "7") + "\n");
    assert_eq!((names(&folder.open()), rows(&folder.open(), 0)), (name, vec![vec![7.0]]));
    assert_says(&file("rows.ndjson", nested(66, "7") + "\n").error(), &["not numbers", "o.o.o (an object)"]);
    assert_says(&file("rows.ndjson", nested(1_000, "7") + "\n").error(), &["not numbers", "(an object)"]);
}

#[test]
fn objects_can_be_passed_through_field_by_field() {
    let text = "{\"a\":1,\"o\":{\"id\":\"x\",\"n\":[{\"y\":1}]}}\n{\"a\":2,\"o\":{\"id\":\"z\"}}\n";
    let folder = file("rows.ndjson", text);
    let source = folder.open().select(["a"]).unwrap().keep(["o.id", "o.n"]).unwrap();
    let batches: Vec<Batch> = source.pass(0).unwrap().map(Result::unwrap).collect();
    let kept = batches[0].kept(&[0, 1]).unwrap();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(kept, [vec![pair("o.id", "x"), pair("o.n", "[{\"y\":1}]")], vec![pair("o.id", "z")]]);
}

#[test]
fn rows_may_be_lines_or_objects_or_elements_of_an_array() {
    let [a, b] = ["{\"a\":1,\"o\":{\"b\":2}}", "{\"a\":3,\"o\":{\"b\":4}}"];
    let spread = |text: &str| text.replace('{', "{\n  ").replace(',', ",\n  ").replace('}', "\n}");
    for (case, text) in [
        ("lines", format!("{a}\n{b}\n")),
        ("lines without an end", format!("\n{a}\r\n\r\n{b}")),
        ("an array", format!("[{a},{b}]")),
        ("an array of lines", format!("\u{feff}[{a},\n{b}\n]\n")),
        ("a spread array", format!("[\n{}\n,\n{}\n]\n", spread(a), spread(b))),
        ("arrays", format!("[{a}]\n[]\n[{b}]\n")),
        ("spread objects", format!("{}\n{}\n", spread(a), spread(b))),
        ("objects on one line", format!("{a}{b}")),
    ] {
        for (name, stored) in
            [("rows.json", text.clone().into_bytes()), ("rows.json.gz", gzip(&text)), ("rows.ndjson", text.clone().into())]
        {
            let folder = file(name, stored);
            let source = folder.open();
            assert_eq!((source.format(), names(&source)), (Format::JsonLines, "a o.b".into()), "{case}, {name}");
            assert_eq!(rows(&source, 0), [[1.0, 2.0], [3.0, 4.0]], "{case}, {name}");
        }
    }
    for nothing in ["[]", "[ \n]\n", "\n\n", ""] {
        assert_eq!(file("rows.json", nothing).open().pass(0).unwrap().count(), 0, "{nothing:?}");
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn faults_in_arrays_are_found_by_line_and_object() {
    let objects = |count: usize| "{\"a\":1,\n\"b\":2}\n,".repeat(count);
    for (text, parts) in [
        ("[{\"a\":1},\n{\"a\":\n\"x\"}]".to_owned(), &["rows.json, line 3 (object 2), column 0 (a)", "\"x\" is not a number"][..]),
        ("[{\"a\":1,\"b\":1},\n{\"a\":\n2}]".into(), &["line 2 (object 2), column 1 (b)", "missing"]),
        (format!("[{}{{\"a\":1,\n\"b\":[]}}]", objects(40_000)), &["line 80002 (object 40001), column 1 (b)", "a list"]),
        (format!("[{}{{\"a\":1,\n\"b\":1 2}}]", objects(40_000)), &["line 80002 (object 40001): no JSON object", "character"]),
        ("[{\"a\":1},{\"a\":2}".into(), &["line 1: the array never ends"]),
        ("[{\"a\":1},\n{\"a\":2},\n".into(), &["line 2: the array never ends"]),
        ("[{\"a\":1},\n]".into(), &["line 2: expected an object"]),
        ("[{\"a\":1}\n{\"a\":2}]".into(), &["line 2: expected a comma, or the end of the array"]),
        ("[{\"a\":1}]\n{\"a\":2}".into(), &["line 2: after the end of an array there may only be another array"]),
        ("[{\"a\":1},\n5]".into(), &["line 2 (object 2): no JSON object", "each row must be one"]),
        ("[[{\"a\":1}]]".into(), &["line 1 (object 1): no JSON object", "sequence"]),
        ("[{\"a\":1},\n{\"a\":[2}]".into(), &["line 2 (object 2): no JSON object"]),
        ("{\n\"a\":1}\n{\"a\":2,\n".into(), &["line 3 (object 2): no JSON object: it never ends"]),
        ("{\"a\":1\n{\"a\":2}\n".into(), &["line 2 (object 1): no JSON object", "expected `,` or `}`"]),
        ("{\n\"a\":1},\n{\"a\":2}\n".into(), &["line 2: objects with commas between them must be in an array"]),
    ] {
        assert_says(&file("rows.json", text).error(), parts);
    }
}

#[test]
fn rows_before_a_fault_in_an_array_are_read() {
    let text = format!("[{}{{\"a\":null}}", "{\"a\":0.5},\n".repeat(200_000));
    let folder = file("rows.json", text);
    let mut pass = folder.open().pass(0).unwrap();
    let mut count = 0;
    let fault = pass.find_map(|batch| batch.map(|batch| count += batch.rows()).err());
    assert_eq!(count, 200_000);
    assert_says(&fault.unwrap().to_string(), &["line 200001 (object 200001), column 0 (a)", "missing"]);
}

#[test]
fn a_json_file_beside_files_of_a_clearer_extension_describes_them() {
    let rows_and_more = Folder::new().file("rows.csv", "a\n1\n").file("about.json", "{\"title\": \"flows\"}");
    assert_eq!(rows(&rows_and_more.open(), 0), [[1.0]]);
    let asked = SourceOptions::new().with_format(Format::JsonLines).open(rows_and_more.path()).unwrap();
    assert_eq!(names(&asked), "title");
    let alone = Folder::new().file("a.json", "{\"a\":1}\n").file("b.json", "[{\"a\":2}]");
    assert_eq!(rows(&alone.open(), 0), [[1.0], [2.0]]);
}

#[test]
fn numbers_in_strings_are_numbers_and_said() {
    let text = "{\"a\":\"1.5\",\"b\":1,\"t\":\"x\"}\n{\"a\":\"0x1f\",\"b\":\"-2\",\"t\":\"5\"}\n{\"a\":3,\"b\":\"true\",\"t\":\"y\"}\n";
    let folder = file("rows.ndjson", text);
    let source = folder.open();
    assert_eq!(source.notes(), [Note::NumbersInStrings { columns: vec!["a".into(), "b".into()] }]);
    assert_says(&source.notes()[0].to_string(), &["numbers in strings are read as numbers: a, b"]);
    assert_says(&error(Ok(source.clone())), &["not numbers", "t (text)"]);
    assert_eq!(rows(&source.exclude(["t"]).unwrap(), 0), [[1.5, 1.0], [31.0, -2.0], [3.0, 1.0]]);
    let missing = file("rows.ndjson", "{\"a\":\"-\"}\n{\"a\":\"NaN\"}\n{\"a\":\"2\"}\n{\"a\":\"\"}\n");
    assert_eq!(rows(&missing.open().with_missing(Missing::Fill(9.0)), 0), [[9.0], [9.0], [2.0], [9.0]]);
    assert_says(&missing.error(), &["line 1, column 0 (a)", "the value is missing (\"-\")"]);
    assert_says(&file("rows.ndjson", "{\"a\":\"1\"}\n{\"a\":\"inf\"}\n").error(), &["line 2, column 0 (a)", "inf is not a finite number"]);
    // Where most values are numbers, the others are faults; where most are texts, the field is text.
    assert_says(
        &file("rows.ndjson", "{\"a\":\"x\"}\n{\"a\":\"1\"}\n{\"a\":2}\n").error(),
        &["line 1, column 0 (a)", "\"x\" is not a number"],
    );
    assert_says(&file("rows.ndjson", "{\"a\":\"1\"}\n{\"a\":\"x\"}\n{\"a\":\"y\"}\n").error(), &["not numbers", "a (text)"]);
}

/// A quiet hour: the rows of the model's field come late, or never.
fn late(come: &str) -> Folder {
    file("rows.ndjson", "{\"a\":1}\n".repeat(1_500) + come)
}

#[test]
fn a_field_that_no_row_has_so_far_can_be_chosen_by_name() {
    let folder = late("{\"a\":2,\"late\":3}\n");
    for source in [folder.open().select(["a", "late"]).unwrap(), folder.open().with_names(["a", "late"]).unwrap()] {
        assert_eq!((names(&source), source.unseen()), ("a late".into(), &["late".to_owned()][..]));
        let noted = source.clone().with_missing(Missing::Drop);
        assert_eq!((source.notes(), noted.notes()), (&[][..], &[Note::Unseen { columns: vec!["late".into()] }][..]));
        assert_says(&error(Ok(source.clone())), &["line 1, column 1 (late)", "no row so far has this field: correct its name"]);
        let found = rows(&source.clone().with_missing(Missing::Fill(9.0)), 0);
        assert_eq!((found.len(), &found[0][..], &found[1_500][..]), (1_501, &[1.0, 9.0][..], &[2.0, 3.0][..]));
        assert_eq!(rows(&source.with_missing(Missing::Drop), 0), [[2.0, 3.0]]);
    }
    let first = folder.open().with_names(["late", "a"]).unwrap().with_missing(Missing::Drop);
    assert_eq!(rows(&first, 0), [[3.0, 2.0]]);
    // Rows of which nothing is known have other columns than the model.
    let Err(Error::Schema(_)) = folder.open().with_names(["b", "c"]) else { panic!("none of the columns is there") };
    assert_says(&error(folder.open().select(["l*"])), &["no column l*"]);
}

#[test]
fn late_fields_may_be_in_objects_or_lists() {
    for (row, columns) in [
        ("{\"a\":2,\"o\":{\"b\":3}}\n", &["a", "o.b"][..]),
        ("{\"a\":2,\"o.b\":3}\n", &["a", "o.b"]),
        ("{\"a\":2,\"f\":[3]}\n", &["a", "f[0]"]),
        ("{\"a\":2,\"o\":{\"f\":[3]}}\n", &["a", "o.f[0]"]),
        ("{\"a\":2,\"p\":{\"q\":{\"r\":3}}}\n", &["p.q.r", "a"]),
    ] {
        let folder = late(row);
        let source = folder.open().with_names(columns).unwrap().with_missing(Missing::Drop);
        let expected = if columns[0] == "a" { [[2.0, 3.0]] } else { [[3.0, 2.0]] };
        assert_eq!(rows(&source, 0), expected, "{row}");
    }
    let folder = late("{\"a\":2,\"o.b\":3,\"o\":{\"b\":3}}\n");
    let twice = folder.open().with_names(["a", "o.b"]).unwrap().with_missing(Missing::Drop);
    assert_says(&error(Ok(twice)), &["line 1501, column 1 (o.b)", "twice"]);
    // Nulls do not show what a field is.
    let text = "{\"a\":1,\"f\":null}\n".repeat(1_500) + "{\"a\":2,\"f\":[3,4]}\n";
    let folder = file("rows.ndjson", text);
    let source = folder.open().with_names(["f[0]", "f[1]", "a"]).unwrap().with_missing(Missing::Drop);
    assert_eq!(rows(&source, 0), [[3.0, 4.0, 2.0]]);
    // A field that holds something else is not the field of the model.
    let Err(Error::Schema(_)) = late("").open().with_names(["a[0]", "a"]) else { panic!("a holds numbers, not lists") };
}
