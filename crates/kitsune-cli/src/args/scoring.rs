//! The options for scoring rows, shared by the commands that score.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use kitsune_core::{KitsuneConfig, ScoreKind, ThresholdKind};

use super::backend::BackendArgs;
use super::choices::choice;
use crate::failure::Failure;
use crate::scoring::Scoring;
use crate::scoring::threshold::ThresholdChoice;
use crate::words::Word;

#[derive(Debug, Args)]
pub(super) struct ScoringArgs {
    /// The model.
    #[arg(long, value_name = "FILE", default_value = "models/kitsune.safetensors")]
    model_checkpoint: PathBuf,
    /// Rows that are scored at once.
    #[arg(long, value_name = "ROWS", allow_negative_numbers = true, default_value = "1024", value_parser = clap::value_parser!(u32).range(1..))]
    batch_size: u32,
    /// Which score [default: the model's].
    #[arg(long, value_parser = choice::<ScoreKind>())]
    score: Option<ScoreKind>,
    /// From which score on a row is flagged: by quantile, log-normal or peaks, each fitted to the model's scores of normal rows; a NUMBER, the score
    /// itself; or none for scores only [default: the model's threshold].
    #[arg(long, value_name = "KIND|NUMBER", allow_negative_numbers = true, value_parser = threshold)]
    threshold: Option<Wanted>,
    /// Share of normal rows that may be flagged, for which the threshold is fitted [default: the model's].
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    alert_rate: Option<f64>,
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
            model_checkpoint: self.model_checkpoint,
            batch_size: self.batch_size as usize,
            score: self.score,
            threshold,
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
    if let Some(kind) = ThresholdKind::of_word(text) {
        return Ok(Wanted::Kind(kind));
    }
    let number = text.parse().ok().filter(|number: &f32| number.is_finite());
    number.map(Wanted::Score).ok_or_else(|| "give quantile, log-normal, peaks, a NUMBER, or none".into())
}
