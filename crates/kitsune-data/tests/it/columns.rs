//! The choice of columns, and options for opening files.

use kitsune_data::{Error, SchemaError, Source, SourceOptions, TextError};
use polars::df;

use crate::folder::{Folder, assert_says, error, rows};

#[test]
fn features_are_selected_by_name_in_the_order_asked_for() {
    let folder = Folder::new().file("rows.csv", "a,b,text,c\n1,2,x,3\n4,5,y,6\n");
    let source = folder.open().with_names(["c", "a"]).unwrap();
    assert_eq!((source.features(), source.names().unwrap()), (2, &["c".to_owned(), "a".to_owned()][..]));
    assert_eq!(rows(&source, 0), [[3.0, 1.0], [6.0, 4.0]]);
    assert_says(
        &error(folder.open().with_names(["a", "zz", "b", "yy"])),
        &["no column zz, yy in", "rows.csv: the columns are a, b, text, c"],
    );
    let without = Folder::new().file("rows.csv", "1,2\n");
    assert_says(&error(without.open().with_names(["a"])), &["no header in", "rows.csv"]);
}

#[test]
fn a_label_is_left_out_and_picks_the_normal_rows() {
    for label in [["0", "1", "0"], ["0.0", "2", "0e5"], ["false", "true", "FALSE"], ["\"0\"", "\"1\"", " 0 "]] {
        let folder = Folder::new().file("rows.csv", format!("a,label\n1,{}\n2,{}\n3,{}\n", label[0], label[1], label[2]));
        let source = folder.open().with_label("label").unwrap();
        assert_eq!(source.names().unwrap(), ["a"]);
        assert_eq!(rows(&source, 0), [[1.0], [2.0], [3.0]], "{label:?}");
        let mut pass = source.normal_only().pass(0).unwrap();
        let found: Vec<f64> = pass.by_ref().flat_map(|batch| crate::folder::values(&batch.unwrap())).collect();
        assert_eq!(found, [1.0, 3.0], "{label:?}");
        assert_eq!((pass.progress().rows(), pass.progress().left_out()), (2, 1));
    }
}

#[test]
fn labels_matter_only_where_they_are_asked_for() {
    let folder = Folder::new().file("rows.csv", "a,label\n1,x\n2,\n");
    let source = folder.open().with_label("label").unwrap();
    assert_eq!(rows(&source, 0), [[1.0], [2.0]]);
    assert_says(&error(Ok(source.normal_only())), &["rows.csv, line 3, column 1 (label)", "missing"]);
    for cell in ["", "nan", " NA "] {
        let folder = Folder::new().file("rows.csv", format!("a,label\n1,0\n2,{cell}\n"));
        assert_says(&error(folder.open().with_label("label").map(Source::normal_only)), &["line 3, column 1 (label)", "missing"]);
    }
    assert_says(&error(folder.open().with_label("lable")), &["no column lable", "a, label"]);
    let unlabelled = folder.open().exclude(["label"]).unwrap();
    assert!(matches!(unlabelled.normal_only().pass(0), Err(Error::Schema(SchemaError::NoLabel))));
}

#[test]
fn a_label_without_a_name_is_a_number() {
    let folder = Folder::new().file("rows.csv", "0.5,1,7\n0.25,0,8\n");
    let source = folder.open().with_label("1").unwrap();
    assert_eq!((source.features(), source.names()), (2, None));
    assert_eq!(rows(&source.normal_only(), 0), [[0.25, 8.0]]);
    assert_says(&error(folder.open().with_label("3")), &["no column 3", "0 to 2"]);
}

#[test]
fn what_is_wrong_with_a_row_that_is_left_out_does_not_matter() {
    let folder = Folder::new().file("rows.csv", "a,b,label\n0.5,1,0\n9,nan,1\n0,0.5,0\n");
    let source = folder.open().with_label("label").unwrap().with_range(0.0, 1.0);
    assert_eq!(rows(&source.clone().normal_only(), 0), [[0.5, 1.0], [0.0, 0.5]]);
    assert_says(&error(Ok(source)), &["line 3, column 0 (a)", "9 is outside 0 to 1"]);
    let frame = df!("a" => [0.5, 9.0, 0.0, 3.0], "label" => [0, 1, 0, 0]).unwrap();
    let source = Folder::new().parquet("rows.parquet", &frame);
    let source = source.open().with_label("label").unwrap().with_range(0.0, 1.0).normal_only();
    assert_says(&error(Ok(source)), &["rows.parquet, row 4, column 0 (a)", "3 is outside 0 to 1"]);
}

