//! Structs of Arrow and Parquet, whose fields are columns.

use kitsune_data::{Batch, Missing, Source};
use polars::df;
use polars::prelude::{DataFrame, DataType, IntoColumn, IntoSeries, NamedFrom, Series, StructChunked};

use crate::folder::{Folder, assert_says, error, rows};
use crate::formats::{ipc, ipc_stream};

fn list(rows: &[[f64; 2]]) -> Series {
    Series::new("l".into(), rows.iter().map(|row| Series::new("".into(), row)).collect::<Vec<_>>())
}

fn structs(name: &str, fields: &[Series]) -> StructChunked {
    StructChunked::from_series(name.into(), 3, fields.iter()).unwrap()
}

/// Three rows of structs in structs. The second struct is null, and so is one number of the last.
fn frame() -> DataFrame {
    let inner = structs("inner", &[Series::new("x".into(), [0.5, 1.5, 2.5]), list(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])]);
    let bytes = Series::new("bytes".into(), [Some(1_i16), Some(2), None]);
    let proto = Series::new("proto".into(), ["tcp", "udp", "tcp"]);
    let flow = structs("flow", &[bytes, inner.into_series(), proto]).with_outer_validity(Some([true, false, true].into_iter().collect()));
    let mut frame = df!("id" => [7_i16, 8, 9]).unwrap();
    frame.with_column(flow.into_column()).unwrap();
    frame.with_column(Series::new("z".into(), [0.25_f32, 0.5, 0.75]).into_column()).unwrap();
    frame
}

fn folders(frame: &DataFrame) -> [(&'static str, Folder); 3] {
    [
        ("Parquet", Folder::new().parquet("rows.parquet", frame)),
        ("a file of Arrow", Folder::new().file("rows.arrow", ipc(frame, None))),
        ("a stream of Arrow", Folder::new().file("rows.arrow", ipc_stream(frame, None))),
    ]
}

#[test]
fn fields_of_structs_are_columns_with_dotted_names() {
    for (format, folder) in folders(&frame()) {
        assert_says(&folder.error(), &["are not numbers and must be left out: flow.proto (text)"]);
        let source = folder.open().exclude(["flow.proto"]).unwrap();
        assert_eq!(source.names().unwrap(), ["id", "flow.bytes", "flow.inner.x", "flow.inner.l[0]", "flow.inner.l[1]", "z"]);
        assert_says(&error(Ok(source.clone())), &["row 2, column 1 (flow.bytes)", "missing (null)"]);
        let expected =
            [[7.0, 1.0, 0.5, 1.0, 2.0, 0.25], [8.0, -1.0, -1.0, -1.0, -1.0, 0.5], [9.0, -1.0, 2.5, 5.0, 6.0, 0.75]].map(|row| row.to_vec());
        assert_eq!(rows(&source.with_missing(Missing::Fill(-1.0)), 0), expected, "{format}");
    }
}

#[test]
fn they_are_chosen_like_others_and_a_struct_stands_for_its_fields() {
    let names = |source: Source| source.names().unwrap().join(" ");
    for (format, folder) in folders(&frame()) {
        assert_eq!(names(folder.open().select(["flow.inner"]).unwrap()), "flow.inner.x flow.inner.l[0] flow.inner.l[1]", "{format}");
        assert_eq!(names(folder.open().exclude(["flow"]).unwrap()), "id z", "{format}");
        assert_eq!(names(folder.open().select(["flow.inner.?", "z"]).unwrap()), "flow.inner.x flow.inner.l[0] flow.inner.l[1] z");
        // The numbers are those of the columns, not of the structs.
        assert_eq!(names(folder.open().select(["2", "5"]).unwrap()), "flow.inner.x z", "{format}");
        assert_says(&error(folder.open().select(["6"])), &["no column 6", "the columns are id, flow.bytes, flow.inner.x"]);
        let source = folder.open().with_names(["z", "flow.inner.x"]).unwrap().with_missing(Missing::Drop);
        assert_eq!(rows(&source, 0), [[0.25, 0.5], [0.75, 2.5]], "{format}");
        let label = folder.open().with_label("flow.bytes").unwrap().select(["id"]).unwrap();
        assert_eq!(rows(&label, 0), [[7.0], [8.0], [9.0]]);
    }
}

#[test]
fn a_struct_is_kept_as_a_whole_and_its_fields_one_by_one() {
    for (format, folder) in folders(&frame()) {
        let source = folder.open().select(["z"]).unwrap().keep(["flow", "flow.inner.l", "flow.proto", "id"]).unwrap();
        let batch: Batch = source.pass(0).unwrap().next().unwrap().unwrap();
        let kept = batch.kept(&[0, 1, 2]).unwrap();
        let named = |row: usize| kept[row].iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>().join("; ");
        let first = "flow={\"bytes\": 1, \"inner\": {\"x\": 0.5, \"l\": [1.0, 2.0]}, \"proto\": \"tcp\"}; flow.inner.l=[1.0, 2.0]; flow.proto=tcp; id=7";
        assert_eq!(named(0), first, "{format}");
        assert_eq!(named(1), "id=8", "{format}");
        let types = source.empty_records().unwrap();
        assert_eq!(types.rows(), 0);
    }
}

#[test]
fn a_field_of_a_struct_decides_nothing_for_the_others() {
    let small = structs("s", &[Series::new("a".into(), [1_i8, 2, 3]), Series::new("b".into(), [1_i64 << 40, 2, 3])]);
    let frame = DataFrame::new(3, vec![small.into_column()]).unwrap();
    for (format, folder) in folders(&frame) {
        let batch = folder.open().select(["s.a"]).unwrap().pass(0).unwrap().next().unwrap().unwrap();
        assert_eq!(batch.data().dtype, burn::tensor::DType::F32, "{format}");
    }
    let other = structs("s", &[Series::new("a".into(), [1_i8, 2, 3]), Series::new("b".into(), ["x", "y", "z"])]);
    let other = DataFrame::new(3, vec![other.into_column()]).unwrap();
    let both = Folder::new().parquet("a.parquet", &frame).parquet("b.parquet", &other);
    assert_says(&both.error(), &["column 1 of", "b.parquet is s.b (text)", "a.parquet is s.b (a number)"]);
    assert!(matches!(frame.dtypes()[0], DataType::Struct(_)));
}
