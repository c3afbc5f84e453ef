//! The threshold from which scores are flagged.

use anyhow::{Context, Result, bail};
use burn::tensor::backend::Backend;
use kitsune_core::{Error, Kitsune, NormalScores, ScoreKind, Threshold, ThresholdKind};

use crate::words::Word;

/// How the threshold is to be found, from the command line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ThresholdChoice {
    /// The model's own.
    Model,
    /// No threshold.
    None,
    /// This score.
    Score(f32),
    /// A threshold fitted to the scores of normal rows in the model. A kind or rate of `None` is the model's.
    Fit { kind: Option<ThresholdKind>, alert_rate: Option<f64> },
}

/// A threshold, and how it was found.
#[derive(Debug, Clone)]
pub(crate) struct AppliedThreshold {
    value: f32,
    /// `None` for a score given on the command line.
    fitted: Option<Threshold>,
    /// The distribution of normal scores, for tail probabilities.
    tail: Option<(Threshold, NormalScores)>,
}

impl AppliedThreshold {
    /// The threshold for scores of a kind, if the model has one, and the warnings about it.
    ///
    /// # Errors
    /// If a threshold is asked for that cannot be fitted.
    pub(crate) fn find<B: Backend>(choice: ThresholdChoice, model: &Kitsune<B>, kind: ScoreKind) -> Result<(Option<Self>, Vec<String>)> {
        let usual = model.config().score;
        let scores = model.normal_scores().filter(|_| kind == usual);
        let own = model.threshold().copied().zip(scores.cloned());
        let fitted = match choice {
            ThresholdChoice::None => return Ok((None, Vec::new())),
            ThresholdChoice::Score(value) => return Ok((Some(Self { value, fitted: None, tail: own }), Vec::new())),
            ThresholdChoice::Model => match own.map_or_else(|| usual_fit(model, kind), Ok) {
                Ok(fitted) => fitted,
                Err(reason) => return Ok((None, vec![format!("only scores, no verdicts: {reason}")])),
            },
            ThresholdChoice::Fit { kind: _, alert_rate: _ } if kind != usual => bail!(
                "a threshold is fitted to scores of normal rows, and the model keeps those of its score {} only, not of {}: give --threshold NUMBER",
                usual.word(),
                kind.word()
            ),
            ThresholdChoice::Fit { kind, alert_rate } => {
                let scores = scores.ok_or(Error::NoScores).context("the model cannot tell a threshold")?;
                let (usual_kind, usual_rate) =
                    model.threshold().map_or((model.config().threshold, model.config().alert_rate), |own| (own.kind(), own.alert_rate()));
                let threshold = Threshold::fit(scores, kind.unwrap_or(usual_kind), alert_rate.unwrap_or(usual_rate))?;
                (threshold, scores.clone())
            }
        };
        let trained = "the threshold was told by rows that the model was trained on, which score somewhat lower than new ones: more of these may be \
                       flagged than stated";
        let summary = model.summary();
        let notes = if summary.held_out == 0 && summary.recalibrated_on.is_none() { vec![trained.to_owned()] } else { Vec::new() };
        Ok((Some(Self { value: fitted.0.value(), fitted: Some(fitted.0), tail: Some(fitted) }), notes))
    }

    /// The lowest score that is flagged.
    pub(crate) fn value(&self) -> f32 {
        self.value
    }

    pub(crate) fn flags(&self, score: f32) -> bool {
        score >= self.value
    }

    /// The word for the way in which it was found.
    pub(crate) fn kind(&self) -> &'static str {
        self.fitted.map_or("given", |threshold| threshold.kind().word())
    }

    /// The share of normal rows that it should flag, if it was fitted.
    pub(crate) fn alert_rate(&self) -> Option<f64> {
        self.fitted.map(|threshold| threshold.alert_rate())
    }

    /// Whether tail probabilities are known.
    pub(crate) fn knows_tail(&self) -> bool {
        self.tail.is_some()
    }

    /// The probability that a normal row scores at least this high.
    pub(crate) fn tail_probability(&self, score: f32) -> Option<f64> {
        self.tail.as_ref().map(|(threshold, scores)| threshold.tail_probability(score, scores))
    }

    /// The threshold in words, for messages.
    pub(crate) fn description(&self) -> String {
        let how = match (self.fitted, self.tail_probability(self.value)) {
            (Some(threshold), _) => format!("{}, alert rate {}", threshold.kind().word(), threshold.alert_rate()),
            (None, Some(tail)) => format!("given, where {:.2} % of normal rows are expected", 100.0 * tail),
            (None, None) => "given".to_owned(),
        };
        format!("score {} or higher ({how})", self.value)
    }
}

