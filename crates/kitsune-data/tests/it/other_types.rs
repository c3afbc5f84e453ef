//! Columns of Arrow and Parquet that are no plain numbers, or are stored in an unusual way.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{Int32Builder, ListBuilder, MapBuilder, StringBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, Decimal32Array, Decimal64Array, Decimal128Array, Decimal256Array, DictionaryArray, FixedSizeBinaryArray,
    FixedSizeListArray, Float32Array, Float64Array, Int8Array, Int32Array, Int64Array, IntervalYearMonthArray, ListViewArray, NullArray,
    RecordBatch, RunArray, StringArray, StringViewArray, StructArray, UnionArray,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Field, Schema, UnionFields};
use kitsune_data::{Error, Missing, SchemaError};

use crate::folder::{Folder, assert_says, error, rows};

const LONG: &str = "a text that is longer than what a view holds itself";

/// A record batch as a stream and as a file, compressed and not.
fn written(batch: &RecordBatch) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    for (name, compression) in [("plain", None), ("LZ4", Some(CompressionType::LZ4_FRAME)), ("Zstandard", Some(CompressionType::ZSTD))] {
        let options = || IpcWriteOptions::default().try_with_compression(compression).unwrap();
        let mut stream = StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options()).unwrap();
        let mut file = FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options()).unwrap();
        for _ in 0..2 {
            stream.write(batch).unwrap();
            file.write(batch).unwrap();
        }
        stream.finish().unwrap();
        file.finish().unwrap();
        all.extend([(name, stream.into_inner().unwrap()), (name, file.into_inner().unwrap())]);
    }
    all
}

fn runs() -> ArrayRef {
    Arc::new(RunArray::<Int32Type>::try_new(&Int32Array::from(vec![1, 3]), &StringViewArray::from(vec![LONG, "y"])).unwrap())
}

fn union(is_dense: bool) -> ArrayRef {
    let fields = [(0, Field::new("n", DataType::Int32, true)), (1, Field::new("t", DataType::Utf8View, true))];
    let offsets = is_dense.then(|| vec![0, 1, 2].into());
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3]));
    let texts: ArrayRef = Arc::new(StringViewArray::from(vec![LONG, "y", "z"]));
    Arc::new(
        UnionArray::try_new(
            fields.map(|(id, field)| (id, Arc::new(field))).into_iter().collect::<UnionFields>(),
            vec![0, 1, 0].into(),
            offsets,
            vec![numbers, texts],
        )
        .unwrap(),
    )
}

fn view_of_lists() -> ArrayRef {
    let item = Arc::new(Field::new("item", DataType::Int32, true));
    let values = Arc::new(Int32Array::from(vec![1, 2, 3]));
    Arc::new(ListViewArray::try_new(item, vec![0, 1, 2].into(), vec![1, 1, 1].into(), values, None).unwrap())
}

fn map() -> ArrayRef {
    let mut maps = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    for row in 0..3 {
        maps.keys().append_value("key");
        maps.values().append_value(row);
        maps.append(true).unwrap();
    }
    Arc::new(maps.finish())
}

fn list_of_texts() -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for _ in 0..3 {
        lists.values().append_value("x");
        lists.append(true);
    }
    Arc::new(lists.finish())
}

/// Columns that cannot be features, with the names of their types, and whether they can be kept.
fn others() -> Vec<(&'static str, ArrayRef, bool)> {
    let negative = Decimal128Array::from(vec![1, 2, 3]).with_precision_and_scale(5, -2).unwrap();
    let category: DictionaryArray<Int32Type> = ["x", "y", "x"].into_iter().collect();
    vec![
        ("run-end encoded", runs(), false),
        ("a union", union(true), false),
        ("a union", union(false), false),
        ("a view of lists", view_of_lists(), false),
        ("a decimal of the negative scale -2", Arc::new(negative), false),
        ("an interval", Arc::new(IntervalYearMonthArray::from(vec![1, 2, 3])), false),
        ("nested: it holds run-end encoded", Arc::new(FixedSizeListArray::new(field_of(&runs()), 1, runs(), None)), false),
        ("nothing but nulls", Arc::new(NullArray::new(3)), true),
        ("bytes", Arc::new(BinaryArray::from(vec![&b"x"[..], b"", b"zz"])), true),
        ("bytes", Arc::new(FixedSizeBinaryArray::try_from_iter([[7_u8; 16]; 3].into_iter()).unwrap()), true),
        ("text", Arc::new(StringArray::from(vec!["x", "", "zz"])), true),
        ("text", Arc::new(StringViewArray::from(vec![LONG, "", "zz"])), true),
        ("a category", Arc::new(category), true),
        ("a map", map(), true),
        ("a list of something else than numbers", list_of_texts(), true),
    ]
}

