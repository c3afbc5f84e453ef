//! Scores of host rows, and the errors that they were computed from.

use serde::{Deserialize, Serialize};

use crate::kinds::ScoreKind;

/// Scores of host rows, in the order of the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Scored {
    /// The kind of the scores.
    pub score: ScoreKind,
    /// One score for each row: positive, and higher for stranger rows.
    pub scores: Vec<f32>,
    /// Number of values outside the range of the training rows.
    pub outside: u64,
    /// The errors of the rows, if the options ask for them.
    pub errors: Option<HostErrors>,
}

/// The errors of rows in host memory; [`RowErrors`](crate::model::RowErrors) are the same as tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HostErrors {
    /// Number of clusters, the width of `tails`.
    pub clusters: usize,
    /// Reconstruction error of each tail: row-major [rows, clusters].
    pub tails: Vec<f32>,
    /// Reconstruction error of the head: `[rows]`.
    pub head: Vec<f32>,
    /// Reconstruction error of the body: `[rows]`; `None` if the score is computed without a body.
    pub body: Option<Vec<f32>>,
    /// Mean distance to the nearest prototypes: `[rows]`; `None` if the score is computed without prototypes.
    pub prototypes: Option<Vec<f32>>,
    /// Size of the tails' whitened residuals: `[rows]`; `None` if the score is computed without them.
    #[serde(default)]
    pub tail_residuals: Option<Vec<f32>>,
    /// Size of the body's whitened residuals: `[rows]`; `None` if the score is computed without them.
    #[serde(default)]
    pub body_residuals: Option<Vec<f32>>,
    /// Distance to the nearest stored training rows over their spreads: `[rows]`; `None` if the score is computed without them.
    #[serde(default)]
    pub neighbours: Option<Vec<f32>>,
    /// How rare the values are in their features, standardised and averaged: `[rows]`; `None` if the score is computed without them.
    #[serde(default)]
    pub marginals: Option<Vec<f32>>,
}

impl Scored {
    /// No rows yet.
    pub(crate) fn new(score: ScoreKind, errors: Option<HostErrors>) -> Self {
        Self { score, scores: Vec::new(), outside: 0, errors }
    }
}

impl HostErrors {
    /// No rows yet.
    pub(crate) fn new(clusters: usize) -> Self {
        Self {
            clusters,
            tails: Vec::new(),
            head: Vec::new(),
            body: None,
            prototypes: None,
            tail_residuals: None,
            body_residuals: None,
            neighbours: None,
            marginals: None,
        }
    }

    /// Appends the errors of the rows of one more batch.
    pub(crate) fn append(&mut self, batch: Self) {
        let Self { clusters: _, mut tails, mut head, body, prototypes, tail_residuals, body_residuals, neighbours, marginals } = batch;
        self.tails.append(&mut tails);
        self.head.append(&mut head);
        for (all, part) in [
            (&mut self.body, body),
            (&mut self.prototypes, prototypes),
            (&mut self.tail_residuals, tail_residuals),
            (&mut self.body_residuals, body_residuals),
            (&mut self.neighbours, neighbours),
            (&mut self.marginals, marginals),
        ] {
            if let Some(mut part) = part {
                all.get_or_insert_default().append(&mut part);
            }
        }
    }
}
