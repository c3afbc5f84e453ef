//! The section for rows with labels: ROC curve, precision-recall curve and metrics.

use anyhow::Result;
use maud::{Markup, html};

use super::axis::Axis;
use super::chart::{Plot, SQUARE, chart};
use super::curves::{Curve, Curves, thinned};
use super::figure::{Key, figure};
use super::numbers::{interval, percent, readable};
use super::text::shortened;

/// The most metrics that a page shows.
const METRICS: usize = 100;

/// The section for rows with labels; `prevalence` is the share of anomalies among them.
pub(super) fn quality(curves: &Curves, prevalence: f64) -> Result<Markup> {
    Ok(html! {
        section aria-labelledby="quality" {
            h2 #quality { "Against the labels" }
            div.pair { (roc(curves)?) (precision_recall(curves, prevalence)?) }
            @if !curves.metrics.is_empty() { (metrics(curves)) }
        }
    })
}

fn roc(curves: &Curves) -> Result<Markup> {
    let axes = (share("false positive rate"), share("true positive rate"));
    let drawing = chart(SQUARE, axes, ("ROC curve", "True positive rate over false positive rate, both from 0 to 1"), |plot| {
        plot.guide([(0.0, 0.0), (1.0, 1.0)])?;
        draw(plot, &curves.roc)
    })?;
    let how_to_read = format!(
        "For every possible threshold the share of anomalies that is found, over the share of normal rows that is flagged with them. The \
         closer to the upper left corner the better.{}",
        few(&curves.roc)
    );
    Ok(figure("roc", "ROC curve", &keys(&curves.roc), &[drawing], &how_to_read, html! {}))
}

fn precision_recall(curves: &Curves, prevalence: f64) -> Result<Markup> {
    let axes = (share("recall"), share("precision"));
    let drawing = chart(SQUARE, axes, ("Precision-recall curve", "Precision over recall, both from 0 to 1"), |plot| {
        plot.guide([(0.0, prevalence), (1.0, prevalence)])?;
        draw(plot, &curves.precision_recall)
    })?;
    let how_to_read = format!(
        "For every possible threshold the share of flagged rows that are anomalies, over the share of anomalies that is found. The closer \
         to the upper right corner the better; flagging everything gives {}.{}",
        percent(prevalence),
        few(&curves.precision_recall)
    );
    Ok(figure("pr", "Precision and recall", &keys(&curves.precision_recall), &[drawing], &how_to_read, html! {}))
}

/// Draws a curve, of which the part that rests on few rows is dotted.
fn draw(plot: &mut Plot<'_, '_>, curve: &Curve) -> Result<()> {
    let width = plot.size().width as usize;
    let [few, rest] = curve.parts();
    if !few.is_empty() {
        plot.dotted(thinned(few, width))?;
    }
    plot.line(thinned(rest, width))
}

fn keys(curve: &Curve) -> Vec<Key> {
    let few = (curve.few > 0).then_some(Key::Few("by few rows"));
    [Key::Accent("this score")].into_iter().chain(few).chain([Key::Guide("guessing")]).collect()
}

/// Why a part of the curve is dotted.
fn few(curve: &Curve) -> &'static str {
    if curve.few == 0 {
        return "";
    }
    " Where the curve is dotted, fewer than ten normal rows score higher: other rows of the same kind may move it far."
}

fn share(title: &'static str) -> Axis {
    Axis::linear(title, 0.0, 1.0, SQUARE.ticks)
}

fn metrics(curves: &Curves) -> Markup {
    html! {
        div.card {
            table.metrics {
                caption { "Measures, with the interval that a bootstrap over the rows gives, where there was one" }
                thead { tr {
                    th scope="col" { "Measure" }
                    th.number scope="col" { "Value" }
                    th.number scope="col" { "Interval" }
                    th.scale aria-hidden="true" {}
                } }
                tbody {
                    @for metric in curves.metrics.iter().take(METRICS) {
                        tr {
                            th scope="row" { bdi { (shortened(&metric.name)) } }
                            td.number { (readable(metric.value)) }
                            td.number { (interval(metric.interval)) }
                            td.scale aria-hidden="true" {
                                @let (low, high) = metric.interval.unwrap_or((metric.value, metric.value));
                                @if [metric.value, low, high].iter().all(|value| (0.0..=1.0).contains(value)) {
                                    span.track {
                                        @let (low, high) = (hundredths(low), hundredths(1.0 - high));
                                        span.interval style={ "left:" (low) "%;right:" (high) "%" } {}
                                        span.value style={ "left:" (hundredths(metric.value)) "%" } {}
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn hundredths(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}
