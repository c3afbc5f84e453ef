//! Rows that are held out for the threshold.

use kitsune_core::{Chunk, Error, Kitsune, KitsuneConfig};

use crate::bridge::matrix;
use crate::random::Random;
use crate::training::{factor_rows, quick};
use crate::{TestBackend, device};

fn config() -> KitsuneConfig {
    quick().with_epochs(Some(1)).with_batch_size(Some(512))
}

fn held_out(config: &KitsuneConfig, rows: &[Vec<f64>]) -> u64 {
    let model: Kitsune<TestBackend> = config.fit(&matrix(rows), &device()).unwrap();
    assert_eq!(model.summary().rows, Some(rows.len() as u64));
    assert_eq!(model.summary().rows_seen + model.summary().held_out, rows.len() as u64);
    model.summary().held_out
}

#[test]
fn the_asked_share_is_held_out_from_2000_rows_on() {
    let rows = factor_rows(4_000, 1);
    for share in [0.05, 0.1, 0.5] {
        let found = held_out(&config().with_hold_out(share), &rows) as f64;
        let (expected, deviation) = (4_000.0 * share, (4_000.0 * share * (1.0 - share)).sqrt());
        assert!((found - expected).abs() < 4.0 * deviation, "{found} of 4,000 at {share}");
    }
    assert_eq!(held_out(&config().with_hold_out(0.0), &rows), 0);
    assert_eq!(held_out(&config(), &rows[..1_999]), 0);
    assert!(held_out(&config(), &rows[..2_000]) > 100);
    assert_ne!(held_out(&config(), &rows), held_out(&config().with_seed(1), &rows));
}

/// Numbered rows in drawn chunks, all of them in another order where one is asked for.
fn numbered(rows: &[Vec<f64>], seed: u64, shuffled: bool) -> Vec<Chunk> {
    let mut random = Random::new(seed);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    if shuffled {
        random.shuffle(&mut order);
    }
    let mut chunks = Vec::new();
    while !order.is_empty() {
        let chunk: Vec<usize> = order.drain(..(1 + random.below(700)).min(order.len())).collect();
        let values: Vec<Vec<f64>> = chunk.iter().map(|&row| rows[row].clone()).collect();
        chunks.push(Chunk::from(matrix(&values)).with_numbers(chunk.into_iter().map(|row| row as u64).collect()));
    }
    chunks
}

type Chunks = std::vec::IntoIter<Result<Chunk, Error>>;

fn source(chunks: impl Fn(usize) -> Vec<Chunk>) -> impl Fn(usize) -> Result<Chunks, Error> {
    move |epoch| Ok(chunks(epoch).into_iter().map(Ok).collect::<Vec<_>>().into_iter())
}

#[test]
fn which_rows_they_are_depends_on_their_numbers_alone() {
    let rows = factor_rows(2_500, 1);
    let train = |chunks: &dyn Fn(usize) -> Vec<Chunk>| -> Kitsune<TestBackend> { config().fit(&source(chunks), &device()).unwrap() };
    let expected = train(&|_| numbered(&rows, 0, false));
    for (seed, shuffled) in [(1, false), (2, false), (3, true), (4, true)] {
        // The statistics in chunks or an order of their own; the epochs always the same.
        let found = train(&|epoch| if epoch == 0 { numbered(&rows, seed, shuffled) } else { numbered(&rows, 0, false) });
        assert_eq!((found.summary().held_out, found.scaler()), (expected.summary().held_out, expected.scaler()));
        if !shuffled {
            assert_eq!(found.normal_scores(), expected.normal_scores(), "{seed}");
        }
    }
    let numbers_from = |first: u64| -> Kitsune<TestBackend> {
        train(&|_| {
            let mut chunks = numbered(&rows, 0, false);
            chunks.iter_mut().flat_map(|chunk| chunk.numbers.as_mut().unwrap()).for_each(|number| *number += first);
            chunks
        })
    };
    assert_ne!(numbers_from(1_000_000).normal_scores(), expected.normal_scores());
}

#[test]
fn rows_without_numbers_are_all_for_training() {
    let rows = factor_rows(2_500, 1);
    let unnumbered = |_epoch: usize| Ok::<_, Error>(std::iter::once(Ok(matrix(&rows))));
    let model: Kitsune<TestBackend> = config().fit(&unnumbered, &device()).unwrap();
    assert_eq!((model.summary().held_out, model.summary().rows_seen, model.normal_scores().unwrap().rows()), (0, 2_500, 2_500));
}

#[test]
fn numbers_have_to_be_there_in_every_pass_and_for_every_row() {
    let rows = factor_rows(2_500, 1);
    let train = |chunks: &dyn Fn(usize) -> Vec<Chunk>| config().fit::<TestBackend>(&source(chunks), &device());
    let first_pass_only = |epoch: usize| {
        let mut chunks = numbered(&rows, 0, false);
        chunks.iter_mut().filter(|_| epoch > 0).for_each(|chunk| chunk.numbers = None);
        chunks
    };
    assert!(matches!(train(&first_pass_only), Err(Error::Unnumbered)));
    for bad in [0, 1] {
        let one_missing = |epoch: usize| {
            let mut chunks = numbered(&rows, 0, false);
            if epoch == bad {
                chunks[1].numbers.as_mut().unwrap().pop();
            }
            chunks
        };
        assert!(matches!(train(&one_missing), Err(Error::RowNumbers { rows, numbers }) if numbers + 1 == rows), "pass {bad}");
    }
}

#[test]
fn a_stream_that_ends_early_trains_on_all_of_its_rows() {
    // Each row matters for ranges and means: one that was put aside and lost would be missed.
    let rows: Vec<Vec<f64>> = (0..1_999).map(|row| vec![f64::from(row), f64::from(row % 7), 1.0]).collect();
    let train =
        |share: f64, rows: &[Vec<f64>]| -> Kitsune<TestBackend> { config().with_hold_out(share).fit(&matrix(rows), &device()).unwrap() };
    let (found, expected) = (train(0.5, &rows), train(0.0, &rows));
    assert_eq!((found.scaler(), found.means()), (expected.scaler(), expected.means()));
    assert_eq!((found.summary().rows_seen, found.normal_scores().unwrap().rows()), (1_999, 1_999));
}
