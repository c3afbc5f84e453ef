//! Damaged and unusual Parquet files.

use polars::df;
use polars::prelude::{DataType, NamedFrom, Series};

use crate::folder::{Folder, assert_says};
use crate::formats::{dense, frame, list, sparse, vectors};

#[test]
fn a_bad_value_is_told_by_file_row_and_column() {
    let rows = 150;
    let column = |row: usize, value: Option<f64>| (0..rows).map(|at| if at == row { value } else { Some(0.5) }).collect::<Vec<_>>();
    for (value, said) in [(None, "missing (null)"), (Some(f64::NAN), "NaN is not a finite"), (Some(f64::INFINITY), "inf is not a finite")] {
        for row in [0, 99, 100, 149] {
            let frame = df!("a" => column(rows, None), "b" => column(row, value)).unwrap();
            let place = format!("rows.parquet, row {}, column 1 (b)", row + 1);
            assert_says(&Folder::new().parquet("rows.parquet", &frame).error(), &[&place, said]);
        }
    }
    let frame = df!("a" => [0.5_f32, 1.5]).unwrap();
    let folder = Folder::new().parquet("rows.parquet", &frame);
    assert_says(&crate::folder::error(Ok(folder.open().with_range(0.0, 1.0))), &["row 2, column 0 (a)", "1.5 is outside 0 to 1"]);
}

#[test]
fn columns_that_are_no_numbers_are_listed_with_their_types() {
    let mut frame = df!("a" => [1.0], "city" => ["Graz"], "day" => [19_000_i32], "nothing" => [None::<f64>]).unwrap();
    frame.apply("day", |day| day.cast(&DataType::Date).unwrap()).unwrap();
    frame.apply("nothing", |nothing| nothing.cast(&DataType::Null).unwrap()).unwrap();
    let folder = Folder::new().parquet("rows.parquet", &frame);
    assert_says(&folder.error(), &["city (text), day (a date), nothing (nothing but nulls)", "must be left out"]);
}

#[test]
fn lists_of_unlike_length_are_told_by_their_row() {
    let null = Series::new("features".into(), [Some(Series::new("".into(), [1.0, 2.0])), None]);
    let hole = Series::new("features".into(), [Series::new("".into(), [Some(1.0), Some(2.0)]), Series::new("".into(), [Some(1.0), None])]);
    let cases = [
        (list(&[vec![1.0, 2.0], vec![3.0]]), &["row 2, column 0 (features)", "1 value", "instead of 2"][..]),
        (null, &["row 2, column 0 (features)", "null"]),
        (hole, &["row 2, column 0 (features[1])", "null"]),
        (list(&[vec![1.0, 2.0], vec![f64::NAN, 3.0]]), &["row 2, column 0 (features[0])", "NaN"]),
    ];
    for (column, parts) in cases {
        assert_says(&Folder::new().parquet("rows.parquet", &frame(column)).error(), parts);
    }
    let first_null = Series::new("features".into(), [None, Some(Series::new("".into(), [1.0, 2.0]))]);
    assert_says(&Folder::new().parquet("rows.parquet", &frame(first_null)).error(), &["row 1, column 0 (features)", "null"]);
}

#[test]
fn spark_vectors_that_contradict_themselves_are_told_by_their_row() {
    let good = [1.0, 0.0, 2.0];
    let cases = [
        (dense(&[1.0, 2.0]), "holds 2 values instead of 3"),
        (sparse(&[1.0, 2.0]), "holds 2 values instead of 3"),
        ((0, Some(3), Some(vec![0, 3]), vec![1.0, 2.0]), "index 3 is outside its size, 3"),
        ((0, Some(3), Some(vec![-1]), vec![1.0]), "index -1 is outside"),
        ((0, Some(3), Some(vec![0]), vec![1.0, 2.0]), "1 indices but 2 values"),
        ((0, Some(3), None, vec![1.0]), "0 indices but 1 value"),
        ((0, Some(3), Some(vec![2, 2]), vec![1.0, 2.0]), "indices must ascend"),
        ((0, None, Some(vec![2]), vec![1.0]), "no size"),
        ((0, Some(-3), Some(vec![2]), vec![1.0]), "its size is -3"),
        ((2, Some(3), Some(vec![2]), vec![1.0]), "its type is 2"),
    ];
    for (vector, said) in cases {
        let column = vectors(&[sparse(&good), dense(&good), vector]);
        let message = Folder::new().parquet("rows.parquet", &frame(column)).error();
        assert_says(&message, &["rows.parquet, row 3, column 0 (features)", said]);
    }
}

#[test]
fn files_with_other_columns_are_both_named() {
    let first = df!("a" => [1.0], "b" => [2]).unwrap();
    for (other, parts) in [
        (df!("a" => [1.0], "c" => [2]).unwrap(), &["column 1 of", "z.parquet is c (a number)", "a.parquet is b (a number)"][..]),
        (df!("b" => [1], "a" => [2.0]).unwrap(), &["column 0 of", "z.parquet is b"]),
        (df!("a" => [1.0], "b" => ["x"]).unwrap(), &["column 1 of", "is b (text)"]),
        (df!("a" => [1.0]).unwrap(), &["z.parquet has 1 columns but", "a.parquet has 2"]),
    ] {
        assert_says(&Folder::new().parquet("a.parquet", &first).parquet("z.parquet", &other).error(), parts);
    }
}
