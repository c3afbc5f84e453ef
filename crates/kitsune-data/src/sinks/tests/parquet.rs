//! What Parquet files hold.

use super::super::arrow_types;
use super::*;

fn read(path: &std::path::Path) -> DataFrame {
    ParquetReader::new(fs::File::open(path).unwrap()).finish().unwrap()
}

#[test]
fn every_type_reads_back() {
    let (_folder, path) = file(Format::Parquet, [records(every_type(), 0, &[0]), records(every_type(), 3, &[])]).unwrap();
    let found = read(&path);
    let expected = every_type().vstack(&every_type()).unwrap();
    for column in expected.columns() {
        let found = found.column(column.name()).unwrap();
        let column = match column.dtype() {
            DataType::Int128 | DataType::UInt128 | DataType::Categorical(..) | DataType::Enum(..) => {
                column.cast(&DataType::String).unwrap()
            }
            DataType::Float16 => column.cast(&DataType::Float32).unwrap(),
            DataType::Array(inner, _) => column.cast(&DataType::List(inner.clone())).unwrap(),
            _ => column.clone(),
        };
        assert_eq!(found.dtype(), column.dtype(), "{}", column.name());
        assert!(found.equals_missing(&column), "{found:?} {column:?}");
    }
    assert!(found.column("row").unwrap().equals(&Column::new("row".into(), [1_u64, 2, 3, 4, 5, 6])));
    let sevenths = |count: f32| Some(f64::from(count / 7.0));
    let scores = Column::new("score".into(), [None, sevenths(0.0), sevenths(1.0), sevenths(0.0), sevenths(1.0), sevenths(2.0)]);
    assert!(found.column("score").unwrap().equals_missing(&scores));
    let errors = found.column("errors").unwrap().explode(ExplodeOptions { empty_as_null: true, keep_nulls: true }).unwrap();
    let errors: Vec<_> = errors.f64().unwrap().iter().collect();
    assert_eq!(errors[..5], [None, Some(0.5), Some(1.5), Some(2.5), Some(3.5)]);
}

#[test]
fn readers_of_arrow_are_shown_lists_that_all_of_them_know() {
    let (_folder, path) = file(Format::Parquet, [records(every_type(), 0, &[])]).unwrap();
    let mut reader = ParquetReader::new(fs::File::open(&path).unwrap());
    let entries = reader.get_metadata().unwrap().key_value_metadata().clone().unwrap();
    let schema = arrow_types::schema(read(&path).schema());
    let is_list = |name: &str| matches!(schema.get(name).unwrap().dtype(), ArrowDataType::List(_));
    assert!(["list", "times", "array", "errors"].into_iter().all(is_list));
    assert_eq!(entries.len(), 1, "the schema stands there once");
    assert_eq!(entries[0].value, polars_parquet::write::schema_to_metadata_key(&schema).value);
}

#[test]
fn row_groups_have_a_good_size_whatever_the_writes() {
    let groups = |rows: &[usize]| {
        let (_folder, path) = file(Format::Parquet, rows.iter().map(|&rows| scores(rows, &[]))).unwrap();
        let mut reader = ParquetReader::new(fs::File::open(&path).unwrap());
        let mut groups = Vec::new();
        for group in &reader.get_metadata().unwrap().row_groups {
            groups.push(group.num_rows());
        }
        assert_eq!(read(&path).height(), rows.iter().sum::<usize>());
        groups
    };
    assert_eq!(groups(&[1; 300]), [300]);
    assert_eq!(groups(&[300_000]), [131_072, 131_072, 37_856]);
    assert_eq!(groups(&[60_000; 5]), [120_000, 120_000, 60_000]);
    let wide = vec![0.5; 100_000 * 200];
    let records = Records::new(DataFrame::empty(), 100_000, after(0), &[]).with_lists("errors", wide, 200).unwrap();
    let (_folder, path) = file(Format::Parquet, [records]).unwrap();
    let mut reader = ParquetReader::new(fs::File::open(path).unwrap());
    assert!(reader.get_metadata().unwrap().row_groups.iter().all(|group| group.num_rows() < 50_000));
}

#[test]
fn without_rows_it_is_a_file_of_no_rows() {
    let (_folder, path) = file(Format::Parquet, [records(every_type().clear(), 0, &[])]).unwrap();
    assert_eq!(read(&path).shape(), (0, every_type().width() + 3));
    let (_folder, path) = file(Format::Parquet, []).unwrap();
    assert_eq!(read(&path).shape(), (0, 0));
}

#[test]
fn batches_of_a_larger_frame_are_written_as_they_are() {
    let batches = (0..10).map(|batch| Records::new(sliced(100, batch * 100), 100, after(0), &[]));
    let (_folder, path) = file(Format::Parquet, batches).unwrap();
    assert!(read(&path).equals(&sliced(1000, 0)));
}
