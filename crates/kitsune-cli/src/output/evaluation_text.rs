//! The results of `kitsune evaluate` as text and as JSON.

use std::fmt::Write;

use kitsune_core::evaluation::{Estimate, Evaluation, KindRecall, Metrics};
use serde_json::{Value, json};

use crate::console::text::shown;
use crate::console::{counted, thousands};
use crate::scoring::drift::{MovedColumn, NamedDrift};

/// The name of each metric in a list, and above a column.
pub(crate) const NAMES: [(&str, &str); 10] = [
    ("ROC AUC", "ROC AUC"),
    ("average precision", "AP"),
    ("TPR at FPR 0.1 %", "TPR@0.1%"),
    ("TPR at FPR 1 %", "TPR@1%"),
    ("TPR at FPR 5 %", "TPR@5%"),
    ("equal error rate", "EER"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("F1", "F1"),
    ("false alarm rate", "false alarms"),
];

/// Stands for a metric that cannot be computed from the rows.
const UNKNOWN: &str = "-";

/// The metrics of one set of rows.
#[derive(Debug)]
pub(crate) struct EvaluatedSet {
    /// The set, as it was named.
    pub(crate) path: String,
    /// Rows left out because a value is missing.
    pub(crate) dropped: u64,
    pub(crate) evaluation: Evaluation,
    /// The kinds of anomalies, and how many of each are flagged; empty without a threshold.
    pub(crate) kinds: Vec<KindRecall>,
    pub(crate) drift: NamedDrift,
}

/// All sets, scored by one model and one threshold.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) model: String,
    pub(crate) score: String,
    /// The threshold in words.
    pub(crate) threshold: Option<String>,
    /// At least one set.
    pub(crate) sets: Vec<EvaluatedSet>,
}

impl Comparison {
    /// All figures with all their digits.
    pub(crate) fn to_json(&self) -> Value {
        let set = |set: &EvaluatedSet| {
            let mut value = json!({ "path": set.path, "dropped": set.dropped, "drift": set.drift.to_json() });
            if let (Value::Object(fields), Value::Object(figures)) = (&mut value, json!(set.evaluation)) {
                fields.extend(figures);
                let kind =
                    |kind: &KindRecall| json!({ "kind": kind.kind, "rows": kind.rows, "flagged": kind.flagged, "recall": kind.recall() });
                fields.insert("kinds".to_owned(), set.kinds.iter().map(kind).collect());
            }
            value
        };
        let sets: Vec<Value> = self.sets.iter().map(set).collect();
        json!({ "model": self.model, "score": self.score, "sets": sets, "mean": self.means() })
    }

    /// A list of the figures of one set, or a table of several.
    pub(crate) fn to_text(&self) -> Result<String, std::fmt::Error> {
        let mut text = match &self.sets[..] {
            [set] => self.list(set)?,
            _ => self.table()?,
        };
        match &self.threshold {
            Some(threshold) => writeln!(text, "\nprecision, recall, F1 and false alarms at {threshold}")?,
            None => writeln!(text, "\nno threshold: no precision, recall, F1 and false alarms")?,
        }
        for set in self.sets.iter().filter(|set| !set.drift.columns.is_empty()) {
            let of = if self.sets.len() > 1 { format!("{}: ", shown(&set.path)) } else { String::new() };
            writeln!(text, "\n{of}columns that differ most from the training rows\n")?;
            text.push_str(&aligned(&moved(&set.drift)));
        }
        Ok(text)
    }

    /// The mean of each metric over the sets; `None` if a set lacks the metric.
    fn means(&self) -> Metrics<Option<f64>> {
        let values = |set: &EvaluatedSet| set.evaluation.metrics.map(|estimate| estimate.map(|estimate| estimate.value));
        let sum = |sum: Metrics<Option<f64>>, set: &EvaluatedSet| sum.zip(values(set), |sum, value| Some(sum? + value?));
        let first = self.sets[0].evaluation.metrics.map(|_| Some(0.0));
        self.sets.iter().fold(first, sum).map(|sum| sum.map(|sum| sum / self.sets.len() as f64))
    }

    fn list(&self, set: &EvaluatedSet) -> Result<String, std::fmt::Error> {
        let evaluation = &set.evaluation;
        let (rows, anomalies) = (evaluation.rows as u64, evaluation.anomalies as u64);
        let mut text = String::new();
        writeln!(
            text,
            "{}: {}, {} of them anomalies, by the score {}\n",
            shown(&set.path),
            counted(rows, "row"),
            thousands(anomalies),
            self.score
        )?;
        let percent = 100.0 * evaluation.confidence;
        let head = if evaluation.replicates > 0 { format!("{percent:.0} % interval") } else { String::new() };
        let mut lines = vec![[String::new(), "value".to_owned(), head]];
        for ((name, _), (_, estimate)) in NAMES.iter().zip(evaluation.metrics.each()) {
            lines.push([(*name).to_owned(), value(estimate.map(|estimate| estimate.value)), interval(estimate.as_ref())]);
        }
        text.push_str(&aligned(&lines));
        // Of a single kind the recall stands above.
        if set.kinds.len() > 1 {
            text.push('\n');
            text.push_str(&by_kind(&set.kinds));
        }
        Ok(text)
    }

