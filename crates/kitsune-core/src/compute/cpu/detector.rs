//! Errors and scores of rows on the CPU, block by block.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use burn::tensor::{Tensor, TensorData, backend::Backend};

use super::autoencoders::AutoencoderScratch;
use super::block::{BLOCK_ROWS, Block};
use super::borrowed::{HeadRange, HostAutoencoders, HostNeighbours, HostPrototypes};
use super::host_values::HostValues;
use super::input::Input;
use super::marginals::HostMarginals;
use super::nearest::NearestScratch;
use super::neighbours::SearchScratch;
use super::residuals::{HostResiduals, Outputs, Whitened};
use super::scores::Scores;
use crate::error::Error;
use crate::kinds::ScoreKind;
use crate::model::calibration::{ScoreRule, Weights};
use crate::model::detector::Detector;
use crate::model::ensemble::RowErrors;
use crate::model::excess::KindExcess;
use crate::model::parts::{Parts, ScorePart};
use crate::model::score::counts;
use crate::model::scored::{HostErrors, Scored};
use crate::scaler::host::OutsideValues;
use crate::threads::for_each;

/// A [`Detector`] whose parameters are in host memory, with the requested parts only.
#[derive(Debug)]
pub(crate) struct HostDetector<'a> {
    arch: pulp::Arch,
    features: usize,
    clusters: usize,
    tails: Option<HostAutoencoders<'a>>,
    head: Option<(HostAutoencoders<'a>, HeadRange)>,
    body: Option<HostAutoencoders<'a>>,
    prototypes: Option<HostPrototypes>,
    neighbours: Option<HostNeighbours>,
    marginals: Option<HostMarginals>,
    tail_residuals: Option<HostResiduals<'a>>,
    body_residuals: Option<HostResiduals<'a>>,
    rule: ScoreRule,
    weights: Weights,
    /// Visible units of all tails.
    units: usize,
    /// Mean and deviation of each tail's error: [2, clusters].
    tail_standards: HostValues,
    /// Origin and unit of each part of a score: [2, parts].
    part_standards: HostValues,
}

/// Errors and scores of rows. Fields that were not requested, or whose part is missing, are empty.
#[derive(Debug)]
pub(crate) struct Measured {
    /// Scores: `[rows]`.
    pub(crate) scores: Vec<f32>,
    /// Errors of the tails: [rows, clusters].
    pub(crate) tails: Vec<f32>,
    /// Errors of the head: `[rows]`.
    pub(crate) head: Vec<f32>,
    /// Errors of the other parts, each `[rows]`, by their columns.
    by_part: [Vec<f32>; ScorePart::COUNT],
    /// Number of values beyond the range of the training rows, or of the scaler without an excess.
    pub(crate) outside: u64,
    /// Whether the detector has the parts.
    there: [bool; ScorePart::COUNT],
    clusters: usize,
}

/// The output buffers of one block.
struct Job<'a> {
    rows: Range<usize>,
    scores: &'a mut [f32],
    tails: &'a mut [f32],
    head: &'a mut [f32],
    by_part: [&'a mut [f32]; ScorePart::COUNT],
}

/// Buffers of a thread, reused from block to block.
#[derive(Default)]
struct DetectorScratch {
    tails: Block,
    head_input: Block,
    single: Block,
    outputs: Block,
    residuals: Block,
    /// Values and whitened residuals, by which neighbours are compared.
    compared: Block,
    squares: Vec<f32>,
    sums: [Vec<f32>; 2],
    autoencoders: AutoencoderScratch,
    nearest: NearestScratch,
    search: SearchScratch,
}

thread_local! {
    /// Scaled rows, and the block made from them.
    static ROWS: RefCell<(Vec<f32>, Block)> = RefCell::default();
    static SCRATCH: RefCell<DetectorScratch> = RefCell::default();
}

