//! The scores over the rows, and the distribution of the scores.

use anyhow::Result;
use maud::{Markup, PreEscaped, html};

use super::axis::Axis;
use super::chart::{ACCENT, NARROW, Plot, ROWS, Size, WIDE, chart};
use super::contents::Report;
use super::figure::{Key, figure};
use super::numbers::readable;
use super::series::Bin;
use crate::console::counted;

/// The most powers of ten that an axis shows, from the highest score down. Nobody looks for lower scores.
const DECADES: i32 = 9;
/// The factor by which a threshold may widen an axis.
const FAR: f64 = 100.0;
/// A bar is about 12 pixels wide.
const PIXELS_OF_A_BAR: u32 = 12;

/// The figure of the scores in the order of the rows.
pub(super) fn over_rows(report: &Report) -> Result<Markup> {
    let drawings = [WIDE, NARROW].map(|size| rows_chart(report, size)).into_iter().collect::<Result<Vec<_>>>()?;
    let how_to_read = format!(
        "From left to right the rows in their order, from bottom to top their scores on a logarithmic scale. Each column spans the lowest \
         to the highest score of the rows it stands for{}. {}",
        if report.threshold.is_some() { "; what reaches above the line is flagged" } else { "" },
        left_out(report),
    );
    // Only `<` can end a script element. JSON has an escape for it that HTML does not read.
    let bins = report.recorder.series().to_json().to_string().replace('<', "\\u003c");
    let readout = html! {
        p #readout.readout aria-live="polite" hidden { "Point at the chart to read rows and scores." }
        script #score-bins type="application/json" { (PreEscaped(bins)) }
    };
    Ok(figure("over-rows", "Scores over the rows", &keys(report), &drawings, how_to_read.trim_end(), readout))
}

/// The figure of the distribution of the scores.
pub(super) fn distribution(report: &Report) -> Result<Markup> {
    let drawings = [WIDE, NARROW].map(|size| histogram_chart(report, size)).into_iter().collect::<Result<Vec<_>>>()?;
    let of_whom = if report.recorder.is_labelled() {
        "The less the bars of the two labels overlap, the better the score tells them apart."
    } else {
        "Normal rows form the hill; anomalies lie apart on its right."
    };
    let how_to_read = format!(
        "Each bar counts the rows whose score lies in its range. Both axes are logarithmic: a bar that is one power of ten higher stands \
         for ten times as many rows. {of_whom}"
    );
    Ok(figure("distribution", "Distribution of the scores", &keys(report), &drawings, &how_to_read, html! {}))
}

fn keys(report: &Report) -> Vec<Key> {
    match (report.recorder.is_labelled(), &report.threshold) {
        (true, _) => vec![Key::Rows("normal rows"), Key::Accent("anomalies")],
        (false, Some(_)) => vec![Key::Rows("up to the threshold"), Key::Accent("above it")],
        (false, None) => vec![Key::Rows("all rows")],
    }
}

fn left_out(report: &Report) -> String {
    let recorder = &report.recorder;
    let mut said = Vec::new();
    if recorder.without_score() > 0 {
        said.push(format!("{} without a score leave gaps.", counted(recorder.without_score(), "row")));
    }
    if recorder.histogram().not_positive() > 0 {
        said.push(format!("{} of 0 or below lie on the lower edge.", counted(recorder.histogram().not_positive(), "score")));
    }
    said.join(" ")
}

/// An axis that shows all scores and the threshold.
fn score_axis(report: &Report, title: &'static str, ticks: usize) -> Axis {
    let bars = report.recorder.histogram().bars(usize::MAX);
    let lowest = bars.first().map(|bar| bar.low);
    let highest = bars.last().map(|bar| bar.high);
    let (lowest, highest) = (lowest.unwrap_or(0.1), highest.unwrap_or(10.0));
    // A threshold far away is drawn on the edge, since the chart is about the scores.
    let threshold = report.threshold.as_ref().map_or(highest, |threshold| threshold.value.clamp(lowest / FAR, highest * FAR));
    let (low, high) = (lowest.min(threshold), highest.max(threshold));
    let low = low.max(high * 10f64.powi(-DECADES));
    // A twentieth of the range is left free on both sides, or a tenth of the score if all scores are equal.
    let around = (high / low).powf(0.05).max(1.1);
    Axis::logarithmic(title, low / around, high * around, ticks)
}

