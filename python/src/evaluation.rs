//! Scores against labels.

use std::ops::ControlFlow;

use burn::tensor::backend::Backend;
use kitsune_core::evaluation::{Bootstrap, Evaluation, Ranking, recall_by_kind};
use kitsune_core::scoring::AppliedThreshold;
use kitsune_core::{Error, Kitsune, ScoreKind, ScoreOptions};
use serde_json::{Value, json};

use crate::failure::Answer;
use crate::input::Input;
use crate::scoring::{open, scores};
use crate::watcher::Watcher;

/// What scores are compared with.
pub(crate) struct Measure<'a> {
    pub(crate) kind: ScoreKind,
    pub(crate) threshold: Option<AppliedThreshold>,
    pub(crate) bootstrap: Bootstrap,
    pub(crate) watcher: &'a Watcher,
}

impl Measure<'_> {
    /// The figures of rows with a label each, which is true for an anomaly. Rows without a score do not count.
    pub(crate) fn by_labels<B: Backend>(&self, model: &Kitsune<B>, input: &Input, labels: &[bool]) -> Answer<Value> {
        let scores = scores(model, input, self.kind, self.watcher)?;
        if scores.len() != labels.len() {
            return Err(anyhow::anyhow!("there are {} labels for {} rows", labels.len(), scores.len()).into());
        }
        let (scores, labels): (Vec<f32>, Vec<bool>) = scores.into_iter().zip(labels).filter(|(score, _)| !score.is_nan()).unzip();
        Ok(json!(self.evaluation(&Ranking::new(&scores, &labels)?)?))
    }

    /// The figures of rows that have labels of their own, and the recall of each kind of anomaly.
    pub(crate) fn by_label_column<B: Backend>(&self, model: &Kitsune<B>, input: &Input) -> Answer<Value> {
        let source = open(model, &input.rows)?.with_row_labels();
        source.normal_labels()?;
        let check = || self.watcher.look();
        let options = ScoreOptions::new().with_score(self.kind).with_check(&check);
        let (mut scores, mut anomalies, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        for batch in source.pass(0)? {
            let batch = batch?;
            scores.extend(self.watcher.answer(model.score_rows(batch.data(), &options).map_err(Into::into))?.scores);
            anomalies.extend_from_slice(batch.anomalies().unwrap_or_default());
            kinds.extend_from_slice(batch.labels().unwrap_or_default());
        }
        let mut figures = json!(self.evaluation(&Ranking::new(&scores, &anomalies)?)?);
        let names = source.label_kinds().kinds();
        let rows = scores.iter().zip(&kinds).zip(&anomalies).filter(|&(_, &anomaly)| anomaly);
        let by_kind = rows.map(|((&score, &kind), _)| (score, names[kind as usize].label.as_str()));
        if let (Some(threshold), Value::Object(figures)) = (&self.threshold, &mut figures) {
            let kinds = recall_by_kind(by_kind, threshold.value());
            let kind = |kind: &kitsune_core::evaluation::KindRecall| json!({ "kind": kind.kind, "rows": kind.rows, "flagged": kind.flagged, "recall": kind.recall() });
            figures.insert("kinds".into(), kinds.iter().map(kind).collect());
        }
        Ok(figures)
    }

    fn evaluation(&self, ranking: &Ranking) -> Answer<Evaluation> {
        let threshold = self.threshold.as_ref().map(AppliedThreshold::value);
        match Evaluation::checked(ranking, threshold, self.bootstrap, || self.watcher.look()) {
            ControlFlow::Continue(evaluation) => Ok(evaluation),
            ControlFlow::Break(()) => self.watcher.answer(Err(Error::Stopped.into())),
        }
    }
}