impl<'a> HostDetector<'a> {
    /// Borrows the parameters of a detector; `None` on a backend whose tensors are not in host memory as f32.
    pub(crate) fn of<B: Backend>(detector: &'a Detector<B>, parts: Parts) -> Option<Self> {
        let Detector { ensemble, tail_residuals, body_residuals, prototypes, neighbours, marginals, calibration } = detector;
        let tail_standards = HostValues::of(calibration.tails.val())?;
        let head = || Some((HostAutoencoders::single(ensemble.head())?, HeadRange::of(ensemble)?));
        let residuals = |wanted: bool, residuals| {
            if parts.residuals && wanted { HostResiduals::of(residuals, ensemble.feature_map()).map(Some) } else { Some(None) }
        };
        let wanted = |wanted: bool, part: Option<&'a _>| part.filter(|_| wanted).map(HostAutoencoders::single);
        Some(Self {
            arch: pulp::Arch::new(),
            features: ensemble.feature_map().features(),
            clusters: ensemble.feature_map().clusters().len(),
            tails: if parts.tails { Some(HostAutoencoders::tails(ensemble)?) } else { None },
            head: if parts.head { Some(head()?) } else { None },
            body: match wanted(parts.body, ensemble.body()) {
                Some(body) => Some(body?),
                None => None,
            },
            prototypes: if parts.prototypes && prototypes.nearest() > 0 { Some(HostPrototypes::of(prototypes)?) } else { None },
            neighbours: if parts.neighbours && neighbours.count() > 0 { Some(HostNeighbours::of(neighbours)?) } else { None },
            marginals: if parts.marginals && marginals.is_there() {
                Some(HostMarginals::of(HostValues::of(marginals.rarities.val())?.as_slice()))
            } else {
                None
            },
            tail_residuals: residuals(parts.tails, tail_residuals)?,
            body_residuals: residuals(parts.body && ensemble.body().is_some(), body_residuals)?,
            rule: calibration.rule(),
            weights: *calibration.weights(),
            units: ensemble.feature_map().sizes().iter().sum(),
            tail_standards,
            part_standards: HostValues::of(calibration.parts.val())?,
        })
    }