fn field_of(array: &ArrayRef) -> Arc<Field> {
    Arc::new(Field::new("item", array.data_type().clone(), true))
}

#[test]
fn a_column_that_is_no_number_spoils_nothing_and_is_named() {
    let first: ArrayRef = Arc::new(Float64Array::from(vec![0.5, 1.5, 2.5]));
    let last: ArrayRef = Arc::new(StringViewArray::from(vec!["x", LONG, "z"]));
    let number: ArrayRef = Arc::new(Int64Array::from(vec![7, 8, 9]));
    for (kind, other, can_be_kept) in others() {
        let columns = [("a", &first), ("o", &other), ("t", &last), ("p", &other), ("z", &number)];
        let batch = RecordBatch::try_from_iter(columns.map(|(name, column)| (name, Arc::clone(column)))).unwrap();
        for (how, bytes) in written(&batch) {
            let folder = Folder::new().file("rows.arrow", &bytes);
            let case = format!("{kind}, {how}");
            assert_says(&folder.error(), &["rows.arrow are not numbers", &format!("o ({kind}), t (text), p ({kind})")]);
            let source = folder.open().exclude(["o", "t", "p"]).unwrap();
            assert_eq!(rows(&source, 0), [[0.5, 7.0], [1.5, 8.0], [2.5, 9.0]].repeat(2), "{case}");
            let kept = source.keep(["p", "t"]);
            if can_be_kept {
                let batch = kept.unwrap().pass(0).unwrap().next().unwrap().unwrap();
                let texts = batch.kept(&[1]).unwrap();
                assert_eq!(texts[0].last().unwrap(), &("t".to_owned(), LONG.to_owned()), "{case}");
            } else {
                assert!(matches!(kept, Err(Error::Schema(SchemaError::Unreadable { .. }))), "{case}");
                assert_says(&error(folder.open().keep(["o"])), &["rows.arrow cannot be read", &format!("o ({kind})")]);
            }
        }
    }
}

#[test]
fn what_cannot_be_read_may_be_a_field_of_a_struct() {
    let number: ArrayRef = Arc::new(Float64Array::from(vec![0.5, 1.5, 2.5]));
    let structs = StructArray::try_from(vec![("r", runs()), ("x", Arc::clone(&number)), ("u", union(true))]).unwrap();
    let batch = RecordBatch::try_from_iter(vec![("s", Arc::new(structs) as ArrayRef), ("z", number)]).unwrap();
    for (how, bytes) in written(&batch) {
        let folder = Folder::new().file("rows.arrow", &bytes);
        assert_says(&folder.error(), &["s.r (run-end encoded), s.u (a union)"]);
        assert_eq!(rows(&folder.open().select(["s.x", "z"]).unwrap(), 0), [[0.5, 0.5], [1.5, 1.5], [2.5, 2.5]].repeat(2), "{how}");
        assert_says(&error(folder.open().keep(["s"])), &["s (a struct with fields that cannot be read)"]);
    }
}

/// A field of an extension type.
fn extension(name: &str, column: &ArrayRef, extension: &str) -> Field {
    let metadata = [("ARROW:extension:name", extension), ("ARROW:extension:metadata", "{\"shape\": [2]}")];
    let metadata: HashMap<_, _> = metadata.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    Field::new(name, column.data_type().clone(), true).with_metadata(metadata)
}

