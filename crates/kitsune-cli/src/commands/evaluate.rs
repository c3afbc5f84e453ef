//! `kitsune evaluate`: how well scores find the anomalies of labelled rows.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use burn::tensor::backend::Backend;
use kitsune_core::evaluation::{Bootstrap, Evaluation, Ranking, recall_by_kind};
use kitsune_core::kinds::Named;
use kitsune_core::scoring::AppliedThreshold;
use kitsune_data::input::Input;
use kitsune_data::{OutputFolder, Source};

use crate::alerts::FlaggedPacket;
use crate::backend::{Task, dispatch};
use crate::console;
use crate::console::progress::Reporter;
use crate::failure::Failure;
use crate::output::content::Content;
use crate::output::evaluation_text::{Comparison, EvaluatedSet, NAMES};
use crate::output::read_files::ReadFiles;
use crate::process::interrupt;
use crate::report::collect::{ReportData, page_in};
use crate::report::curves::{Curve, Curves, Metric};
use crate::scoring::drift::NamedDrift;
use crate::scoring::scored_pass::ScoredPass;
use crate::scoring::tally::Tally;
use crate::scoring::threshold::description;
use crate::scoring::{Scorer, Scoring};

/// The number of points of a curve on a page.
const POINTS: usize = 1_000;

/// The settings of an evaluation.
#[derive(Debug)]
pub(crate) struct Evaluate {
    /// The rows of each set.
    pub(crate) sets: Vec<Input>,
    pub(crate) scoring: Scoring,
    pub(crate) bootstrap: Bootstrap,
    pub(crate) json: bool,
    /// The folder of the report pages.
    pub(crate) report: Option<PathBuf>,
}

pub(crate) fn run(command: Evaluate) -> Result<(), Failure> {
    interrupt::listen();
    let (backend, device) = (command.scoring.backend, command.scoring.device);
    let text = dispatch(backend, device, command)?;
    Ok(console::results(text)?)
}

impl Task for Evaluate {
    type Output = String;

    fn run<B: Backend>(self, device: &B::Device) -> Result<String> {
        let scorer = Scorer::<B>::open(&self.scoring, device)?;
        let mut reporter = Reporter::new(self.scoring.quiet);
        let opened = self.sets.iter().map(|set| self.opened(set, &scorer).with_context(|| set.named()));
        let opened = opened.collect::<Result<Vec<_>>>()?;
        // All sets have one file of labels.
        let read = ReadFiles::of(&opened, self.sets.first().and_then(|set| set.label_file.as_deref()));
        // The pages of several sets are in one folder, which outlives them.
        let parent = self.report.as_deref().map(OutputFolder::create).transpose()?;
        let page =
            |(folder, source): (Option<PathBuf>, &Source)| folder.map(|folder| new_page(&folder, &read, source, &scorer)).transpose();
        let pages = self.folders().into_iter().zip(&opened).map(page).collect::<Result<Vec<_>>>()?;
        let mut sets = Vec::with_capacity(self.sets.len());
        for ((set, source), page) in self.sets.iter().zip(opened).zip(pages) {
            sets.push(self.evaluate(set, source, page, &scorer, &mut reporter).with_context(|| set.named())?);
        }
        if let Some(parent) = parent {
            parent.keep();
        }
        scorer.report_notes(&reporter);
        let comparison = Comparison {
            model: scorer.file().to_owned(),
            score: scorer.kind().name().to_owned(),
            threshold: scorer.threshold().map(description),
            sets,
        };
        Ok(if self.json { format!("{:#}\n", comparison.to_json()) } else { comparison.to_text()? })
    }
}

impl Evaluate {
    /// The rows of a set, whose labels are clear, with the columns that a page shows of packets.
    fn opened<B: Backend>(&self, set: &Input, scorer: &Scorer<B>) -> Result<Source> {
        let mut source = scorer.source(set, &[])?.with_row_labels();
        source.normal_labels()?;
        if self.report.is_some()
            && let Ok(needed) = FlaggedPacket::columns(&source)
        {
            source = source.keep(needed)?;
        }
        Ok(source)
    }