    /// Scores rows by `kind`, whose parts the detector must have, and adds their excess. With `keep` it also returns the errors of all parts.
    pub(crate) fn measure(
        &self,
        input: Input<'_>,
        kind: Option<ScoreKind>,
        excess: Option<KindExcess<'_>>,
        keep: bool,
    ) -> Result<Measured, Error> {
        let rows = input.rows(self.features);
        let column = |there: bool| vec![0.0; if there && keep { rows } else { 0 }];
        let by_part = ScorePart::ALL.map(|part| column(self.has(part)));
        let mut measured = Measured {
            scores: vec![0.0; if kind.is_some() { rows } else { 0 }],
            tails: vec![0.0; if self.tails.is_some() && keep { rows * self.clusters } else { 0 }],
            head: column(self.head.is_some()),
            by_part,
            outside: 0,
            there: ScorePart::ALL.map(|part| self.has(part)),
            clusters: self.clusters,
        };
        let run = |mut job: Job<'_>| {
            ROWS.with_borrow_mut(|(scaled, x)| {
                let outside = input.fill(self.features, job.rows.clone(), scaled, x);
                SCRATCH.with_borrow_mut(|scratch| self.block(x, &mut job, kind, scratch));
                // A row without values beyond the scaler has none beyond the range, which is at least as wide.
                let beyond = match excess {
                    Some(excess) => input.raise(job.rows.start, &outside.rows, excess, job.scores),
                    None => outside.values,
                };
                (job.rows.start, outside, beyond)
            })
        };
        let jobs = measured.jobs(rows);
        let all = Mutex::new((OutsideValues::default(), 0));
        for_each(jobs.into_iter(), |job| {
            let (first, outside, beyond) = run(job);
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            all.0.append(first, outside);
            all.1 += beyond;
        });
        let (outside, beyond) = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        measured.outside = beyond;
        input.check(&outside.rows)?;
        Ok(measured)
    }

    /// Scores the rows of a block by `kind`, whose parts the detector must have.
    pub(crate) fn scores(&self, x: &Block, kind: ScoreKind, into: &mut [f32]) {
        let mut job = Job { rows: 0..x.rows(), scores: into, tails: &mut [], head: &mut [], by_part: ScorePart::ALL.map(|_| &mut [][..]) };
        SCRATCH.with_borrow_mut(|scratch| self.block(x, &mut job, Some(kind), scratch));
    }

    fn block(&self, x: &Block, job: &mut Job<'_>, kind: Option<ScoreKind>, scratch: &mut DetectorScratch) {
        let DetectorScratch {
            tails,
            head_input,
            single,
            outputs,
            residuals,
            compared,
            squares,
            sums: [mean, sum],
            autoencoders,
            nearest,
            search,
        } = scratch;
        let (arch, rows) = (self.arch, x.rows());
        let Job { scores: of_job, tails: of_tails, head: of_head, by_part, .. } = job;
        let mut scores = Scores::new(self.rule, (&self.weights, self.part_standards.as_slice()), kind, rows, sum);
        let mut measured = |part: ScorePart, values: &[f32]| {
            copy(values, by_part[part.column()]);
            scores.add(arch, part, &values[..rows]);
        };
        let (features, units) = (x.columns(), self.units);
        compared.reshape(features + units, rows);
        if let Some(autoencoder) = &self.tails {
            if let Some(whitening) = &self.tail_residuals {
                tails.reshape(self.clusters, rows);
                squares.clear();
                squares.resize(x.padded(), 0.0);
                for cluster in 0..self.clusters {
                    autoencoder.view().measure(arch, cluster, x, (tails.column_mut(cluster), outputs), autoencoders);
                    whitening.add(
                        arch,
                        cluster,
                        x,
                        (outputs, Outputs::ByUnit),
                        Whitened { residuals, into: compared, first: features, squares },
                    );
                }
                whitening.finish(squares);
                measured(ScorePart::TailResiduals, squares);
            } else {
                autoencoder.view().errors(arch, x, tails, autoencoders);
            }
            if !of_tails.is_empty() {
                tails.write_rows(of_tails);
            }
            if kind.is_some_and(|kind| counts(ScorePart::Tails, kind)) {
                self.mean_of_tails(tails, mean);
                measured(ScorePart::Tails, mean);
            }
        }
        if let Some((autoencoder, range)) = &self.head {
            range.apply(tails, head_input);
            autoencoder.view().errors(arch, head_input, single, autoencoders);
            copy(single.column(0), of_head);
            measured(ScorePart::Head, single.column(0));
            if kind == Some(ScoreKind::Head) {
                copy(single.column(0), of_job);
            }
        }
        if let Some(autoencoder) = &self.body {
            single.reshape(1, rows);
            autoencoder.view().measure(arch, 0, x, (single.column_mut(0), outputs), autoencoders);
            measured(ScorePart::Body, single.column(0));
            if let Some(whitening) = &self.body_residuals {
                squares.clear();
                squares.resize(x.padded(), 0.0);
                for cluster in 0..self.clusters {
                    whitening.add(
                        arch,
                        cluster,
                        x,
                        (outputs, Outputs::ByFeature),
                        Whitened { residuals, into: compared, first: features, squares },
                    );
                }
                whitening.finish(squares);
                measured(ScorePart::BodyResiduals, squares);
            }
        }
        if let Some(prototypes) = &self.prototypes {
            single.reshape(1, rows);
            prototypes.view().distances(arch, x, single.column_mut(0), nearest);
            measured(ScorePart::Prototypes, single.column(0));
        }
        if let Some(neighbours) = &self.neighbours {
            single.reshape(1, rows);
            neighbours.fill_values(x, compared);
            neighbours.view().distances(arch, compared, single.column_mut(0), search);
            measured(ScorePart::Neighbours, single.column(0));
        }
        if let Some(marginals) = &self.marginals {
            single.reshape(1, rows);
            marginals.rarities(arch, x, single.column_mut(0));
            measured(ScorePart::Marginals, single.column(0));
        }
        if kind != Some(ScoreKind::Head) {
            scores.finish(of_job);
        }
    }

    /// The mean over the tails of their standardised errors.
    fn mean_of_tails(&self, errors: &Block, sum: &mut Vec<f32>) {
        let (means, deviations) = self.tail_standards.as_slice().split_at(self.clusters);
        sum.clear();
        sum.resize(errors.rows(), 0.0);
        for (tail, (mean, deviation)) in means.iter().zip(deviations).enumerate() {
            sum.iter_mut().zip(errors.column(tail)).for_each(|(sum, error)| *sum += (error - mean) / deviation);
        }
        let count = self.clusters as f32;
        for sum in sum {
            *sum /= count;
        }
    }

    /// Whether this detector has a part whose errors are one number for each row.
    fn has(&self, part: ScorePart) -> bool {
        match part {
            ScorePart::Body => self.body.is_some(),
            ScorePart::Prototypes => self.prototypes.is_some(),
            ScorePart::TailResiduals => self.tails.is_some() && self.tail_residuals.is_some(),
            ScorePart::BodyResiduals => self.body.is_some() && self.body_residuals.is_some(),
            ScorePart::Neighbours => self.neighbours.is_some(),
            ScorePart::Marginals => self.marginals.is_some(),
            ScorePart::Tails | ScorePart::Combined | ScorePart::Head => false,
        }
    }
}