/// The threshold that the model's configuration asks for, for scores of a kind, or the reason why it has none.
fn usual_fit<B: Backend>(model: &Kitsune<B>, kind: ScoreKind) -> Result<(Threshold, NormalScores), String> {
    let config = model.config();
    if kind != config.score {
        let (usual, kind) = (config.score.word(), kind.word());
        return Err(format!("the model's threshold is for its score {usual}, not for {kind} (--threshold NUMBER gives one)"));
    }
    let Some(scores) = model.normal_scores() else {
        let unknown = "the model does not know how normal rows score, as those of older versions do not: kitsune calibrate tells it";
        return Err(format!("{unknown} (--threshold NUMBER gives a threshold)"));
    };
    Threshold::fit(scores, config.threshold, config.alert_rate)
        .map(|threshold| (threshold, scores.clone()))
        .map_err(|error| format!("{error} ({})", advice(&error).unwrap_or_else(|| "--threshold NUMBER gives one".into())))
}

/// The options that help where a threshold cannot be fitted.
pub(crate) fn advice(error: &Error) -> Option<String> {
    match *error {
        Error::TooFewScores { kind, alert_rate, found, .. } => {
            let peaks = ThresholdKind::PeaksOverThreshold;
            let lowest = lowest_rate(kind, found).map(|rate| format!("--alert-rate {rate}"));
            let other = (kind != peaks && peaks.rows_needed(alert_rate) <= found).then(|| "--threshold peaks".to_owned());
            let number = "--threshold NUMBER".to_owned();
            Some([lowest, other].into_iter().flatten().chain([number]).collect::<Vec<_>>().join(" or "))
        }
        Error::TooFewPeaks { .. } | Error::NegativeScore { .. } => Some("--threshold quantile".into()),
        Error::NoScores => Some("--threshold NUMBER".into()),
        _ => None,
    }
}

/// The lowest alert rate of two digits for which `rows` rows are enough, up to 0.5.
fn lowest_rate(kind: ThresholdKind, rows: u64) -> Option<f64> {
    let rates = (0..5).rev().flat_map(|power| (10..100).map(move |digits| f64::from(digits) / 10_f64.powi(power + 2)));
    rates.take_while(|&rate| rate <= 0.5).find(|&rate| kind.rows_needed(rate) <= rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_that_is_advised_is_the_lowest_that_can_be_had() {
        let cases = [
            (ThresholdKind::Quantile, 99, Some(0.01)),
            (ThresholdKind::Quantile, 98, Some(0.011)),
            (ThresholdKind::Quantile, 30, Some(0.033)),
            (ThresholdKind::Quantile, 1, Some(0.5)),
            (ThresholdKind::LogNormal, 19, None),
            (ThresholdKind::PeaksOverThreshold, 99, None),
            (ThresholdKind::PeaksOverThreshold, 480, Some(0.000_021)),
        ];
        for (kind, rows, rate) in cases {
            assert_eq!(lowest_rate(kind, rows), rate, "{kind}, {rows} rows");
        }
    }

    #[test]
    fn what_is_advised_helps() {
        let scores = NormalScores::new((0..480_u16).map(f32::from).collect()).unwrap();
        let error = Threshold::fit(&scores, ThresholdKind::Quantile, 0.001).unwrap_err();
        assert_eq!(advice(&error).unwrap(), "--alert-rate 0.0021 or --threshold peaks or --threshold NUMBER");
        assert!(Threshold::fit(&scores, ThresholdKind::Quantile, 0.0021).is_ok());
        assert!(Threshold::fit(&scores, ThresholdKind::PeaksOverThreshold, 0.001).is_ok());
    }
}
