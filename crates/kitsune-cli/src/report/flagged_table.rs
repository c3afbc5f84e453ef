//! The table of the flagged rows, which a script sorts and filters. Without scripts it shows all rows, the highest score first.

use maud::{Markup, html};

use super::contents::Report;
use super::flagged::{Flagged, ShownReason};
use super::numbers::{percent, readable};
use crate::console::{counted, thousands};

/// The most bytes of all rows together, since names and values can be long.
const BYTES: usize = 3_200_000;
/// The reasons that are open at once.
const AT_ONCE: usize = 3;
/// The most `--keep` columns in the table.
const KEPT: usize = 16;

/// The section of the flagged rows.
pub(super) fn flagged_table(report: &Report) -> Markup {
    let flagged = report.recorder.flagged();
    let rows = flagged.rows();
    html! {
        section aria-labelledby="flagged" {
            h2 #flagged { "Flagged rows" }
            @if rows.is_empty() {
                p.lead {
                    @if report.threshold.is_some() { "No row scores above the threshold." }
                    @else { "Without a threshold no row is flagged." }
                }
            } @else {
                (table(&rows, flagged.total()))
            }
        }
    }
}

fn table(rows: &[&Flagged], total: u64) -> Markup {
    let columns = Columns::of(rows);
    let mut bytes = 0;
    let fits = |row: &Markup| {
        bytes += row.0.len();
        bytes <= BYTES
    };
    let lines: Vec<_> = rows.iter().map(|row| line(row, &columns)).take_while(fits).collect();
    let shown = lines.len() as u64;
    html! {
        p.lead {
            @if shown < total {
                (counted(total, "row")) " flagged, of which the " (thousands(shown)) " of the highest scores are here. "
            } @else {
                (counted(total, "row")) " flagged. "
            }
            "The reasons are the columns that contributed most, with the value against what the model expected and, if it left them, the \
            values in training; the bar counts deviations of the error in training, and more for a value beyond those in training."
        }
        div #tools.tools hidden {
            label { "Filter " input #filter type="search" placeholder="row, column, value …" autocomplete="off" spellcheck="false"; }
            @if columns.label {
                label { "Label " select #label-filter {
                    option value="" { "all" } option value="anomaly" { "anomaly" } option value="normal" { "normal" }
                } }
            }
            p #status role="status" {}
        }
        div.card.scroll {
            table #flagged-table.listed role="table" {
                caption.hidden { "Flagged rows with their scores and reasons" }
                thead role="rowgroup" { tr role="row" {
                    (head("Row", true)) (head("Score", true))
                    @if columns.tail { (head("Tail probability", true)) }
                    @if columns.label { (head("Label", false)) }
                    @for name in &columns.kept { (head(name, false)) }
                    th.reasons role="columnheader" scope="col" { "Reasons" }
                } }
                tbody role="rowgroup" { @for line in &lines { (line) } }
            }
        }
        div #paging.paging hidden {
            button #more type="button" { "Show more" }
            button #all type="button" { "Show all" }
        }
    }
}

/// The columns of the table.
struct Columns {
    tail: bool,
    label: bool,
    kept: Vec<String>,
}

impl Columns {
    fn of(rows: &[&Flagged]) -> Self {
        let mut kept: Vec<String> = Vec::new();
        for (name, _) in rows.iter().flat_map(|row| &row.kept) {
            if kept.len() < KEPT && !kept.contains(name) {
                kept.push(name.clone());
            }
        }
        let tail = rows.iter().any(|row| row.tail_probability.is_some());
        Self { tail, label: rows.iter().any(|row| row.label.is_some()), kept }
    }
}

/// A heading with a button, which the script makes sort the table.
fn head(name: &str, is_number: bool) -> Markup {
    html! {
        th.number[is_number] role="columnheader" scope="col" { button type="button" { bdi { (name) } } }
    }
}

fn line(row: &Flagged, columns: &Columns) -> Markup {
    let label = match row.label {
        Some(true) => "anomaly",
        Some(false) => "normal",
        None => "",
    };
    html! {
        tr role="row" data-label=[columns.label.then_some(label)] {
            (cell("Row", Some(row.row.to_string()), html! { (thousands(row.row)) }, true))
            (cell("Score", Some(row.score.to_string()), html! { (readable(row.score.into())) }, true))
            @if columns.tail {
                @let text = row.tail_probability.map_or(String::new(), percent);
                (cell("Tail probability", row.tail_probability.map(|tail| format!("{tail:e}")), html! { (text) }, true))
            }
            @if columns.label {
                (cell("Label", None, html! { span.tag.hit[row.label == Some(true)] { (label) } }, false))
            }
            @for name in &columns.kept {
                @let value = row.kept.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value);
                (cell(name, None, html! { bdi.kept { (value) } }, false))
            }
            td.reasons role="cell" { (reasons(&row.reasons)) }
        }
    }
}

/// A cell. On a narrow page `name` is shown beside the text. The table is sorted by `value`, or by the text without one.
pub(super) fn cell(name: &str, value: Option<String>, text: Markup, is_number: bool) -> Markup {
    html! { td.number[is_number] role="cell" data-name=(name) data-value=[value] { (text) } }
}

fn reasons(reasons: &[ShownReason]) -> Markup {
    let largest = reasons.iter().map(|reason| reason.contribution.abs()).fold(f64::MIN_POSITIVE, f64::max);
    let list = |some: &[ShownReason]| html! { ul { @for reason in some { (item(reason, largest)) } } };
    let (first, further) = reasons.split_at(reasons.len().min(AT_ONCE));
    html! {
        (list(first))
        @if !further.is_empty() { details { summary { (further.len()) " more" } (list(further)) } }
    }
}

fn item(reason: &ShownReason, largest: f64) -> Markup {
    let share = reason.contribution.abs() / largest * 100.0;
    html! {
        li {
            span.what { bdi { (reason.column) } @if let Some(cluster) = reason.cluster { " " small { "cluster " (cluster) } } }
            span.weight { span { (readable(reason.contribution)) } " " i style={ "--share:" (format!("{share:.0}")) "%" } {} }
            span.values {
                b { (readable(reason.value)) } " expected " (readable(reason.expected))
                @match reason.range {
                    Some([lowest, highest]) if lowest == highest => { ", in training always " (readable(lowest)) }
                    Some([lowest, highest]) => { ", in training " (readable(lowest)) " to " (readable(highest)) }
                    None => {}
                }
            }
        }
    }
}
