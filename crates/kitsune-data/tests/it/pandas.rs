//! The index of a frame of pandas, which is no feature.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{Field, Schema};
use kitsune_data::{Note, Source};
use polars::df;
use polars::io::parquet::write::KeyValueMetadata;
use polars::prelude::ParquetWriter;

use crate::folder::{Folder, rows};

/// What pandas writes for a frame with this index.
fn metadata(index: &str) -> String {
    format!("{{\"index_columns\": {index}, \"column_indexes\": [], \"columns\": [], \"pandas_version\": \"3.1.1\"}}")
}

/// The same three columns in each format.
fn folders(index: &str) -> [(&'static str, Folder); 3] {
    let names = ["id", "x", "__index_level_0__"];
    let columns: [ArrayRef; 3] =
        [Arc::new(Int64Array::from(vec![5, 6])), Arc::new(Float64Array::from(vec![0.5, 1.5])), Arc::new(Int64Array::from(vec![1, 0]))];
    let fields: Vec<_> = names.iter().zip(&columns).map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, HashMap::from([("pandas".to_owned(), metadata(index))])));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.to_vec()).unwrap();
    let mut file = FileWriter::try_new(Vec::new(), &schema).unwrap();
    let mut stream = StreamWriter::try_new(Vec::new(), &schema).unwrap();
    file.write(&batch).unwrap();
    stream.write(&batch).unwrap();
    file.finish().unwrap();
    stream.finish().unwrap();
    let mut parquet = Vec::new();
    let mut frame = df!("id" => [5_i64, 6], "x" => [0.5, 1.5], "__index_level_0__" => [1_i64, 0]).unwrap();
    let entry = KeyValueMetadata::from_static(vec![("pandas".to_owned(), metadata(index))]);
    ParquetWriter::new(&mut parquet).with_key_value_metadata(Some(entry)).finish(&mut frame).unwrap();
    [
        ("Parquet", Folder::new().file("rows.parquet", parquet)),
        ("a file of Arrow", Folder::new().file("rows.arrow", file.into_inner().unwrap())),
        ("a stream of Arrow", Folder::new().file("rows.arrow", stream.into_inner().unwrap())),
    ]
}

fn names(source: &Source) -> String {
    source.names().unwrap().join(" ")
}

#[test]
fn an_index_is_left_out_and_noted_unless_it_is_chosen_by_name() {
    for (format, folder) in folders("[\"__index_level_0__\"]") {
        let source = folder.open();
        let left_out = [Note::IndexLeftOut { columns: vec!["__index_level_0__".into()] }];
        assert_eq!((names(&source).as_str(), source.notes()), ("id x", &left_out[..]), "{format}");
        assert_eq!(source.notes()[0].to_string(), "pandas' index is no feature unless it is chosen by name: __index_level_0__");
        assert_eq!(rows(&source, 0), [[5.0, 0.5], [6.0, 1.5]]);
        let excluded = folder.open().exclude(["id"]).unwrap();
        assert_eq!((names(&excluded).as_str(), excluded.notes()), ("x", &left_out[..]));
        let named = folder.open().exclude(["__index_level_0__"]).unwrap();
        assert_eq!((names(&named).as_str(), named.notes()), ("id x", &[][..]), "whoever names it knows it");
        let all = folder.open().select(["*"]).unwrap();
        assert_eq!((names(&all).as_str(), all.notes()), ("id x", &left_out[..]));
        for source in [folder.open().select(["x", "__index_level_0__"]), folder.open().with_names(["x", "__index_level_0__"])] {
            let source = source.unwrap();
            assert_eq!((names(&source).as_str(), source.notes()), ("x __index_level_0__", &[][..]));
            assert_eq!(rows(&source, 0), [[0.5, 1.0], [1.5, 0.0]]);
        }
        let chosen = folder.open().select(["x"]).unwrap();
        assert_eq!((names(&chosen).as_str(), chosen.notes()), ("x", &[][..]), "nobody misses it");
        assert!(folder.open().keep(["__index_level_0__"]).is_ok());
    }
}

#[test]
fn an_index_without_a_column_leaves_nothing_out_and_one_with_a_name_is_one() {
    let counted = "[{\"kind\": \"range\", \"name\": null, \"start\": 0, \"stop\": 2, \"step\": 1}]";
    for (index, expected) in
        [(counted, "id x __index_level_0__"), ("[\"id\", \"__index_level_0__\"]", "x"), ("7", "id x __index_level_0__")]
    {
        for (format, folder) in folders(index) {
            assert_eq!(names(&folder.open()), expected, "{index} in {format}");
        }
    }
}

#[test]
fn a_list_of_the_length_of_the_names_is_taken_by_position() {
    let rows_of = |folder: &Folder, wanted: &[&str]| folder.open().with_names(wanted);
    let folder = Folder::new().file("rows.ndjson", "{\"id\": 1, \"features\": [0.5, 2]}\n{\"id\": 2, \"features\": [1.5, 3]}\n");
    let source = rows_of(&folder, &["f00", "f01"]).unwrap();
    assert_eq!(source.notes(), [Note::ByPosition { column: "features".into(), elements: 2 }]);
    assert_eq!(names(&source), "f00 f01");
    assert_eq!(rows(&source, 0), [[0.5, 2.0], [1.5, 3.0]]);
    for wanted in [&["f00"][..], &["f00", "f01", "f02"]] {
        assert!(rows_of(&folder, wanted).is_err(), "{wanted:?}");
    }
    assert!(rows_of(&folder, &["features[1]", "features[0]"]).unwrap().notes().is_empty());
    let two = Folder::new().file("rows.ndjson", "{\"a\": [1, 2], \"b\": [3, 4]}\n");
    assert!(rows_of(&two, &["f00", "f01"]).is_err(), "of two lists neither is meant");
}