    fn evaluate<B: Backend>(
        &self,
        set: &Input,
        source: Source,
        mut page: Option<ReportData>,
        scorer: &Scorer<B>,
        reporter: &mut Reporter,
    ) -> Result<EvaluatedSet> {
        let mut watch = scorer.model().drift_watch();
        reporter.say_notes(&source);
        reporter.begin("scoring", source.bytes());
        let pass = source.pass(0)?;
        let counts = pass.progress();
        let mut scoring = ScoredPass::new(scorer, &source, false)?;
        let (mut scores, mut anomalies, mut kinds, mut tally) = (Vec::new(), Vec::new(), Vec::new(), Tally::default());
        for batch in pass {
            let batch = batch?;
            let (found, _) = scoring.score(&batch, false)?;
            tally.count(&found, batch.anomalies());
            watch.observe(batch.data())?;
            if let Some(page) = &mut page {
                page.take(scorer, &batch, &found, None)?;
            }
            scores.extend(found.scored.scores);
            anomalies.extend_from_slice(batch.anomalies().unwrap_or_default());
            kinds.extend_from_slice(batch.labels().unwrap_or_default());
            reporter.advance(counts.bytes(), counts.rows());
        }
        reporter.end();
        let name = if self.sets.len() > 1 { format!("{}: ", set.named()) } else { String::new() };
        tally.report(scorer, &counts, &name, reporter);

        let ranking = Ranking::new(&scores, &anomalies)?;
        let threshold = scorer.threshold().map(AppliedThreshold::value);
        let names = source.label_kinds().kinds();
        let rows = scores.iter().zip(&kinds).zip(&anomalies).filter(|&(_, &anomaly)| anomaly);
        let by_kind = rows.map(|((&score, &kind), _)| (score, names[kind as usize].label.as_str()));
        let kinds = threshold.map_or_else(Vec::new, |threshold| recall_by_kind(by_kind, threshold));
        drop((scores, anomalies));
        let evaluation = Evaluation::new(&ranking, threshold, self.bootstrap);
        let drift = NamedDrift::new(watch.drift(), tally.misfit(scorer), scorer);
        if let Some(page) = page {
            let path = page.write(scorer, set.named(), drift.clone(), Some(curves(&ranking, &evaluation)))?;
            reporter.say(&format!("wrote {}", path.display()));
        }
        Ok(EvaluatedSet { path: set.named(), dropped: counts.dropped(), evaluation, kinds, drift })
    }

    /// The folder for the page of each set.
    fn folders(&self) -> Vec<Option<PathBuf>> {
        let Some(folder) = &self.report else { return vec![None; self.sets.len()] };
        if self.sets.len() == 1 {
            return vec![Some(folder.clone())];
        }
        let names: Vec<_> = self.sets.iter().map(|set| short_name(&set.named())).collect();
        distinct(names).into_iter().map(|name| Some(folder.join(name))).collect()
    }
}

/// A page about the rows of a source in a folder, which is made now.
fn new_page<B: Backend>(folder: &Path, read: &ReadFiles, source: &Source, scorer: &Scorer<B>) -> Result<ReportData> {
    read.check(&page_in(folder), Content::Report)?;
    let page = ReportData::new(folder, None)?;
    Ok(match FlaggedPacket::columns(source) {
        Ok(added) => page.with_packets(scorer.names().to_vec(), added),
        Err(_) => page,
    })
}

/// The name of a set for its folder: the last part of its path, without extensions, with `_` for unusual characters.
fn short_name(path: &str) -> String {
    let last = path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = last.split('.').find(|part| !part.is_empty()).unwrap_or_default();
    let name: String = stem.chars().map(|letter| if letter.is_alphanumeric() || "_-".contains(letter) { letter } else { '_' }).collect();
    if name.is_empty() || name == "-" { "set".to_owned() } else { name }
}

/// The names, with a number appended to each that occurred before.
fn distinct(names: Vec<String>) -> Vec<String> {
    let mut taken = HashSet::new();
    let free = |name: String| {
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(&name.to_lowercase())).unwrap_or(name);
        taken.insert(free.to_lowercase());
        free
    };
    names.into_iter().map(free).collect()
}

/// The curves for a page, and the metrics that can be computed from the rows.
fn curves(ranking: &Ranking, evaluation: &Evaluation) -> Curves {
    let plotted = ranking.plotted_curves(POINTS);
    let metrics = NAMES.iter().zip(evaluation.metrics.each()).filter_map(|((name, _), (_, estimate))| {
        let estimate = estimate.as_ref()?;
        Some(Metric { name: (*name).to_owned(), value: estimate.value, interval: estimate.low.zip(estimate.high) })
    });
    let rests_on_few = |threshold: f32| plotted.supported_from.is_none_or(|supported| threshold > supported);
    // Above all scores nothing is flagged.
    let roc = plotted.roc.iter().map(|point| (point.false_positive_rate, point.true_positive_rate));
    let few_of_roc = plotted.roc.iter().filter(|point| rests_on_few(point.threshold)).count();
    let precision_recall = plotted.precision_recall.iter().map(|point| (point.recall, point.precision)).collect();
    let few_of_precision_recall = plotted.precision_recall.iter().filter(|point| rests_on_few(point.threshold)).count();
    Curves {
        roc: Curve { points: std::iter::once((0.0, 0.0)).chain(roc).collect(), few: few_of_roc + usize::from(few_of_roc > 0) },
        precision_recall: Curve { points: precision_recall, few: few_of_precision_recall },
        metrics: metrics.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_name_of_its_set() {
        let cases = [
            ("sets/thyroid.csv", "thyroid"),
            ("sets/thyroid.csv.gz", "thyroid"),
            ("sets/2026/", "2026"),
            ("s3://bucket/flows/day=1/", "day_1"),
            ("flows/*.csv", "_"),
            ("..", "set"),
            ("-", "set"),
        ];
        for (path, name) in cases {
            assert_eq!(short_name(path), name, "{path}");
        }
    }

    #[test]
    fn no_two_sets_share_a_page() {
        let names = ["a", "b", "A", "a-2", "a"].map(str::to_owned).to_vec();
        assert_eq!(distinct(names), ["a", "b", "A-2", "a-2-2", "a-3"]);
    }
}