    fn table(&self) -> Result<String, std::fmt::Error> {
        let head = |first: [&str; 3]| first.into_iter().chain(NAMES.iter().map(|(_, short)| *short)).map(str::to_owned).collect::<Vec<_>>();
        let mut lines = vec![head(["set", "rows", "anomalies"])];
        for EvaluatedSet { path, evaluation, .. } in &self.sets {
            let mut line = vec![shown(path), thousands(evaluation.rows as u64), thousands(evaluation.anomalies as u64)];
            line.extend(evaluation.metrics.each().map(|(_, estimate)| value(estimate.map(|estimate| estimate.value))));
            lines.push(line);
        }
        let mut mean = vec!["mean".to_owned(), String::new(), String::new()];
        mean.extend(self.means().each().map(|(_, mean)| value(*mean)));
        lines.push(mean);
        let mut text = aligned(&lines);

        let first = &self.sets[0].evaluation;
        if first.replicates > 0 {
            let percent = 100.0 * first.confidence;
            writeln!(
                text,
                "\n{percent:.0} % intervals, by drawing the rows of each set anew {} times",
                thousands(first.replicates.into())
            )?;
            let mut lines =
                vec![std::iter::once("set").chain(NAMES.iter().map(|(_, short)| *short)).map(str::to_owned).collect::<Vec<_>>()];
            for EvaluatedSet { path, evaluation, .. } in &self.sets {
                let intervals = evaluation.metrics.each().map(|(_, estimate)| interval(estimate.as_ref()));
                lines.push(std::iter::once(shown(path)).chain(intervals).collect());
            }
            text.push_str(&aligned(&lines));
        }
        Ok(text)
    }
}

/// A table of the kinds of anomalies.
fn by_kind(kinds: &[KindRecall]) -> String {
    let mut lines = vec![["kind", "rows", "flagged", "recall"].map(str::to_owned)];
    for kind in kinds {
        lines.push([shown(&kind.kind), thousands(kind.rows), thousands(kind.flagged), value(Some(kind.recall()))]);
    }
    aligned(&lines)
}

/// A line for each column that moved.
fn moved(drift: &NamedDrift) -> Vec<[String; 5]> {
    let head = ["column", "outside", "range in training", "median", "usual in training"].map(str::to_owned);
    let line = |MovedColumn { name, drift }: &MovedColumn| {
        let usual = drift.usual.map_or_else(|| UNKNOWN.to_owned(), short);
        let range = format!("{} to {}", short(drift.lowest), short(drift.highest));
        [shown(name), format!("{:.1} %", 100.0 * drift.outside), range, short(drift.median), usual]
    };
    std::iter::once(head).chain(drift.columns.iter().map(line)).collect()
}

/// A number with four significant digits.
fn short(value: f64) -> String {
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    if rounded != 0.0 && !(1e-4..1e9).contains(&rounded.abs()) { format!("{rounded:e}") } else { rounded.to_string() }
}

fn value(value: Option<f64>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |value| format!("{value:.4}"))
}

fn interval(estimate: Option<&Estimate>) -> String {
    match estimate {
        Some(Estimate { low: Some(low), high: Some(high), .. }) => format!("{low:.4}-{high:.4}"),
        _ => String::new(),
    }
}

/// Aligns lines with equal numbers of cells: the first column to the left, the others to the right.
fn aligned<L: AsRef<[String]>>(lines: &[L]) -> String {
    let columns = lines.first().map_or(0, |line| line.as_ref().len());
    let letters = |cell: &String| cell.chars().count();
    let width = |column: usize| lines.iter().map(|line| letters(&line.as_ref()[column])).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let mut cells = String::new();
        for (column, (cell, width)) in line.as_ref().iter().zip(&widths).enumerate() {
            let blanks = " ".repeat(width - letters(cell));
            let parts = if column == 0 { [cell, &blanks, ""] } else { ["  ", &blanks, cell] };
            cells.extend(parts);
        }
        text.push_str(cells.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use kitsune_core::evaluation::{Bootstrap, Ranking};

    use super::*;

    fn comparison(sets: &[(&str, &[f32])]) -> Comparison {
        let set = |&(path, scores): &(&str, &[f32])| {
            let labels: Vec<bool> = (0..scores.len()).map(|row| row % 2 == 1).collect();
            let ranking = Ranking::new(scores, &labels).unwrap();
            let evaluation = Evaluation::new(&ranking, Some(2.0), Bootstrap::new(0));
            EvaluatedSet { path: path.into(), dropped: 0, evaluation, kinds: Vec::new(), drift: NamedDrift::default() }
        };
        let (model, score) = ("model".into(), "combined".into());
        Comparison { model, score, threshold: None, sets: sets.iter().map(set).collect() }
    }

    #[test]
    fn columns_are_aligned_whatever_their_letters() {
        let lines = [["ä", "x"], ["bcd", "12"]].map(|line| line.map(str::to_owned));
        assert_eq!(aligned(&lines), "ä     x\nbcd  12\n");
    }

    #[test]
    fn numbers_have_four_digits() {
        let cases = [(0.0, "0"), (-12.34567, "-12.35"), (123_456.0, "123500"), (1.5e12, "1.5e12"), (0.000_012_346, "1.235e-5")];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn a_mean_is_that_of_sets_that_all_tell_the_figure() {
        // The second set flags nothing at 2, so it has no precision.
        let both = comparison(&[("a", &[1.0, 2.0, 1.5, 3.0]), ("b", &[1.0, 0.5, 1.5, 0.6])]);
        let means = both.means();
        assert_eq!((means.roc_auc, means.recall, means.precision), (Some(0.5), Some(0.5), None));
        let text = both.to_text().unwrap();
        let mean: Vec<_> = text.lines().find(|line| line.starts_with("mean")).unwrap().split_whitespace().collect();
        assert_eq!(mean, ["mean", "0.5000", "0.7083", "-", "-", "-", "0.5000", "-", "0.5000", "0.5000", "0.0000"]);
    }
}
