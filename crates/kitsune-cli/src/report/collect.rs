//! What a page about scored rows needs to know, batch by batch.

use std::path::{Path, PathBuf};

use anyhow::Result;
use burn::tensor::backend::Backend;
use kitsune_core::{Reason, ScoreKind};
use kitsune_data::{Batch, OutputFolder};

use crate::input::for_model::feature_name;
use crate::report::cluster::Cluster;
use crate::report::curves::Curves;
use crate::report::flagged::{self, Flagged};
use crate::report::recorder::Recorder;
use crate::report::{Report, Threshold};
use crate::scoring::{Reasons, Scorer};
use crate::words::Word;

/// Reasons of a flagged row, unless told otherwise.
const REASONS: usize = 3;

/// Collects what a page shows.
#[derive(Debug)]
pub(crate) struct Findings {
    folder: OutputFolder,
    recorder: Recorder,
    /// Reasons of a flagged row.
    count: usize,
}

impl Findings {
    /// For a page in that folder, which is made and tried at once.
    pub(crate) fn new(folder: &Path, count: Option<usize>) -> Result<Self> {
        Ok(Self { folder: OutputFolder::create(folder)?, recorder: Recorder::new(), count: count.unwrap_or(REASONS) })
    }

    /// Takes the scores of a batch; reasons that are not there yet are found, for those flagged rows that a page can hold.
    pub(crate) fn take<B: Backend>(&mut self, scorer: &Scorer<B>, batch: &Batch, scores: &[f32], known: Option<&Reasons>) -> Result<()> {
        let (numbers, labels) = (batch.row_numbers(), batch.labels());
        self.record(&numbers, batch.records().rows(), scores, labels);
        let (wanted, others): (Vec<_>, Vec<_>) = scorer.flagged(scores).into_iter().partition(|&row| self.recorder.wants(scores[row]));
        self.recorder.pass_over(others.len());
        let found = match known {
            Some(_) => None,
            None => Some(scorer.reasons(batch, &wanted, self.count)?),
        };
        let kept = batch.kept(&wanted)?;
        for (row, kept) in wanted.into_iter().zip(kept) {
            let reasons = known.or(found.as_ref()).and_then(|reasons| reasons.get(&row));
            let reason = |reason: &Reason| flagged::Reason {
                column: feature_name(scorer.model(), reason.feature),
                value: reason.value,
                expected: reason.expected,
                contribution: reason.deviations.into(),
                cluster: reason.cluster,
            };
            self.recorder.flag(Flagged {
                row: numbers[row],
                score: scores[row],
                tail_probability: scorer.decision().and_then(|decision| decision.tail_probability(scores[row])),
                label: labels.map(|labels| labels[row]),
                kept,
                reasons: reasons.into_iter().flatten().map(reason).collect(),
            });
        }
        Ok(())
    }

    /// Records the scores at their places among the rows that were read, `read` of them in this batch.
    fn record(&mut self, numbers: &[u64], read: usize, scores: &[f32], labels: Option<&[bool]>) {
        let end = self.recorder.rows() + read as u64;
        for (at, &number) in numbers.iter().enumerate() {
            self.dropped_before(number - 1);
            self.recorder.record(&scores[at..=at], labels.map(|labels| &labels[at..=at]));
        }
        self.dropped_before(end);
    }

    /// Rows without a score until there are so many.
    fn dropped_before(&mut self, rows: u64) {
        while self.recorder.rows() < rows {
            self.recorder.record(&[f32::NAN], None);
        }
    }

    /// Writes the page and gives its path.
    pub(crate) fn write<B: Backend>(self, scorer: &Scorer<B>, data: String, curves: Option<Curves>) -> Result<PathBuf> {
        let threshold = scorer.decision().map(|decision| Threshold {
            value: decision.value().into(),
            kind: decision.kind().to_owned(),
            alert_rate: decision.alert_rate(),
        });
        let report = Report {
            model: scorer.file().to_owned(),
            data,
            score: scorer.kind().word().to_owned(),
            threshold,
            clusters: clusters(scorer),
            curves,
            recorder: self.recorder,
        };
        let path = report.write(self.folder.path())?;
        self.folder.keep();
        Ok(path)
    }
}

/// The clusters, each with what it counts in the score: all alike, for the tails' errors are averaged.
fn clusters<B: Backend>(scorer: &Scorer<B>) -> Vec<Cluster> {
    let model = scorer.model();
    let config = model.config();
    let tails = match scorer.kind() {
        ScoreKind::Tails | ScoreKind::Head => 1.0,
        ScoreKind::Body | ScoreKind::Prototypes => 0.0,
        ScoreKind::Combined => 1.0 / (1.0 + f64::from(u8::from(config.body_ratio.is_some())) + f64::from(u8::from(config.prototypes > 0))),
    };
    let clusters = model.feature_map().clusters();
    let cluster = |(number, features): (usize, &Vec<usize>)| Cluster {
        number,
        columns: features.iter().map(|&feature| feature_name(model, feature)).collect(),
        weight: tails / clusters.len() as f64,
    };
    clusters.iter().enumerate().map(cluster).collect()
}