fn rows_chart(report: &Report, size: Size) -> Result<Markup> {
    let recorder = &report.recorder;
    let (bins, width) = recorder.series().bins(size.width as usize);
    // No more ticks than rows, since there is nothing between two rows.
    let ticks = size.ticks.min(recorder.rows() as usize).max(1);
    let x = Axis::linear("row", 0.0, recorder.rows().max(1) as f64, ticks);
    let y = score_axis(report, "score", 6);
    let description = format!(
        "{} from left to right; scores from {} to {}",
        counted(recorder.rows(), "row"),
        extreme(&bins, f64::min),
        extreme(&bins, f64::max)
    );
    let threshold = report.threshold.as_ref().map(|threshold| threshold.value);
    chart(size, (x, y), ("Scores over the rows", &description), |plot| {
        draw_band(plot, &bins, width)?;
        if recorder.is_labelled() {
            draw_marks(plot, &bins, width, |bin| bin.anomalous.ends())?;
        } else if let Some(threshold) = threshold {
            let above = |(low, high): (f64, f64)| (high > threshold).then(|| (low.max(threshold), high));
            draw_marks(plot, &bins, width, |bin| bin.normal.ends().and_then(above))?;
        }
        threshold.map_or(Ok(()), |value| plot.threshold_across(value))
    })
}

/// Draws one area for each run of bins with scores.
fn draw_band(plot: &mut Plot<'_, '_>, bins: &[Bin], width: u64) -> Result<()> {
    let spans: Vec<_> = bins.iter().map(|bin| bin.normal.ends()).enumerate().collect();
    for run in spans.chunk_by(|(_, a), (_, b)| a.is_some() == b.is_some()) {
        let upper = run.iter().filter_map(|(at, span)| span.map(|(_, high)| edges(*at, width).map(|x| (x, high)))).flatten();
        let lower = run.iter().filter_map(|(at, span)| span.map(|(low, _)| edges(*at, width).map(|x| (x, low)))).flatten();
        let outline: Vec<_> = upper.chain(lower.collect::<Vec<_>>().into_iter().rev()).collect();
        if !outline.is_empty() {
            plot.area(outline, ROWS)?;
        }
    }
    Ok(())
}

/// Draws an area of its own for each bin with a span, since single rows must not look like a line.
fn draw_marks(plot: &mut Plot<'_, '_>, bins: &[Bin], width: u64, span: impl Fn(&Bin) -> Option<(f64, f64)>) -> Result<()> {
    for (at, bin) in bins.iter().enumerate() {
        if let Some((low, high)) = span(bin) {
            let [left, right] = edges(at, width);
            plot.area(vec![(left, low), (left, high), (right, high), (right, low)], ACCENT)?;
        }
    }
    Ok(())
}

/// The edges before the first and after the last row of a bin.
fn edges(bin: usize, width: u64) -> [f64; 2] {
    [bin, bin + 1].map(|bin| (bin as u64 * width) as f64)
}

fn extreme(bins: &[Bin], better: fn(f64, f64) -> f64) -> String {
    let ends = bins.iter().flat_map(|bin| [bin.normal.ends(), bin.anomalous.ends()]).flatten().flat_map(|(low, high)| [low, high]);
    ends.reduce(better).map_or("none".into(), readable)
}

fn histogram_chart(report: &Report, size: Size) -> Result<Markup> {
    let recorder = &report.recorder;
    let bars = recorder.histogram().bars((size.width / PIXELS_OF_A_BAR) as usize);
    let most = bars.iter().map(|bar| bar.normal.max(bar.anomalous)).max().unwrap_or(1) as f64;
    let x = score_axis(report, "score", size.ticks);
    // The axis starts below 1, so that the bar of a single row has a height.
    let y = Axis::logarithmic("rows", 0.6, most.max(10.0) * 1.5, 5);
    let description = format!("{} in {} bars, the highest of {} rows", counted(recorder.rows(), "row"), bars.len(), readable(most));
    let threshold = report.threshold.as_ref().map(|threshold| threshold.value);
    chart(size, (x, y), ("Distribution of the scores", &description), |plot| {
        for bar in &bars {
            let is_above = !recorder.is_labelled() && threshold.is_some_and(|threshold| (bar.low * bar.high).sqrt() > threshold);
            for (count, color) in [(bar.normal, if is_above { ACCENT } else { ROWS }), (bar.anomalous, ACCENT)] {
                if count > 0 {
                    plot.bar((bar.low, 0.0), (bar.high, count as f64), color)?;
                }
            }
        }
        threshold.map_or(Ok(()), |value| plot.threshold_down(value))
    })
}
