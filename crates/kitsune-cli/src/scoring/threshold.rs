//! The threshold from which scores are flagged.

use anyhow::{Context, Result, bail};
use burn::tensor::backend::Backend;
use kitsune_core::kinds::ThresholdKind;
use kitsune_core::scoring::AppliedThreshold;
use kitsune_core::{Error, Kitsune, ScoreKind, ThresholdChoice};

/// The threshold for scores of a kind, if there is one, and the warnings about it. `is_pooled_as_usual` if scores are pooled by hosts or not as those that the
/// threshold in the model file is for.
///
/// # Errors
/// If a threshold is asked for that cannot be fitted.
pub(super) fn find<B: Backend>(
    choice: ThresholdChoice,
    model: &Kitsune<B>,
    kind: ScoreKind,
    is_pooled_as_usual: bool,
) -> Result<(Option<AppliedThreshold>, Vec<String>)> {
    let threshold = match (choice, model.applied_threshold(kind, choice)) {
        (_, Ok(threshold)) => threshold,
        (ThresholdChoice::Model, Err(Error::NoScores)) if !is_pooled_as_usual => {
            return Ok((None, vec![format!("only scores, no verdicts: {}", other_pool(model))]));
        }
        (_, Err(Error::NoScores)) if !is_pooled_as_usual => bail!("there is no threshold: {}", other_pool(model)),
        (ThresholdChoice::Model, Err(error)) => return Ok((None, vec![format!("only scores, no verdicts: {}", lack(&error))])),
        (_, Err(Error::OtherScore { usual, found })) => bail!(
            "a threshold is fitted to scores of normal rows, and the model keeps those of its score {usual} only, not of {found}: give --threshold NUMBER",
        ),
        (_, Err(error @ Error::NoScores)) => return Err(error).context("the model has no threshold"),
        (_, Err(error)) => return Err(error.into()),
    };
    let trained = "the threshold was fitted to rows that the model was trained on, which score somewhat lower than new ones: more of these may be \
                   flagged than stated";
    let (summary, is_fitted) = (model.summary(), threshold.as_ref().is_some_and(|threshold| threshold.kind().is_some()));
    let is_warned = is_fitted && summary.held_out == 0 && summary.recalibrated_on.is_none();
    Ok((threshold, if is_warned { vec![trained.to_owned()] } else { Vec::new() }))
}

/// Why there is no threshold for scores that are pooled otherwise than usual.
fn other_pool<B: Backend>(model: &Kitsune<B>) -> String {
    let (usual, pool) = if model.pool().is_some() { ("single packets", "host") } else { ("hosts", "none") };
    format!("the model's is one for scores of {usual}, and kitsune calibrate --pool {pool} fits another one (--threshold NUMBER gives one)")
}

/// The threshold in words, for messages.
pub(crate) fn description(threshold: &AppliedThreshold) -> String {
    let how = match (threshold.kind().zip(threshold.alert_rate()), threshold.tail_probability(threshold.value())) {
        (Some((kind, alert_rate)), _) => format!("{kind}, alert rate {alert_rate}"),
        (None, Some(tail)) => format!("given, where {:.2} % of normal rows are expected", 100.0 * tail),
        (None, None) => "given".to_owned(),
    };
    format!("score {} or higher ({how})", threshold.value())
}

/// Why the model has no threshold, with the options that help.
fn lack(error: &Error) -> String {
    match error {
        Error::OtherScore { .. } => format!("{error} (--threshold NUMBER gives one)"),
        Error::NoScores => "the model does not know how normal rows score, as those of older versions do not: kitsune calibrate finds out \
                            (--threshold NUMBER gives a threshold)"
            .to_owned(),
        error => format!("{error} ({})", advice(error).unwrap_or_else(|| "--threshold NUMBER gives one".into())),
    }
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
    use kitsune_core::threshold::{NormalScores, Threshold};

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
