//! The first section of the page: the main figures and a sentence.

use maud::{Markup, html};

use super::contents::Report;
use super::numbers::{interval, percent, readable};
use super::text::shortened;
use crate::console::{counted, thousands};

/// The main figures, and a sentence about them.
pub(super) fn summary(report: &Report) -> Markup {
    let recorder = &report.recorder;
    let flagged = recorder.flagged().total();
    let scored = recorder.scored();
    html! {
        dl.facts {
            (fact("Rows", &thousands(recorder.rows()), &rows_note(report)))
            @if let Some(threshold) = &report.threshold {
                (fact("Flagged", &thousands(flagged), &format!("{} of the rows with a score", percent(share(flagged, scored)))))
                (fact("Threshold", &readable(threshold.value), &threshold_note(report)))
            }
            @if let (Some(timeline), true) = (&report.timeline, report.threshold.is_some()) {
                @if timeline.without_time.is_none() { (fact("Alerts", &thousands(timeline.alerts.total()), "by source and destination")) }
            }
            @for metric in report.curves.iter().flat_map(|curves| &curves.metrics).take(2) {
                (fact(&metric.name, &readable(metric.value), &interval(metric.interval)))
            }
            @if report.curves.is_none() {
                (fact("Clusters", &thousands(report.clusters.len() as u64), &columns(report)))
            }
        }
        p.lead { (sentence(report, flagged, scored)) }
        @if let Some(advice) = &report.drift.advice { p.lead { strong { (advice) "." } } }
    }
}

fn fact(name: &str, value: &str, note: &str) -> Markup {
    html! { div { dt { bdi { (shortened(name)) } } dd.value { (value) } dd.note { bdi { (note) } } } }
}

fn rows_note(report: &Report) -> String {
    let recorder = &report.recorder;
    let mut notes = Vec::new();
    if recorder.is_labelled() {
        notes.push(format!("{} labelled as anomalies", thousands(recorder.anomalies())));
    }
    if recorder.without_score() > 0 {
        notes.push(format!("{} without a score", thousands(recorder.without_score())));
    }
    if notes.is_empty() && recorder.rows() > 0 { "all with a score".into() } else { notes.join(", ") }
}

fn threshold_note(report: &Report) -> String {
    let Some(threshold) = &report.threshold else { return String::new() };
    let rate = threshold.alert_rate.map(|rate| format!(", {} stated", percent(rate)));
    format!("{}{}", shortened(&threshold.kind), rate.unwrap_or_default())
}

fn columns(report: &Report) -> String {
    let columns: usize = report.clusters.iter().map(|cluster| cluster.columns.len()).sum();
    format!("over {}", counted(columns as u64, "column"))
}

fn sentence(report: &Report, flagged: u64, scored: u64) -> String {
    if scored == 0 {
        return if report.recorder.rows() == 0 { "There were no rows." } else { "No row could be scored." }.into();
    }
    match &report.threshold {
        None => "The model has no threshold: scores only rank the rows, the highest are the most unusual.".into(),
        Some(threshold) => {
            let stated = threshold
                .alert_rate
                .map(|rate| format!(" The threshold was set so that {} of normal rows are expected above it.", percent(rate)));
            let found = format!("{} of {} score above the threshold.", thousands(flagged), counted(scored, "row"));
            found + &stated.unwrap_or_default()
        }
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