impl Measured {
    fn jobs(&mut self, rows: usize) -> Vec<Job<'_>> {
        let Self { scores, tails, head, by_part, clusters, .. } = self;
        let mut blocks = [scores, head].map(|values| values.chunks_mut(BLOCK_ROWS));
        let mut by_part = by_part.each_mut().map(|values| values.chunks_mut(BLOCK_ROWS));
        let mut tails = tails.chunks_mut(BLOCK_ROWS * *clusters);
        (0..rows)
            .step_by(BLOCK_ROWS)
            .map(|first| {
                let [scores, head] = blocks.each_mut().map(|blocks| blocks.next().unwrap_or_default());
                let by_part = by_part.each_mut().map(|blocks| blocks.next().unwrap_or_default());
                let tails = tails.next().unwrap_or_default();
                Job { rows: first..rows.min(first + BLOCK_ROWS), scores, tails, head, by_part }
            })
            .collect()
    }

    /// Takes the errors of a part out, if the detector has it.
    fn take(&mut self, part: ScorePart) -> Option<Vec<f32>> {
        self.there[part.column()].then(|| std::mem::take(&mut self.by_part[part.column()]))
    }

    /// Takes the scores out and appends them, and the errors where these are asked for.
    pub(crate) fn append_to(mut self, scored: &mut Scored) {
        scored.scores.append(&mut self.scores);
        scored.outside += self.outside;
        if let Some(errors) = &mut scored.errors {
            errors.append(HostErrors {
                clusters: self.clusters,
                body: self.take(ScorePart::Body),
                prototypes: self.take(ScorePart::Prototypes),
                tail_residuals: self.take(ScorePart::TailResiduals),
                body_residuals: self.take(ScorePart::BodyResiduals),
                neighbours: self.take(ScorePart::Neighbours),
                marginals: self.take(ScorePart::Marginals),
                tails: self.tails,
                head: self.head,
            });
        }
    }

    /// Converts the errors of the parts to tensors.
    pub(crate) fn into_errors<B: Backend>(mut self, device: &B::Device) -> RowErrors<B> {
        let column = |values: Vec<f32>| {
            let rows = values.len();
            Tensor::<B, 1>::from_data(TensorData::new(values, [rows]), device)
        };
        let rows = self.tails.len() / self.clusters;
        RowErrors {
            body: self.take(ScorePart::Body).map(column),
            prototypes: self.take(ScorePart::Prototypes).map(column),
            tail_residuals: self.take(ScorePart::TailResiduals).map(column),
            body_residuals: self.take(ScorePart::BodyResiduals).map(column),
            neighbours: self.take(ScorePart::Neighbours).map(column),
            marginals: self.take(ScorePart::Marginals).map(column),
            tails: Tensor::from_data(TensorData::new(self.tails, [rows, self.clusters]), device),
            head: column(self.head),
        }
    }
}

fn copy(from: &[f32], into: &mut [f32]) {
    into.copy_from_slice(&from[..into.len()]);
}
