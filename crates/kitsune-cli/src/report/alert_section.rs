//! The section of the alerts: the figure on the axis of time, and a table.

use anyhow::Result;
use maud::{Markup, html};

use super::clock::to_the_second;
use super::contents::Report;
use super::flagged_table::cell;
use super::numbers::readable;
use super::strongest::ShownAlert;
use super::timeline::Timeline;
use super::timeline_figure::{LANES, timeline_figure};
use crate::alerts::duration;
use crate::console::{counted, thousands};

/// The section of the alerts about packets.
pub(super) fn alert_section(report: &Report, timeline: &Timeline) -> Result<Markup> {
    let figure = match timeline.without_time {
        Some(_) => html! {},
        None => timeline_figure(timeline, report.recorder.is_labelled())?,
    };
    Ok(html! {
        section aria-labelledby="alerts" {
            h2 #alerts { "Alerts" }
            p.lead { (lead(report, timeline)) }
            (figure)
            @if timeline.without_time.is_none() { (tables(timeline.alerts.alerts())) }
        }
    })
}

fn lead(report: &Report, timeline: &Timeline) -> String {
    if let Some(row) = timeline.without_time {
        let row = thousands(row);
        return format!(
            "Without alerts: they need the column time in seconds since 1970, as captures have it, and row {row} has another or none."
        );
    }
    let (alerts, total) = (timeline.alerts.alerts(), timeline.alerts.total());
    if report.threshold.is_none() {
        return "Without a threshold there are no alerts.".into();
    }
    if alerts.is_empty() {
        return "No packet scores above the threshold.".into();
    }
    let shown = alerts.len() as u64;
    let those = if shown < total { format!(", of which the {} of the highest scores are here", thousands(shown)) } else { String::new() };
    let flagged = report.recorder.flagged();
    let packets = if (flagged.rows().len() as u64) < flagged.total() {
        "Of the packets themselves, those of the highest scores are among the flagged rows; --alerts names source and destination beside every score."
    } else {
        "The packets themselves are among the flagged rows."
    };
    format!(
        "{}{those}. An alert is about the packets above the threshold from one source to one destination, until none has come for a minute. Its reason is \
         that of its packet with the highest score. {packets}",
        counted(total, "alert")
    )
}

/// The alerts of the figure, and the others below them.
fn tables(alerts: &[ShownAlert]) -> Markup {
    let (first, further) = alerts.split_at(alerts.len().min(LANES));
    html! {
        @if !first.is_empty() { (table(first, 1)) }
        @if !further.is_empty() {
            details.more {
                summary { (counted(further.len() as u64, "further alert")) }
                (table(further, first.len() + 1))
            }
        }
    }
}

/// A table of alerts, of which the first has this number.
fn table(alerts: &[ShownAlert], number: usize) -> Markup {
    html! {
        div.card.scroll {
            table.listed.alerts role="table" {
                caption.hidden { "Alerts, the highest score first" }
                thead role="rowgroup" { tr role="row" {
                    (head("Alert", true)) (head("Source → destination", false)) (head("Beginning (UTC)", false))
                    (head("Packets", true)) (head("Top score", true)) (head("Reason", false))
                } }
                tbody role="rowgroup" { @for (number, alert) in (number..).zip(alerts) { (line(number, alert)) } }
            }
        }
    }
}

fn head(name: &str, is_number: bool) -> Markup {
    html! { th.number[is_number] role="columnheader" scope="col" { (name) } }
}

fn line(number: usize, alert: &ShownAlert) -> Markup {
    let ShownAlert { source, destination, first, last, packets, score, strongest, reason } = alert;
    let ends = html! { span.ends { bdi { (source) } " → " bdi { (destination) } } };
    let times = html! {
        time datetime=(first) { (to_the_second(*first)) }
        @if last > first { " " small { "for " (duration(last.seconds_from(*first))) } }
    };
    let top = html! { (readable(*score)) " " small { "at " (strongest.time_of_day()) (strongest.fraction()) } };
    html! {
        tr role="row" {
            (cell("Alert", None, html! { (number) }, true))
            (cell("Source → destination", None, ends, false))
            (cell("Beginning (UTC)", None, times, false))
            (cell("Packets", None, html! { (thousands(*packets)) }, true))
            (cell("Top score", None, top, true))
            td.reasons role="cell" {
                @if let Some(reason) = reason { p { (reason) } }
                button.find type="button" data-find={ (source) " " (destination) } hidden { "Show its rows" }
            }
        }
    }
}