#[test]
fn extension_types_are_read_by_their_storage() {
    let pair = |values: Vec<f32>| {
        FixedSizeListArray::new(Arc::new(Field::new("item", DataType::Float32, true)), 2, Arc::new(Float32Array::from(values)), None)
    };
    let inner: ArrayRef = Arc::new(Int8Array::from(vec![4, 5]));
    let structs = StructArray::new(vec![extension("inner", &inner, "example.level")].into(), vec![inner], None);
    let codes = DictionaryArray::<Int32Type>::new(Int32Array::from(vec![1, 0]), Arc::new(Int64Array::from(vec![7, 8])));
    let columns: Vec<(&str, ArrayRef, &str)> = vec![
        ("flag", Arc::new(Int8Array::from(vec![1, 0])), "arrow.bool8"),
        ("pixels", Arc::new(pair(vec![0.5, 1.5, 2.5, 3.5])), "arrow.fixed_shape_tensor"),
        ("metres", Arc::new(Float64Array::from(vec![1.25, 2.25])), "example.metres"),
        ("codes", Arc::new(codes), "example.codes"),
        ("s", Arc::new(structs), "example.outer"),
        ("uuid", Arc::new(FixedSizeBinaryArray::try_from_iter([[7_u8; 16]; 2].into_iter()).unwrap()), "arrow.uuid"),
        ("json", Arc::new(StringArray::from(vec!["{}", "[]"])), "arrow.json"),
        (
            "v",
            Arc::new(StructArray::try_from(vec![("value", Arc::new(BinaryArray::from(vec![&b"x"[..], b"y"])) as ArrayRef)]).unwrap()),
            "arrow.parquet.variant",
        ),
    ];
    let fields: Vec<_> = columns.iter().map(|(name, column, kind)| extension(name, column, kind)).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|(_, column, _)| column).collect()).unwrap();
    for (how, bytes) in written(&batch) {
        let folder = Folder::new().file("rows.arrow", &bytes);
        assert_says(&folder.error(), &["uuid (bytes), json (text), v (a variant)"]);
        let source = folder.open().exclude(["uuid", "json", "v"]).unwrap();
        assert_eq!(source.names().unwrap(), ["flag", "pixels[0]", "pixels[1]", "metres", "codes", "s.inner"]);
        assert_eq!(rows(&source, 0), [[1.0, 0.5, 1.5, 1.25, 8.0, 4.0], [0.0, 2.5, 3.5, 2.25, 7.0, 5.0]].repeat(2), "{how}");
        let kept = source.keep(["uuid", "pixels", "s"]).unwrap().pass(0).unwrap().next().unwrap().unwrap().kept(&[0]).unwrap();
        assert_eq!(kept[0][1].1, "[0.5, 1.5]", "{how}");
    }
}

#[test]
fn decimals_of_any_width_are_the_nearest_floats() {
    let big = "12345678901234567890123456789012345678901234567890";
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("d32", Arc::new(Decimal32Array::from(vec![Some(150), None, Some(-7)]).with_precision_and_scale(9, 2).unwrap())),
        ("d64", Arc::new(Decimal64Array::from(vec![150, 2, -7]).with_precision_and_scale(18, 1).unwrap())),
        ("d128", Arc::new(Decimal128Array::from(vec![150, 2, -7]).with_precision_and_scale(38, 0).unwrap())),
        (
            "d256",
            Arc::new(Decimal256Array::from(vec![big.parse().ok(), "-3".parse().ok(), None]).with_precision_and_scale(76, 10).unwrap()),
        ),
    ];
    let lists = FixedSizeListArray::new(field_of(&columns[3].1), 1, Arc::clone(&columns[3].1), None);
    let structs = StructArray::try_from(vec![("d", Arc::clone(&columns[0].1)), ("e", Arc::clone(&columns[3].1))]).unwrap();
    let more: Vec<(&str, ArrayRef)> = vec![("l", Arc::new(lists)), ("s", Arc::new(structs))];
    let batch = RecordBatch::try_from_iter(columns.into_iter().chain(more)).unwrap();
    let long: f64 = format!("{big}e-10").parse().unwrap();
    for (how, bytes) in written(&batch) {
        let folder = Folder::new().file("rows.arrow", &bytes);
        let source = folder.open().with_missing(Missing::Fill(0.25));
        let expected = [
            [1.5, 15.0, 150.0, long, long, 1.5, long],
            [0.25, 0.2, 2.0, -3e-10, -3e-10, 0.25, -3e-10],
            [-0.07, -0.7, -7.0, 0.25, 0.25, -0.07, 0.25],
        ];
        assert_eq!(rows(&source, 0), expected.repeat(2), "{how}");
        let batch = source.keep(["d32", "d256", "s"]).unwrap().pass(0).unwrap().next().unwrap().unwrap();
        let kept = batch.kept(&[2]).unwrap();
        assert_eq!(kept[0][0], ("d32".to_owned(), "-0.07".to_owned()), "{how}: {kept:?}");
    }
}

