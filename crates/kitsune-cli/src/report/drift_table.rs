//! The section of the columns that differ most from the training rows.

use maud::{Markup, html};

use super::numbers::{percent, readable};
use super::text::shortened;
use crate::scoring::drift::{MovedColumn, NamedDrift};

/// The section of the columns that moved; nothing if none did.
pub(super) fn drift_table(drift: &NamedDrift) -> Markup {
    html! {
        @if !drift.columns.is_empty() {
            section aria-labelledby="drift" {
                h2 #drift { "Against the training rows" }
                p.lead {
                    "These columns differ most from the training rows: by the share of values outside the range of the training rows, or by \
                     their usual value, which is the median of skewed columns and the mean of others. Of all values, " (percent(drift.outside)) " lie outside."
                }
                div.card {
                    table {
                        thead { tr {
                            th scope="col" { "Column" }
                            th.number scope="col" { "Outside" }
                            th.number scope="col" { "Range in training" }
                            th.number scope="col" { "Median" }
                            th.number scope="col" { "Usual in training" }
                        } }
                        tbody { @for column in &drift.columns { (line(column)) } }
                    }
                }
            }
        }
    }
}

fn line(MovedColumn { name, drift }: &MovedColumn) -> Markup {
    html! {
        tr {
            th scope="row" { bdi { (shortened(name)) } }
            td.number { (percent(drift.outside)) }
            td.number { (readable(drift.lowest)) " – " (readable(drift.highest)) }
            td.number { (readable(drift.median)) }
            td.number { (drift.usual.map_or_else(|| "–".into(), readable)) }
        }
    }
}