#[test]
fn what_is_wrong_with_the_columns_of_several_files_names_them_by_the_first() {
    let one = Folder::new().file("a.csv", "a,t\n1,x\n2,y\n");
    let told = one.error();
    assert_says(&told, &["a.csv are not numbers"]);
    let two = one.file("b.csv", "a,t\n1,x\n");
    assert_says(&two.error(), &["a.csv and 1 other are not numbers", "t (text)"]);
    let three = two.file("c.csv", "a,t\n1,x\n");
    assert_says(&three.error(), &["a.csv and 2 others are not numbers"]);
    for source in [three.open().with_label("t").map(Source::normal_only), three.open().exclude(["*"]), three.open().with_label("u")] {
        assert_says(&error(source), &["a.csv and 2 others"]);
    }
    let empty = Folder::new().file("a.csv", "a,t\n1,\n").file("b.csv", "a,t\n2,NA\n");
    assert_says(&empty.open().means().unwrap_err().to_string(), &["a.csv and 1 other hold no value at all", ": t"]);
}

#[test]
fn the_label_must_not_be_all_there_is() {
    let folder = Folder::new().file("rows.csv", "label\n0\n");
    assert_says(&error(folder.open().with_label("label")), &["no feature is left of", "rows.csv"]);
}

#[test]
fn the_first_column_at_fault_is_told_whatever_the_order_of_features() {
    let folder = Folder::new().file("rows.csv", "a,b,c\n1,2,3\n4,x,y\n");
    assert_says(&error(folder.open().with_names(["c", "b", "a"])), &["line 3, column 1 (b)"]);
}

#[test]
fn features_are_taken_and_left_out_by_patterns() {
    let folder = Folder::new().file("rows.csv", "id,flow_a,flow_b,text,label\n1,2,3,x,0\n4,5,6,y,1\n");
    let features = |columns: &[&str], exclude: &[&str]| {
        let source = folder.open().with_label("label").unwrap();
        let source = if columns.is_empty() { source } else { source.select(columns).unwrap() };
        source.exclude(exclude).unwrap().names().unwrap().join(" ")
    };
    assert_eq!(features(&[], &["text"]), "id flow_a flow_b");
    assert_eq!(features(&["flow_*"], &[]), "flow_a flow_b");
    assert_eq!(features(&["flow_b", "id"], &[]), "id flow_b", "in the order of the files");
    assert_eq!(features(&["0-2"], &["1"]), "id flow_b");
    assert_eq!(features(&["*"], &["t*t"]), "id flow_a flow_b", "the label is no feature");
    assert_says(&error(folder.open().exclude(["text", "zz*"])), &["no column zz*", "id, flow_a"]);
    assert_says(&error(folder.open().select(["flow_["])), &["flow_[ is no pattern of column names"]);
    let source = folder.open().exclude(["text"]).unwrap();
    assert_eq!(rows(&source, 0), [[1.0, 2.0, 3.0, 0.0], [4.0, 5.0, 6.0, 1.0]]);
}

#[test]
fn other_delimiters_and_comments_are_read_where_they_are_told() {
    let text = "# made by hand\na;b\n1,5;2\n# \"twice;\n3;4\n#\n";
    let folder = Folder::new().file("rows.csv", text);
    let options = SourceOptions::new().with_delimiter(';').unwrap().with_comment('#').unwrap();
    assert_says(&error(options.open(folder.path())), &["line 3, column 0 (a)", "1,5"]);
    let folder = Folder::new().file("rows.csv", text.replace("1,5", "1.5"));
    assert_eq!(rows(&options.open(folder.path()).unwrap(), 0), [[1.5, 2.0], [3.0, 4.0]]);
    let tabs = Folder::new().file("rows.csv", "a\tb\n1\t2\n\t\n");
    let options = SourceOptions::new().with_delimiter('\t').unwrap();
    assert_says(&error(options.open(tabs.path())), &["line 3, column 0 (a)", "empty"]);
    for bad in ['a', '1', '"', '.', '-', '\n', '\u{e4}'] {
        assert!(matches!(SourceOptions::new().with_delimiter(bad), Err(Error::Text(TextError::Dialect { .. }))), "{bad:?}");
    }
}
