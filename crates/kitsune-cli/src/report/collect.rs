//! Collects the data of a report page while rows are scored.

use std::path::{Path, PathBuf};

use anyhow::Result;
use burn::tensor::backend::Backend;
use kitsune_core::kinds::Named;
use kitsune_core::scoring::Reason;
use kitsune_data::{Batch, OutputFolder};

use crate::alerts::FlaggedPacket;
use crate::report::cluster::Cluster;
use crate::report::contents::{Report, ShownThreshold};
use crate::report::curves::Curves;
use crate::report::flagged::{Flagged, ShownReason};
use crate::report::followed::Followed;
use crate::report::page::FILE;
use crate::report::recorder::Recorder;
use crate::scoring::drift::NamedDrift;
use crate::scoring::{Reasons, RowScores, Scorer};

/// Reasons for a flagged row, unless the command asks for another number.
const REASONS: usize = 3;

/// The page in a folder.
pub(crate) fn page_in(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// The data of a page, collected batch by batch.
#[derive(Debug)]
pub(crate) struct ReportData {
    folder: OutputFolder,
    recorder: Recorder,
    /// What is known of packets, if the rows are packets.
    followed: Option<Followed>,
    /// Columns that the table of the flagged rows leaves out.
    hidden: Vec<&'static str>,
    /// Reasons for a flagged row.
    count: usize,
}

impl ReportData {
    /// For a page in `folder`, which is created now, so that a folder that cannot be written to is reported before the work.
    pub(crate) fn new(folder: &Path, count: Option<usize>) -> Result<Self> {
        let (folder, recorder) = (OutputFolder::create(folder)?, Recorder::new());
        Ok(Self { folder, recorder, followed: None, hidden: Vec::new(), count: count.unwrap_or(REASONS) })
    }

    /// Shows packets and alerts over time as well. The batches pass the [columns](FlaggedPacket::columns) of packets through, of which those that were `added`
    /// for this are shown as far as they tell a packet of an alert. `names` are those of the features.
    pub(crate) fn with_packets(self, names: Vec<String>, added: Vec<&'static str>) -> Self {
        let hidden = added.into_iter().filter(|column| FlaggedPacket::says_more(column)).collect();
        Self { followed: Some(Followed::new(names)), hidden, ..self }
    }

    /// Takes the scores of a batch. Without `known` reasons, it finds those for the flagged rows that the page can show.
    pub(crate) fn take<B: Backend>(&mut self, scorer: &Scorer<B>, batch: &Batch, found: &RowScores, known: Option<&Reasons>) -> Result<()> {
        let (numbers, labels, scores) = (batch.row_numbers(), batch.anomalies(), &found.scored.scores);
        self.record(&batch.lines(), batch.records().rows(), scores, labels);
        let (wanted, others): (Vec<_>, Vec<_>) = found.flagged().partition(|&row| self.recorder.wants(scores[row]));
        self.recorder.count_hidden(others.len());
        let own = match known {
            Some(_) => None,
            None => Some(scorer.reasons(batch, &wanted, self.count)?),
        };
        let kept = batch.kept(&wanted)?;
        for (row, mut kept) in wanted.into_iter().zip(kept) {
            // They would leave no room for the reasons.
            kept.retain(|(name, _)| !self.hidden.contains(&name.as_str()));
            let reasons = known.or(own.as_ref()).and_then(|reasons| reasons.get(&row));
            let reason = |reason: &Reason| ShownReason {
                column: scorer.names()[reason.feature].clone(),
                value: reason.value,
                expected: reason.expected,
                range: range_left(reason),
                contribution: reason.deviations.into(),
                cluster: reason.cluster,
            };
            self.recorder.flag(Flagged {
                row: numbers[row],
                score: scores[row],
                tail_probability: found.tail_probability(row),
                label: labels.map(|labels| labels[row]),
                kept,
                reasons: reasons.into_iter().flatten().map(reason).collect(),
            });
        }
        if let Some(followed) = &mut self.followed {
            followed.take(batch, found, |rows| completed(known.or(own.as_ref()), rows, |rows| scorer.reasons(batch, rows, 1)))?;
        }
        Ok(())
    }

    /// Records the scores of a batch of `lines` rows; those that are not on the line of a score were dropped.
    fn record(&mut self, of_scores: &[usize], lines: usize, scores: &[f32], labels: Option<&[bool]>) {
        let start = self.recorder.rows();
        let end = start + lines as u64;
        for (row, &line) in of_scores.iter().enumerate() {
            self.fill_up_to(start + line as u64);
            self.recorder.record(&scores[row..=row], labels.map(|labels| &labels[row..=row]));
        }
        self.fill_up_to(end);
    }

    /// Records rows without a score until there are `rows` rows.
    fn fill_up_to(&mut self, rows: u64) {
        while self.recorder.rows() < rows {
            self.recorder.record(&[f32::NAN], None);
        }
    }

    /// Writes the page and returns its path.
    pub(crate) fn write<B: Backend>(self, scorer: &Scorer<B>, data: String, drift: NamedDrift, curves: Option<Curves>) -> Result<PathBuf> {
        let threshold = scorer.threshold().map(|threshold| ShownThreshold {
            value: threshold.value().into(),
            kind: threshold.kind().map_or("given", Named::name).to_owned(),
            alert_rate: threshold.alert_rate(),
        });
        let report = Report {
            model: scorer.file().to_owned(),
            data,
            score: scorer.kind().name().to_owned(),
            threshold,
            clusters: clusters(scorer),
            curves,
            drift,
            recorder: self.recorder,
            timeline: self.followed.map(Followed::end),
        };
        let path = report.write(&self.folder)?;
        self.folder.keep();
        Ok(path)
    }
}

/// The reasons for some rows, of which those that are not known are found.
fn completed(known: Option<&Reasons>, rows: &[usize], find: impl FnOnce(&[usize]) -> Result<Reasons>) -> Result<Reasons> {
    let known: Reasons = rows.iter().filter_map(|&row| Some((row, known?.get(&row)?.clone()))).collect();
    let unknown: Vec<_> = rows.iter().copied().filter(|row| !known.contains_key(row)).collect();
    let mut reasons = find(&unknown)?;
    reasons.extend(known);
    Ok(reasons)
}

/// The range of the reason's column, if its value lies beyond it.
fn range_left(reason: &Reason) -> Option<[f64; 2]> {
    let (lowest, highest) = reason.lowest.zip(reason.highest)?;
    (reason.value < lowest || reason.value > highest).then_some([lowest, highest])
}

/// The clusters with their weights in the score. All weights are equal, because a score averages the tails' errors.
fn clusters<B: Backend>(scorer: &Scorer<B>) -> Vec<Cluster> {
    let model = scorer.model();
    let tails = model.share_of_tails(scorer.kind());
    let clusters = model.feature_map().clusters();
    let cluster = |(number, features): (usize, &Vec<usize>)| Cluster {
        number,
        columns: features.iter().map(|&feature| scorer.names()[feature].clone()).collect(),
        weight: tails / clusters.len() as f64,
    };
    clusters.iter().enumerate().map(cluster).collect()
}
