//! Files with several columns of one name.

use kitsune_data::{Missing, Note};
use polars::df;
use polars::prelude::{IntoColumn, IntoSeries, NamedFrom, Series, StructChunked};

use crate::folder::{Folder, assert_says, error, rows};

const ZEEK: &str = "#separator \\x09\n#unset_field\t-\n#fields\ta\tb\ta\tt\tt\n#types\tcount\tcount\tdouble\tstring\tstring\n";

/// The rows 1.5, 4, 7, p, x and 2.5, 5, 8, q, y, and so on, of columns a, b, a, t, t.
fn folders() -> [(&'static str, Folder); 5] {
    [
        ("CSV", Folder::new().file("rows.csv", "a,b,a,t,t\n1.5,4,7,p,x\n2.5,5,8,q,y\n3.5,6,9,r,z\n")),
        ("Zeek", Folder::new().file("conn.log", format!("{ZEEK}1.5\t4\t7\tp\tx\n2.5\t5\t8\tq\ty\n3.5\t6\t9\tr\tz\n"))),
        (
            "NDJSON",
            Folder::new().file(
                "rows.ndjson",
                [("1.5", 4, 7, "p", "x"), ("2.5", 5, 8, "q", "y"), ("3.5", 6, 9, "r", "z")]
                    .map(|(a, b, c, t, u)| format!("{{\"a\":{a},\"b\":{b},\"a\":{c},\"t\":{t:?},\"t\":{u:?}}}\n"))
                    .concat(),
            ),
        ),
        // Written by pyarrow 26, like the next one.
        ("Parquet", Folder::new().file("rows.parquet", include_bytes!("data/same_names.parquet"))),
        ("Arrow", Folder::new().file("rows.arrow", include_bytes!("data/same_names.arrow"))),
    ]
}

#[test]
fn the_second_column_of_a_name_has_a_number_in_every_format() {
    for (format, folder) in folders() {
        let source = folder.open().exclude(["t", "t (2)"]).unwrap();
        assert_eq!(source.names().unwrap(), ["a", "b", "a (2)"], "{format}");
        assert_eq!(rows(&source, 0), [[1.5, 4.0, 7.0], [2.5, 5.0, 8.0], [3.5, 6.0, 9.0]], "{format}");
        let note = Note::NewNames { columns: vec!["a (2)".into(), "t (2)".into()] };
        assert!(source.notes().contains(&note), "{format}: {:?}", source.notes());
        assert_says(&note.to_string(), &["several columns have one name", "a (2), t (2)"]);
        let chosen = folder.open().with_names(["a (2)", "a"]).unwrap().keep(["t (2)", "a (2)"]).unwrap();
        assert_eq!(rows(&chosen, 0)[2], [9.0, 3.5], "{format}");
        let batch = chosen.pass(0).unwrap().next().unwrap().unwrap();
        let kept = batch.kept(&[1]).unwrap();
        assert_eq!(kept[0][0], ("t (2)".to_owned(), "y".to_owned()), "{format}");
        assert_eq!((kept[0][1].0.as_str(), kept[0][1].1.parse()), ("a (2)", Ok(8.0)), "{format}");
        // A number is that of the column in the file.
        assert_eq!(folder.open().select(["2"]).unwrap().names().unwrap(), ["a (2)"], "{format}");
    }
}

#[test]
fn the_files_of_a_set_share_the_new_names() {
    let header = "a,b,a\n";
    let folder = Folder::new().file("a.csv", format!("{header}1,2,3\n")).file("b.csv", format!("{header}4,5,6\n"));
    assert_eq!(rows(&folder.open(), 0), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    // The header of the files, which is not that of the columns, comes again.
    let again = Folder::new().file("rows.csv", format!("{header}1,2,3\n{header}4,5,6\n"));
    assert_eq!(rows(&again.open(), 0), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let other = Folder::new().file("a.csv", "a,b,a\n1,2,3\n").file("b.csv", "a,b,c\n4,5,6\n");
    assert_says(&other.error(), &["column 2 is \"c\" in", "b.csv but \"a (2)\" in"]);
}

#[test]
fn a_field_of_a_struct_may_have_the_name_of_a_column() {
    let fields = [Series::new("a".into(), [1.0, 2.0])];
    let mut frame = df!("s.a" => [3.0, 4.0]).unwrap();
    frame.with_column(StructChunked::from_series("s".into(), 2, fields.iter()).unwrap().into_series().into_column()).unwrap();
    for folder in [
        Folder::new().parquet("rows.parquet", &frame),
        Folder::new().file("rows.arrow", crate::formats::ipc(&frame, None)),
        Folder::new().file("rows.csv", "s.a,s.a\n3,1\n4,2\n"),
    ] {
        assert_eq!(folder.open().names().unwrap(), ["s.a", "s.a (2)"]);
        assert_eq!(rows(&folder.open(), 0), [[3.0, 1.0], [4.0, 2.0]]);
    }
}

#[test]
fn a_field_of_an_object_with_the_name_of_a_field_is_a_fault() {
    // The fields of a row have no order by which one of them would be the second.
    let folder = Folder::new().file("rows.ndjson", "{\"o\":{\"x\":1},\"o.x\":2}\n");
    assert_says(&folder.error(), &["several columns of", "rows.ndjson have the same name: o.x"]);
    assert_says(&error(folder.open().keep(["o.x"])), &["the same name: o.x"]);
}

#[test]
fn every_row_says_what_the_fields_of_one_name_are() {
    let rows = "{\"a\":1,\"a\":null,\"b\":1}\n{\"a\":2,\"a\":\"tcp\",\"b\":2}\n{\"a\":3,\"a\":\"udp\",\"b\":3}\n";
    let folder = Folder::new().file("rows.ndjson", rows);
    assert_says(&folder.error(), &["are not numbers and must be left out: a (2) (text)"]);
    let source = folder.open().exclude(["a (2)"]).unwrap().keep(["a", "a (2)"]).unwrap();
    assert_eq!(crate::folder::rows(&source, 0), [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]);
    let batch = source.pass(0).unwrap().next().unwrap().unwrap();
    assert_eq!(batch.kept(&[1]).unwrap()[0], [("a".to_owned(), "2".to_owned()), ("a (2)".to_owned(), "tcp".to_owned())]);
    // The first of them may be an object that nobody asks for.
    let objects = Folder::new().file("rows.ndjson", "{\"a\":1,\"a\":2,\"v\":3}\n{\"a\":{\"x\":1},\"a\":2,\"v\":4}\n");
    let source = objects.open().select(["a (2)", "v"]).unwrap().with_missing(Missing::Fill(-1.0));
    assert_eq!(crate::folder::rows(&source, 0), [[2.0, 3.0], [-1.0, 4.0]]);
}

#[test]
fn a_column_with_the_name_of_an_element_of_a_list_is_a_fault() {
    let list = Series::new("f".into(), [Series::new("".into(), [1.0, 2.0])]);
    let mut frame = df!("f[1]" => [3.0]).unwrap();
    frame.with_column(list.into_column()).unwrap();
    let folder = Folder::new().parquet("rows.parquet", &frame);
    assert_says(&folder.error(), &["several columns of", "rows.parquet have the same name: f[1]: rename all but one of each"]);
    assert_eq!(rows(&folder.open().exclude(["0"]).unwrap(), 0), [[1.0, 2.0]]);
}

#[test]
fn a_name_that_comes_again_in_a_later_row_of_json_only_is_a_fault() {
    let folder = Folder::new().file("rows.ndjson", "{\"a\":1,\"b\":2}\n{\"a\":3,\"a\":4,\"b\":5}\n");
    assert_eq!(folder.open().names().unwrap(), ["a", "b"]);
    assert_says(&folder.error(), &["line 2, column 0 (a)", "the row has this field twice"]);
    // A row without the repetition lacks the second column, and one with a third has a field too many.
    let first = "{\"a\":1,\"a\":2,\"a\":3,\"o\":{\"x\":4,\"x\":5}}\n";
    let folder = Folder::new().file("rows.ndjson", format!("{first}{{\"a\":6,\"o\":{{\"x\":7}}}}\n"));
    let source = folder.open();
    assert_eq!(source.names().unwrap(), ["a", "a (2)", "a (3)", "o.x", "o.x (2)"]);
    assert_says(&error(Ok(source.clone())), &["line 2, column 1 (a (2))", "missing"]);
    assert_eq!(rows(&source.with_missing(Missing::Fill(0.5)), 0), [[1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 0.5, 0.5, 7.0, 0.5]]);
    let four = Folder::new().file("rows.ndjson", format!("{first}{{\"a\":6,\"a\":6,\"a\":6,\"a\":6}}\n"));
    assert_says(&four.error(), &["line 2, column 2 (a (3))", "twice"]);
    let objects = Folder::new().file("rows.ndjson", "{\"o\":{\"x\":1},\"o\":{\"x\":2}}\n");
    assert_says(&objects.error(), &["line 1, column 0 (o.x)", "twice"]);
}
