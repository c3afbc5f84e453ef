//! A source as rows that kitsune-core trains on.

use std::cell::Cell;
use std::fmt::Write;
use std::fs::File;
use std::path::PathBuf;

use burn_ndarray::{NdArray, NdArrayDevice};
use kitsune_core::{Chunk, Error, Kitsune, KitsuneConfig, RowSource};
use kitsune_data::Source;

use crate::folder::{Folder, assert_says};

fn fit(source: &impl RowSource) -> Result<Kitsune<NdArray>, kitsune_core::Error> {
    KitsuneConfig::new().with_epochs(Some(1)).fit(source, &NdArrayDevice::Cpu)
}

#[test]
fn a_source_trains_a_model_and_its_rows_are_held_out_by_their_numbers() {
    let mut text = String::from("a,b,c\n");
    for row in 0..1_000_u32 {
        let x = f64::from(row * 37 % 101);
        writeln!(text, "{x},{},{}", 2.0 * x + 1.0, row * 61 % 89).unwrap();
    }
    let folder = Folder::new().file("a.csv", &text).file("b.csv", &text);
    let source = folder.open().with_names(["c", "a"]).unwrap().with_shuffle(3);
    assert_eq!(source.columns().unwrap(), ["c", "a"]);
    assert!(folder.open().with_label("b").unwrap().columns().is_some());
    let model = fit(&source).unwrap();
    assert!((100..400).contains(&model.summary().held_out), "{} of 2,000 rows", model.summary().held_out);
    assert!(model.threshold().is_some());
}

#[test]
fn an_error_in_a_file_is_told_with_its_position() {
    let folder = Folder::new().file("rows.csv", "a,b\n1,2\n3,\n");
    let error = fit(&folder.open()).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_says(&source, &["rows.csv, line 3, column 1 (b)", "empty"]);
    assert!(Folder::new().file("rows.csv", "1,2\n").open().columns().is_none());
}

/// A source whose file loses its last row before a pass.
struct Shrinking {
    source: Source,
    file: PathBuf,
    passes_left: Cell<usize>,
}

impl RowSource for Shrinking {
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        if self.passes_left.get() == 0 {
            let rows = std::fs::read_to_string(&self.file).unwrap();
            let end = rows.trim_end().rfind('\n').unwrap() + 1;
            File::options().write(true).open(&self.file).unwrap().set_len(end as u64).unwrap();
        }
        self.passes_left.set(self.passes_left.get().wrapping_sub(1));
        RowSource::pass(&self.source, epoch)
    }
}

#[test]
fn a_training_ends_if_its_rows_change_between_passes() {
    let lines = (0..1_000).map(|row| format!("{},{}\n", row * 37 % 101, row * 61 % 89));
    let folder = Folder::new().file("rows.csv", ["a,b\n".to_owned(), lines.collect()].concat());
    let source = Shrinking { source: folder.open(), file: folder.path().join("rows.csv"), passes_left: Cell::new(1) };
    let error = fit(&source).map(drop).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_says(&cause, &["rows.csv was changed while it was read"]);
}
