//! What is a source of rows, and that all sources of the same rows are alike.

use std::ops::ControlFlow;

use burn::tensor::TensorData;
use kitsune_core::rows::InOrder;
use kitsune_core::training::Progress;
use kitsune_core::{Chunk, CpuKitsune, Error, Kitsune, KitsuneConfig, RowSlice, RowSource, ScoreOptions};

use crate::taken_apart::file_bytes;
use crate::training::quick;
use crate::{TestBackend, device};

const ROWS: usize = 40;

/// Whole numbers, so that every type holds them.
fn number(row: usize, feature: usize) -> u8 {
    ((row * 7 + feature * (row % 5) * 3) % 50) as u8
}

fn rows<T: From<u8>>() -> Vec<[T; 4]> {
    (0..ROWS).map(|row| std::array::from_fn(|feature| T::from(number(row, feature)))).collect()
}

fn model_of(rows: &(impl RowSource + ?Sized)) -> Kitsune<TestBackend> {
    quick().with_epochs(Some(2)).fit(rows, &device()).unwrap()
}

fn check(expected: &[u8], rows: &(impl RowSource + ?Sized), what: &str) {
    assert!(file_bytes(&model_of(rows)) == expected, "{what}");
}

#[test]
fn rows_of_all_types_and_shapes_train_the_same_model() {
    let expected = file_bytes(&model_of(&rows::<f64>()));
    check(&expected, &rows::<f32>(), "f32");
    check(&expected, &rows::<i16>(), "i16");
    check(&expected, &rows::<i64>(), "i64");
    check(&expected, &rows::<u8>(), "u8");
    check(&expected, &rows::<usize>(), "usize");

    let arrays = rows::<f64>();
    let vectors: Vec<Vec<f64>> = arrays.iter().map(|row| row.to_vec()).collect();
    let slices: Vec<&[f64]> = arrays.iter().map(|row| &row[..]).collect();
    check(&expected, &vectors, "vectors");
    check(&expected, &slices, "slices");
    check(&expected, vectors.as_slice(), "a slice of vectors");
    check(&expected, &vectors.as_slice(), "a reference to a slice");
    check(&expected, &<[[f64; 4]; ROWS]>::try_from(arrays.clone()).unwrap(), "an array");
    let flat = arrays.concat();
    check(&expected, &RowSlice::new(&flat, 4).unwrap(), "a slice of numbers");
    let integers: Vec<i32> = flat.iter().map(|&number| number as i32).collect();
    check(&expected, &TensorData::new(flat, [ROWS, 4]), "tensor data");
    check(&expected, &TensorData::new(integers, [ROWS, 4]), "tensor data of integers");
}

#[test]
fn all_sources_of_the_same_rows_have_the_same_scores_and_reasons() {
    let model = model_of(&rows::<f64>());
    let flat = rows::<f32>().concat();
    let (data, slice) = (TensorData::new(flat.clone(), [ROWS, 4]), RowSlice::new(&flat, 4).unwrap());
    let options = ScoreOptions::new().with_errors().with_batch_rows(7);
    let scored = model.score_rows(&data, &options).unwrap();
    assert_eq!(model.score_rows(&slice, &options).unwrap(), scored);
    assert_eq!(model.score_rows(&rows::<i32>(), &options).unwrap(), scored);
    assert_eq!(model.reasons(&slice, [5, 2], 2).unwrap(), model.reasons(&data, [5, 2], 2).unwrap());
}

#[test]
fn what_are_no_rows_is_refused() {
    assert!(matches!(RowSlice::new(&[1.0, 2.0, 3.0], 2), Err(Error::NotRows { .. })));
    assert!(matches!(RowSlice::<f32>::new(&[], 0), Err(Error::NotRows { .. })));
    let ragged = vec![vec![1.0, 2.0], vec![1.0]];
    assert!(matches!(quick().fit::<TestBackend>(&ragged, &device()), Err(Error::FeatureCount { row: 1, expected: 2, found: 1 })));
    let flags = TensorData::new(vec![true; 4], [2, 2]);
    assert!(matches!(quick().fit::<TestBackend>(&flags, &device()), Err(Error::NotRows { .. })));
}

