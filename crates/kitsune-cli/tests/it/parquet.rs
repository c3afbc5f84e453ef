//! Parquet files, which give the same models as CSV files with the same numbers.

use polars::df;
use polars::prelude::{DataFrame, DataType, IntoColumn, IntoSeries, NamedFrom, Series, StructChunked};

use crate::folder::Folder;
use crate::rows::{FEATURES, assert_close, assert_same, csv, made_up};

const ROWS: usize = 200;

/// Rows with a zero here and there, so that sparse vectors differ from dense ones.
fn rows() -> Vec<[f64; FEATURES]> {
    made_up(ROWS).into_iter().map(|row| row.map(|value| if value < 0.2 { 0.0 } else { value })).collect()
}

fn column(rows: &[[f64; FEATURES]], column: usize) -> Vec<f64> {
    rows.iter().map(|row| row[column]).collect()
}

fn columns(rows: &[[f64; FEATURES]]) -> DataFrame {
    df!("a" => column(rows, 0), "b" => column(rows, 1), "c" => column(rows, 2), "d" => column(rows, 3)).unwrap()
}

fn lists(rows: &[[f64; FEATURES]]) -> Series {
    let lists: Vec<_> = rows.iter().map(|row| Series::new("".into(), row)).collect();
    Series::new("features".into(), lists)
}

/// Vectors as Spark ML writes them: every other one is sparse, without its zeros.
fn spark_vectors(rows: &[[f64; FEATURES]]) -> Series {
    let is_sparse = |row: usize| row.is_multiple_of(2);
    let set = |row: &[f64; FEATURES]| (0_i32..).zip(*row).filter(|(_, value)| *value != 0.0).collect::<Vec<_>>();
    let indices = |(at, row): (usize, &[f64; FEATURES])| {
        is_sparse(at).then(|| Series::new("".into(), set(row).iter().map(|(index, _)| *index).collect::<Vec<_>>()))
    };
    let values = |(at, row): (usize, &[f64; FEATURES])| {
        let sparse: Vec<_> = set(row).iter().map(|(_, value)| *value).collect();
        Series::new("".into(), if is_sparse(at) { sparse } else { row.to_vec() })
    };
    let kinds: Vec<_> = (0..rows.len()).map(|row| i8::from(!is_sparse(row))).collect();
    let sizes: Vec<_> = (0..rows.len()).map(|row| is_sparse(row).then_some(FEATURES as i32)).collect();
    let indices: Vec<_> = rows.iter().enumerate().map(indices).collect();
    let fields = [
        Series::new("type".into(), kinds),
        Series::new("size".into(), sizes),
        Series::new("indices".into(), indices).cast(&DataType::List(Box::new(DataType::Int32))).unwrap(),
        Series::new("values".into(), rows.iter().enumerate().map(values).collect::<Vec<_>>()),
    ];
    StructChunked::from_series("features".into(), rows.len(), fields.iter()).unwrap().into_series()
}

fn only(column: Series) -> DataFrame {
    DataFrame::new(column.len(), vec![column.into_column()]).unwrap()
}

/// Trains and scores the folder `rows`.
fn scores(folder: &Folder) -> Vec<f32> {
    folder.kitsune("train rows --epochs 5").succeeds();
    folder.kitsune("anomaly-scores rows scores").succeeds();
    folder.scores("scores")
}

#[test]
fn every_layout_trains_and_scores_like_csv() {
    let rows = rows();
    let expected = scores(&Folder::new().file("rows/a.csv", csv(&rows)));
    assert_eq!(expected.len(), ROWS);
    let array = lists(&rows).cast(&DataType::Array(Box::new(DataType::Float64), FEATURES)).unwrap();
    let frames = [
        ("columns", columns(&rows)),
        ("a list", only(lists(&rows))),
        ("an array", only(array)),
        ("a Spark vector", only(spark_vectors(&rows))),
    ];
    for (layout, frame) in frames {
        assert_same(layout, &scores(&Folder::new().parquet("rows/a.parquet", &frame)), &expected);
    }
}

#[test]
fn a_model_of_csv_scores_parquet() {
    let rows = rows();
    let folder = Folder::new().file("rows/a.csv", format!("a,b,c,d\n{}", csv(&rows))).parquet("other/a.parquet", &columns(&rows));
    let expected = scores(&folder);
    folder.kitsune("anomaly-scores other scores").succeeds();
    assert_same("the Parquet file", &folder.scores("scores"), &expected);
}

#[test]
fn a_label_column_may_be_boolean() {
    let rows = rows();
    let strange: Vec<_> = (0..ROWS).map(|row| row % 10 == 3).collect();
    let mut frame = columns(&rows);
    frame.with_column(Series::new("label".into(), strange).into_column()).unwrap();
    let folder = Folder::new().parquet("rows/a.parquet", &frame);
    folder.kitsune("train rows --epochs 1 --label-column label").succeeds().says(&["20 rows left out", "180 rows of 4 features"]);
}

/// f32 has steps of 128 at 1.7e9, but the seconds of a quarter of an hour must stay different.
#[test]
fn large_numbers_that_vary_little_count_as_if_they_were_small() {
    let rows = made_up(ROWS);
    let seconds: Vec<_> = rows.iter().map(|row| (row[0] * 1_000.0).round()).collect();
    let frame = |seconds: Series| {
        let mut frame = columns(&rows);
        frame.with_column(seconds.with_name("a".into()).into_column()).unwrap();
        frame
    };
    let since_1970 = |seconds: &f64| seconds + 1.7e9;
    let floats: Vec<_> = seconds.iter().map(since_1970).collect();
    let integers: Vec<_> = seconds.iter().map(|seconds| since_1970(seconds) as i64).collect();
    let expected = scores(&Folder::new().parquet("rows/a.parquet", &frame(Series::new("".into(), &seconds))));
    for (kind, seconds) in [("Float64", Series::new("".into(), floats)), ("Int64", Series::new("".into(), integers))] {
        let folder = Folder::new().parquet("rows/a.parquet", &frame(seconds));
        assert_close(kind, &scores(&folder), &expected, 1e-5);
    }
}
