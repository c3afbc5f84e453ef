//! Errors and scores of rows on the CPU, block by block.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use burn::tensor::{Tensor, TensorData, backend::Backend};

use super::autoencoders::AutoencoderScratch;
use super::block::{BLOCK_ROWS, Block};
use super::borrowed::{HeadRange, HostAutoencoders, HostPrototypes};
use super::host_values::HostValues;
use super::input::Input;
use super::nearest::NearestScratch;
use crate::error::Error;
use crate::kinds::ScoreKind;
use crate::model::detector::Detector;
use crate::model::ensemble::RowErrors;
use crate::model::excess::KindExcess;
use crate::model::parts::{Parts, ScorePart};
use crate::model::scored::Scored;
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
    /// Mean and deviation of each tail's error: [2, clusters].
    tail_standards: HostValues,
    /// Mean and deviation of each part of a score: [2, 4].
    part_standards: HostValues,
}

/// Errors and scores of rows. Fields that were not requested, or whose part is missing, are empty.
#[derive(Debug)]
pub(crate) struct Measured {
    /// Scores: `[rows]`.
    pub(crate) scores: Vec<f32>,
    /// Errors of the tails: [rows, clusters].
    pub(crate) tails: Vec<f32>,
    /// Errors of the head: `[rows]`, like the fields below.
    pub(crate) head: Vec<f32>,
    pub(crate) body: Vec<f32>,
    pub(crate) prototypes: Vec<f32>,
    /// Number of values beyond the range of the training rows, or of the scaler without an excess.
    pub(crate) outside: u64,
    /// The parts of the detector.
    parts: Parts,
    clusters: usize,
}

/// The output buffers of one block.
struct Job<'a> {
    rows: Range<usize>,
    scores: &'a mut [f32],
    tails: &'a mut [f32],
    head: &'a mut [f32],
    body: &'a mut [f32],
    prototypes: &'a mut [f32],
}

/// Buffers of a thread, reused from block to block.
#[derive(Default)]
struct DetectorScratch {
    tails: Block,
    head_input: Block,
    single: Block,
    sums: [Vec<f32>; 2],
    autoencoders: AutoencoderScratch,
    nearest: NearestScratch,
}

thread_local! {
    /// Scaled rows, and the block made from them.
    static ROWS: RefCell<(Vec<f32>, Block)> = RefCell::default();
    static SCRATCH: RefCell<DetectorScratch> = RefCell::default();
}

