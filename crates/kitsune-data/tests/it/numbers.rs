//! Row numbers, which are the same in every pass.

use std::collections::BTreeMap;

use kitsune_data::{Batch, Missing, Source};
use polars::df;

use crate::folder::{Folder, values};

/// The rows of three files: in all, every seventh lacks a value, and every fifth has the label 1.
const ROWS: [usize; 3] = [1_500, 900, 1_200];

/// So far apart are the numbers of the first rows of two files that follow one another.
const FILE: u64 = 1 << 40;

fn is_missing(row: usize) -> bool {
    row.is_multiple_of(7)
}

fn is_normal(row: usize) -> bool {
    !row.is_multiple_of(5)
}

/// The rows, counted through all files, of each file.
fn files() -> Vec<std::ops::Range<usize>> {
    let mut end = 0;
    let file = |&rows: &usize| {
        end += rows;
        end - rows..end
    };
    ROWS.iter().map(file).collect()
}

/// The same rows as CSV, whose files are one piece each, and as Parquet, whose files are many.
fn folders() -> [(&'static str, Folder); 2] {
    let (mut csv, mut parquet) = (Folder::new(), Folder::new());
    for (name, rows) in ["a", "b", "c"].into_iter().zip(files()) {
        let line = |row: usize| format!("{row},{},{}\n", if is_missing(row) { "" } else { "0.5" }, u8::from(!is_normal(row)));
        csv = csv.file(&format!("{name}.csv"), format!("id,value,label\n{}", rows.clone().map(line).collect::<String>()));
        let ids: Vec<_> = rows.clone().map(|row| row as u32).collect();
        let measured: Vec<_> = rows.clone().map(|row| (!is_missing(row)).then_some(0.5)).collect();
        let labels: Vec<_> = rows.map(|row| !is_normal(row)).collect();
        parquet = parquet.parquet(&format!("{name}.parquet"), &df!("id" => ids, "value" => measured, "label" => labels).unwrap());
    }
    [("CSV", csv), ("Parquet", parquet)]
}

/// The first value of each row by its number.
fn by_number(batches: impl Iterator<Item = Batch>) -> BTreeMap<u64, f64> {
    let mut found = BTreeMap::new();
    for batch in batches {
        assert_eq!(batch.numbers().len(), batch.rows());
        for (&number, row) in batch.numbers().iter().zip(values(&batch).chunks(batch.features())) {
            assert_eq!(found.insert(number, row[0]), None, "two rows have the number {number}");
        }
    }
    found
}

#[test]
fn a_row_has_its_number_in_every_pass_and_no_other_row_has_it() {
    // What a source does, and the rows that it then yields.
    type Case = (&'static str, fn(Source) -> Source, fn(usize) -> bool);
    let cases: [Case; 4] = [
        ("all rows", |source| source.with_missing(Missing::Fill(0.0)), |_| true),
        ("normal rows", |source| source.with_missing(Missing::Fill(0.0)).normal_only(), is_normal),
        ("whole rows", |source| source.with_missing(Missing::Drop), |row| !is_missing(row)),
        ("normal whole rows", |source| source.with_missing(Missing::Drop).normal_only(), |row| is_normal(row) && !is_missing(row)),
    ];
    for (format, folder) in folders() {
        for (case, with, yields) in cases {
            let mut expected = BTreeMap::new();
            for (place, rows) in (0..).zip(files()) {
                expected.extend((place * FILE..).zip(rows.filter(|&row| yields(row)).map(|row| row as f64)));
            }
            let plain = with(folder.open().with_label("label").unwrap());
            // The smallest buffer there is: 1,000 rows.
            let shuffled = plain.clone().with_shuffle(5).with_shuffle_bytes(1);
            for epoch in 0..4 {
                for source in [&plain, &shuffled] {
                    let pass = || source.pass(epoch).unwrap();
                    assert!(by_number(pass().map(Result::unwrap)) == expected, "{case} of {format}, pass {epoch}");
                    for size in [7, 1_024] {
                        let found = by_number(pass().cut(size).map(Result::unwrap));
                        assert!(found == expected, "{case} of {format}, pass {epoch} cut to {size}");
                    }
                }
            }
        }
    }
}

#[test]
fn in_the_order_of_the_files_numbers_ascend_and_of_one_file_they_count_its_rows() {
    let numbers =
        |source: &Source, epoch| -> Vec<u64> { source.pass(epoch).unwrap().flat_map(|batch| batch.unwrap().into_parts().1).collect() };
    for (format, folder) in folders() {
        let source = folder.open().with_missing(Missing::Drop).with_shuffle(5);
        assert!(numbers(&source, 0).is_sorted_by(|a, b| a < b), "{format}");
        assert!(!numbers(&source, 1).is_sorted(), "{format}");
    }
    let folder = Folder::new().file("rows.csv", "7\n8\n9\n");
    assert_eq!(numbers(&folder.open(), 0), [0, 1, 2]);
    let (data, numbers) = folder.open().pass(0).unwrap().cut(2).last().unwrap().unwrap().into_parts();
    assert_eq!((data.to_vec::<f64>().unwrap(), numbers), (vec![9.0], vec![2]));
}
