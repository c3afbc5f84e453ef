//! Rows that are held out from training, for the threshold.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

use kitsune_core::kinds::InputScaling;
use kitsune_core::training::Progress;
use kitsune_core::{Chunk, Error, Kitsune, KitsuneConfig, RowSource};
use safetensors::SafeTensors;

use crate::bridge::matrix;
use crate::taken_apart::file_bytes;
use crate::training::factor_rows;
use crate::{TestBackend, device};

const ROWS: usize = 2_000;

/// Rows of which it is found out whether they are held out.
const PROBED: usize = 40;

fn config() -> KitsuneConfig {
    KitsuneConfig::new().with_epochs(Some(2)).with_batch_size(Some(500)).with_trim(0.0).with_inputs(InputScaling::MinMax)
}

/// Which of the first rows are held out: those that a column of their own, 0 in all other rows, does not know to be 1.
fn held_out() -> Vec<usize> {
    let mut rows = factor_rows(ROWS, 1);
    for (number, row) in rows.iter_mut().enumerate() {
        row.extend((0..PROBED).map(|probe| f64::from(u8::from(probe == number))));
    }
    let model: Kitsune<TestBackend> = config().with_epochs(Some(1)).fit(&matrix(&rows), &device()).unwrap();
    let highest = &model.scaler().knots()[model.scaler().knots().len() - PROBED..];
    (0..PROBED).filter(|&row| highest[row] == 0.0).collect()
}

#[test]
fn rows_that_are_held_out_change_the_normal_scores_the_range_and_the_scale_beyond_it_and_nothing_else() {
    let held_out = held_out();
    assert!(!held_out.is_empty() && held_out.len() < PROBED / 2, "{held_out:?}");
    let train = |change: &[usize]| {
        let mut rows = factor_rows(ROWS, 1);
        for &row in change {
            rows[row] = (0..8).map(|column| 1e3 + f64::from(column)).collect();
        }
        file_bytes(&config().fit(&matrix(&rows), &device()).unwrap())
    };
    let changed = |change: &[usize]| {
        let (plain, other) = (train(&[]), train(change));
        let (plain, other) = (SafeTensors::deserialize(&plain).unwrap(), SafeTensors::deserialize(&other).unwrap());
        let differs = |name: &&str| plain.tensor(name).unwrap() != other.tensor(name).unwrap();
        plain.names().into_iter().filter(differs).map(str::to_owned).collect::<BTreeSet<String>>()
    };
    assert_eq!(changed(&held_out), ["calibration.excess", "scaler.range", "threshold.normal_scores"].map(str::to_owned).into());
    let trained = (0..PROBED).find(|row| !held_out.contains(row)).unwrap();
    assert!(changed(&[trained]).contains("tails.weight"));
}

#[test]
fn rows_that_are_held_out_go_through_no_step_in_whatever_order_they_come() {
    let rows = matrix(&factor_rows(ROWS, 1));
    let passes = RefCell::new(Vec::new());
    let recorded = |epoch: usize| {
        passes.borrow_mut().push(epoch);
        Ok::<_, Error>(rows.pass(epoch)?.collect::<Vec<_>>().into_iter())
    };
    let (mut held, mut trained, mut stepped) = (0, 0, Vec::new());
    let mut observer = |progress| {
        match progress {
            Progress::Planned { rows, held_out, .. } => (trained, held) = (rows, held_out),
            Progress::Step { rows, .. } => stepped.push(rows),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    let model: Kitsune<TestBackend> = config().fit_observed(&recorded, &device(), &mut observer).unwrap();
    assert_eq!(passes.into_inner(), [0, 1, 2], "every pass has all rows");
    assert!(held > 0 && trained + held == ROWS as u64);
    assert_eq!(stepped.last(), Some(&(2 * trained)));
    assert_eq!(model.normal_scores().unwrap().rows() as u64, held);
    assert_eq!((model.summary().rows, model.summary().held_out), (Some(ROWS as u64), held));
}

#[test]
fn rows_without_numbers_are_all_trained_on_and_numbers_may_not_get_lost() {
    let rows = matrix(&factor_rows(ROWS, 1));
    let numbered = |numbered: fn(usize) -> bool| {
        let rows = &rows;
        let source = move |epoch: usize| {
            let chunks = rows.pass(epoch)?.map(move |chunk| {
                let mut chunk = chunk?;
                chunk.numbers = chunk.numbers.filter(|_| numbered(epoch));
                Ok(chunk)
            });
            Ok::<_, Error>(chunks.collect::<Vec<Result<Chunk, Error>>>().into_iter())
        };
        config().fit::<TestBackend>(&source, &device())
    };
    let without = numbered(|_| false).unwrap();
    assert_eq!(without.summary().held_out, 0);
    assert_eq!(without.normal_scores().unwrap().rows(), ROWS, "the training rows stand in");
    assert!(numbered(|_| true).unwrap().summary().held_out > 0);
    assert!(matches!(numbered(|epoch| epoch == 0), Err(Error::Unnumbered)));
}