impl<'a> HostDetector<'a> {
    /// Borrows the parameters of a detector; `None` on a backend whose tensors are not in host memory as f32.
    pub(crate) fn of<B: Backend>(detector: &'a Detector<B>, parts: Parts) -> Option<Self> {
        let Detector { ensemble, prototypes, calibration } = detector;
        let tail_standards = HostValues::of(calibration.tails.val())?;
        let head = || Some((HostAutoencoders::single(ensemble.head())?, HeadRange::of(ensemble)?));
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
        let parts = self.parts();
        let column = |there: bool| vec![0.0; if there && keep { rows } else { 0 }];
        let mut measured = Measured {
            scores: vec![0.0; if kind.is_some() { rows } else { 0 }],
            tails: vec![0.0; if parts.tails && keep { rows * self.clusters } else { 0 }],
            head: column(parts.head),
            body: column(parts.body),
            prototypes: column(parts.prototypes),
            outside: 0,
            parts,
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
        let mut job = Job { rows: 0..x.rows(), scores: into, tails: &mut [], head: &mut [], body: &mut [], prototypes: &mut [] };
        SCRATCH.with_borrow_mut(|scratch| self.block(x, &mut job, Some(kind), scratch));
    }

    fn block(&self, x: &Block, job: &mut Job<'_>, kind: Option<ScoreKind>, scratch: &mut DetectorScratch) {
        let DetectorScratch { tails, head_input, single, sums: [sum, all], autoencoders, nearest } = scratch;
        let arch = self.arch;
        let rows = x.rows();
        all.clear();
        all.resize(rows, 0.0);
        let combined = kind == Some(ScoreKind::Combined);
        let mut count = 0.0;
        // Adds a part to the combined score, or makes it the score if it is the requested one.
        let mut add = |part: ScorePart, is_asked: bool, values: &[f32], scores: &mut [f32]| {
            let (mean, deviation) = self.standard(part);
            if is_asked {
                scores.iter_mut().zip(values).for_each(|(score, value)| *score = softplus((value - mean) / deviation));
            } else if combined {
                all.iter_mut().zip(values).for_each(|(sum, value)| *sum += (value - mean) / deviation);
                count += 1.0;
            }
        };
        if let Some(autoencoder) = &self.tails {
            autoencoder.view().errors(arch, x, tails, autoencoders);
            if !job.tails.is_empty() {
                tails.write_rows(job.tails);
            }
            if combined || kind == Some(ScoreKind::Tails) {
                self.mean_of_tails(tails, sum);
                add(ScorePart::Tails, !combined, sum, job.scores);
            }
        }
        if let Some((autoencoder, range)) = &self.head {
            range.apply(tails, head_input);
            autoencoder.view().errors(arch, head_input, single, autoencoders);
            copy(single.column(0), job.head);
            if kind == Some(ScoreKind::Head) {
                copy(single.column(0), job.scores);
            }
        }
        if let Some(autoencoder) = &self.body {
            autoencoder.view().errors(arch, x, single, autoencoders);
            copy(single.column(0), job.body);
            add(ScorePart::Body, kind == Some(ScoreKind::Body), &single.column(0)[..rows], job.scores);
        }
        if let Some(prototypes) = &self.prototypes {
            single.reshape(1, rows);
            prototypes.view().distances(arch, x, single.column_mut(0), nearest);
            copy(single.column(0), job.prototypes);
            add(ScorePart::Prototypes, kind == Some(ScoreKind::Prototypes), &single.column(0)[..rows], job.scores);
        }
        if combined {
            let (mean, deviation) = self.standard(ScorePart::Combined);
            job.scores.iter_mut().zip(&*all).for_each(|(score, sum)| *score = softplus((sum / count - mean) / deviation));
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

    /// The parts of this detector.
    fn parts(&self) -> Parts {
        let Self { tails, head, body, prototypes, .. } = self;
        Parts { tails: tails.is_some(), head: head.is_some(), body: body.is_some(), prototypes: prototypes.is_some() }
    }

    /// Mean and deviation of a part.
    fn standard(&self, part: ScorePart) -> (f32, f32) {
        let standards = self.part_standards.as_slice();
        (standards[part.column()], standards[ScorePart::COUNT + part.column()])
    }
}

impl Measured {
    fn jobs(&mut self, rows: usize) -> Vec<Job<'_>> {
        let Self { scores, tails, head, body, prototypes, clusters, .. } = self;
        let mut blocks = [(scores, 1), (tails, *clusters), (head, 1), (body, 1), (prototypes, 1)]
            .map(|(values, width)| values.chunks_mut(BLOCK_ROWS * width));
        (0..rows)
            .step_by(BLOCK_ROWS)
            .map(|first| {
                let [scores, tails, head, body, prototypes] = blocks.each_mut().map(|blocks| blocks.next().unwrap_or_default());
                Job { rows: first..rows.min(first + BLOCK_ROWS), scores, tails, head, body, prototypes }
            })
            .collect()
    }

    /// Takes the scores out and appends them, and the errors where these are asked for.
    pub(crate) fn append_to(self, scored: &mut Scored) {
        let Self { mut scores, tails, head, body, prototypes, outside, parts, .. } = self;
        scored.scores.append(&mut scores);
        scored.outside += outside;
        if let Some(errors) = &mut scored.errors {
            errors.append(tails, head, parts.body.then_some(body), parts.prototypes.then_some(prototypes));
        }
    }

    /// Converts the errors of the parts to tensors.
    pub(crate) fn into_errors<B: Backend>(self, device: &B::Device) -> RowErrors<B> {
        let column = |values: Vec<f32>| {
            let rows = values.len();
            Tensor::<B, 1>::from_data(TensorData::new(values, [rows]), device)
        };
        let rows = self.tails.len() / self.clusters;
        RowErrors {
            tails: Tensor::from_data(TensorData::new(self.tails, [rows, self.clusters]), device),
            head: column(self.head),
            body: self.parts.body.then(|| column(self.body)),
            prototypes: self.parts.prototypes.then(|| column(self.prototypes)),
        }
    }
}

fn copy(from: &[f32], into: &mut [f32]) {
    into.copy_from_slice(&from[..into.len()]);
}

/// `ln(1 + exp(x))` without overflow.
fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}
