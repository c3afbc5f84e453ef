//! The options for scoring rows, shared by the commands that score.

use anyhow::anyhow;
use clap::Args;
use kitsune_core::kinds::{Named, ThresholdKind};
use kitsune_core::{KitsuneConfig, ScoreKind, ThresholdChoice};

use super::backend::BackendArgs;
use super::choices::{choice, pool};
use super::model_file::ModelFileArgs;
use crate::failure::Failure;
use crate::scoring::Scoring;
use crate::scoring::pooling::PoolBy;

#[derive(Debug, Args)]
pub(super) struct ScoringArgs {
    #[command(flatten)]
    model: ModelFileArgs,
    /// Number of rows that are scored at once; it changes no score.
    #[arg(long, value_name = "ROWS", allow_negative_numbers = true, default_value = "1024", value_parser = clap::value_parser!(u32).range(1..))]
    batch_size: u32,
    /// Score by all parts of the model, by one of them, or by its head [default: the model's].
    #[arg(long, value_parser = choice::<ScoreKind>())]
    score: Option<ScoreKind>,
    /// Lowest score of an anomaly: quantile, log-normal or peaks to fit it, a NUMBER, or none [default: the model's].
    ///
    /// quantile, log-normal and peaks fit the threshold to the scores of normal rows that the model keeps. A NUMBER is the threshold itself. With none
    /// there are scores, but no verdicts.
    #[arg(long, value_name = "KIND|NUMBER", allow_negative_numbers = true, value_parser = threshold)]
    threshold: Option<Wanted>,
    /// Share of normal rows that the fitted threshold flags [default: the model's].
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    alert_rate: Option<f64>,
    /// Whose scores are pooled [default: as the model's threshold needs it].
    ///
    /// With host, a packet has the damped mean of the scores of its source's packets so far, which count half after 10 seconds. The rows need the columns
    /// time (in seconds since 1970) and source, as captures have. Verdicts need a model whose threshold is one of such scores: kitsune calibrate --pool host
    /// makes it. Without one, --threshold NUMBER gives verdicts.
    #[arg(long, value_parser = pool())]
    pool: Option<PoolBy>,
    /// No progress, only errors.
    #[arg(long, short)]
    quiet: bool,
}

/// The values of `--threshold`.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    None,
    Kind(ThresholdKind),
    Score(f32),
}

impl ScoringArgs {
    pub(super) fn resolve(self, backend: BackendArgs) -> Result<Scoring, Failure> {
        if let Some(rate) = self.alert_rate {
            KitsuneConfig::new().with_alert_rate(rate).validate()?;
        }
        let threshold = match (self.threshold, self.alert_rate) {
            (None, None) => ThresholdChoice::Model,
            (Some(Wanted::None), None) => ThresholdChoice::None,
            (Some(Wanted::Score(score)), None) => ThresholdChoice::Score(score),
            (Some(Wanted::Kind(kind)), alert_rate) => ThresholdChoice::Fit { kind: Some(kind), alert_rate },
            (None, alert_rate) => ThresholdChoice::Fit { kind: None, alert_rate },
            (Some(Wanted::None | Wanted::Score(_)), Some(_)) => {
                return Err(Failure::usage(anyhow!(
                    "--alert-rate goes with a threshold that is fitted: give --threshold quantile, log-normal or peaks, or leave it out"
                )));
            }
        };
        Ok(Scoring {
            model: self.model.model,
            batch_size: self.batch_size as usize,
            score: self.score,
            threshold,
            pool: self.pool,
            backend: backend.backend,
            device: backend.device,
            quiet: self.quiet,
        })
    }
}

fn threshold(text: &str) -> Result<Wanted, String> {
    if text == "none" {
        return Ok(Wanted::None);
    }
    if let Ok(kind) = ThresholdKind::from_name(text) {
        return Ok(Wanted::Kind(kind));
    }
    let number = text.parse().ok().filter(|number: &f32| number.is_finite());
    number.map(Wanted::Score).ok_or_else(|| "give quantile, log-normal, peaks, a NUMBER, or none".into())
}