#[test]
fn what_pyarrow_writes_to_parquet_is_read_by_its_storage() {
    // Written by pyarrow 26: flag = arrow.bool8 of 1, 0, null; pixels = arrow.fixed_shape_tensor of [2, 2] from 1 to 12; an arrow.uuid;
    // long = decimal256(50, 5) of 1.5, -BIG, 0.00001; longs = lists of two of these; short = decimal32(7, 2) of 1.5, 2, -3; codes = a
    // dictionary of 7, 8, 7; half = float16 of 1, 0.5, 2; tags = maps.
    let folder = Folder::new().file("rows.parquet", include_bytes!("data/pyarrow_types.parquet"));
    assert_says(&folder.error(), &["uuid (bytes), tags (a list of something else than numbers)"]);
    let big: f64 = "1234567890123456789012345678901234567890.12345".parse().unwrap();
    let source = folder.open().exclude(["uuid", "tags"]).unwrap().with_missing(Missing::Fill(0.25)).keep(["uuid", "tags", "long"]).unwrap();
    let expected = [
        [1.0, 1.0, 2.0, 3.0, 4.0, 1.5, 1.5, big, 1.5, 7.0, 1.0],
        [0.0, 5.0, 6.0, 7.0, 8.0, -big, 2.0, 3.0, 2.0, 8.0, 0.5],
        [0.25, 9.0, 10.0, 11.0, 12.0, 1e-5, 4.0, 5.0, -3.0, 7.0, 2.0],
    ];
    assert_eq!(rows(&source, 0), expected);
}

#[test]
fn views_of_lists_are_lists_in_parquet() {
    // Written by pyarrow 26, with list_view<double> in its Arrow schema: a = 1, 2, 3; half = float16 of 1, 0.5, 2; views = [a, 10 a];
    // s = structs of x = 1 and y = "p".
    let folder = Folder::new().file("rows.parquet", include_bytes!("data/list_view.parquet"));
    let source = folder.open().exclude(["s.y"]).unwrap();
    assert_eq!(source.names().unwrap(), ["a", "half", "views[0]", "views[1]", "s.x"]);
    assert_eq!(rows(&source, 0), [[1.0, 1.0, 1.0, 10.0, 1.0], [2.0, 0.5, 2.0, 20.0, 1.0], [3.0, 2.0, 3.0, 30.0, 1.0]]);
}

#[test]
fn a_variant_of_parquet_is_no_number_and_spoils_nothing() {
    // Written by DuckDB: a = 1.5, 2.5; v = a shredded VARIANT of 42, 'x'; s = structs of x = 1, 2 and y; z = 3, 4.
    let folder = Folder::new().file("rows.parquet", include_bytes!("data/variant.parquet"));
    assert_says(&folder.error(), &["v (a variant), s.y (text)"]);
    let source = folder.open().exclude(["v", "s.y"]).unwrap();
    assert_eq!(source.names().unwrap(), ["a", "s.x", "z"]);
    assert_eq!(rows(&source, 0), [[1.5, 1.0, 3.0], [2.5, 2.0, 4.0]]);
    assert_says(&error(folder.open().keep(["v"])), &["rows.parquet cannot be read", "v (a variant)"]);
}

#[test]
fn differences_are_read_as_the_values_that_they_stand_for() {
    // Written by pyarrow 26 with pages of version 2, for row i of 40: a = i² - 7i and b = 3i, null where i % 6 is 5, by DELTA_BINARY_PACKED; s by
    // DELTA_LENGTH_BYTE_ARRAY; t = "prefix {i / 4} {i}" by DELTA_BYTE_ARRAY; l = [i, i + 1].
    let folder = Folder::new().file("rows.parquet", include_bytes!("data/delta.parquet"));
    let source = folder.open().exclude(["s", "t"]).unwrap().with_missing(Missing::Fill(-1.0)).keep(["s", "t"]).unwrap();
    let expected = (0..40).map(|i| [i * i - 7 * i, if i % 6 == 5 { -1 } else { 3 * i }, i, i + 1].map(f64::from).to_vec());
    assert_eq!(rows(&source, 0), expected.collect::<Vec<_>>());
}

/// Written by pyarrow 26, which announces an offset of 0 for a column without values.
#[test]
fn row_groups_without_rows_hold_none() {
    let (none, between) = (include_bytes!("data/no_rows.parquet"), include_bytes!("data/empty_row_group.parquet"));
    for (folder, expected) in [
        (Folder::new().file("a.parquet", none), 0),
        (Folder::new().file("a.parquet", between), 3),
        (Folder::new().file("a.parquet", between).file("b.parquet", none), 3),
    ] {
        let source = folder.open().exclude(["t"]).unwrap().keep(["t"]).unwrap();
        assert_eq!(rows(&source, 0), [[1.5, 20.0], [2.0, -1.0], [-0.25, 300.0]][..expected]);
    }
}