/// Many rows by a closure, in chunks of another size than the batches.
#[expect(clippy::unnecessary_wraps, reason = "a source may fail")]
fn unnumbered(_epoch: usize) -> Result<impl Iterator<Item = Result<TensorData, Error>>, Error> {
    let chunk = |chunk: usize| {
        let values: Vec<f32> = (0..700).flat_map(|row| (0..4).map(move |feature| f32::from(number(chunk * 700 + row, feature)))).collect();
        Ok(TensorData::new(values, [700, 4]))
    };
    Ok((0..3).map(chunk))
}

fn train(rows: &impl RowSource) -> (Kitsune<TestBackend>, Vec<Progress>) {
    let mut reports = Vec::new();
    let mut observer = |progress| {
        reports.push(progress);
        ControlFlow::Continue(())
    };
    let model = quick().with_epochs(Some(1)).with_batch_size(Some(64)).fit_observed(rows, &device(), &mut observer).unwrap();
    (model, reports)
}

#[test]
fn rows_without_numbers_hold_nothing_out_and_the_observer_hears_of_it() {
    let (model, reports) = train(&unnumbered);
    assert_eq!(model.summary().held_out, 0);
    assert!(reports.contains(&Progress::NothingHeldOut { rows: 2_100 }));

    let (model, reports) = train(&InOrder(unnumbered));
    let expected = (0..2_100).filter(|&number| model.config().is_held_out(number)).count() as u64;
    assert_eq!(model.summary().held_out, expected);
    assert!(!reports.iter().any(|report| matches!(report, Progress::NothingHeldOut { .. })));

    let numbered = |epoch: usize| {
        let chunks = unnumbered(epoch)?.zip(0_u64..).map(|(rows, chunk)| {
            let numbers = (700 * chunk..700 * (chunk + 1)).collect();
            Ok::<_, Error>(Chunk::from(rows?).with_numbers(numbers))
        });
        Ok(chunks)
    };
    assert!(file_bytes(&train(&numbered).0) == file_bytes(&model));
}

/// A source with names.
struct Named(Option<[&'static str; 4]>);

impl RowSource for Named {
    fn pass(&self, epoch: usize) -> Result<impl Iterator<Item = Result<Chunk, Error>>, Error> {
        Ok(rows::<f32>().pass(epoch)?.collect::<Vec<_>>().into_iter())
    }

    fn columns(&self) -> Option<Vec<String>> {
        self.0.map(|names| names.map(str::to_owned).to_vec())
    }
}

#[test]
fn a_model_takes_the_names_of_its_source_and_other_names_are_refused() {
    let model = model_of(&Named(Some(["a", "b", "c", "d"])));
    assert_eq!(model.columns().unwrap(), ["a", "b", "c", "d"]);
    assert_eq!(model_of(&InOrder(Named(Some(["d", "b", "c", "a"])))).columns().unwrap(), ["d", "b", "c", "a"]);
    assert_eq!(model_of(&Named(None)).columns(), None);
    let score = |names| model.score_rows(&Named(names), &ScoreOptions::new());
    assert!(score(None).is_ok() && score(Some(["a", "b", "c", "d"])).is_ok());
    assert!(matches!(score(Some(["a", "b", "c", "e"])), Err(Error::OtherColumns { .. })));
    assert!(matches!(score(Some(["a", "c", "b", "d"])), Err(Error::ColumnOrder { first, expected }) if first == "c" && expected == "b"));
    assert!(model.reasons(&Named(Some(["a", "c", "b", "d"])), [0], 1).is_err());
}

#[test]
fn a_model_trains_and_scores_on_the_processor_without_a_type_of_burn() {
    let values = rows::<f32>().concat();
    let rows = RowSlice::new(&values, 4).unwrap();
    let model = KitsuneConfig::new().with_epochs(Some(2)).fit_on_cpu(&rows).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model.save(&path).unwrap();
    let again = CpuKitsune::open(&path).unwrap();
    assert_eq!(again.score_rows(&rows, &ScoreOptions::new()).unwrap(), model.score_rows(&rows, &ScoreOptions::new()).unwrap());
}
