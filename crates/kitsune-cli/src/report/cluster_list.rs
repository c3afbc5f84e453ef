//! The section of the clusters: their columns and weights.

use maud::{Markup, html};

use super::cluster::Cluster;
use super::numbers::percent;
use super::text::shortened;
use crate::console::{counted, thousands};

/// The most clusters that a page shows.
const CLUSTERS: usize = 400;
/// The clusters that are open at once.
const AT_ONCE: usize = 12;
/// The columns of a cluster that are open at once.
const COLUMNS: usize = 10;
/// The most bytes of all column names together.
const BYTES: usize = 500_000;

/// The section of the clusters, the cluster with the largest weight first.
pub(super) fn cluster_list(clusters: &[Cluster]) -> Markup {
    let mut sorted: Vec<_> = clusters.iter().collect();
    sorted.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.number.cmp(&b.number)));
    let heaviest = sorted.first().map_or(1.0, |cluster| cluster.weight).max(f64::MIN_POSITIVE);
    let mut bytes = BYTES;
    let mut cards = sorted.iter().take(CLUSTERS).map(|cluster| card(cluster, heaviest, &mut bytes));
    let columns: usize = clusters.iter().map(|cluster| cluster.columns.len()).sum();
    html! {
        section aria-labelledby="clusters" {
            h2 #clusters { "Clusters" }
            @if clusters.is_empty() {
                p.lead { "The model has no clusters." }
            } @else {
                p.lead {
                    (counted(columns as u64, "column")) " in " (counted(clusters.len() as u64, "cluster")) ". Columns that move together \
                    are watched together; a row stands out where they no longer do. " (weights(&sorted))
                }
                ol.clusters { @for card in cards.by_ref().take(AT_ONCE) { (card) } }
                @if sorted.len() > AT_ONCE {
                    details.more {
                        summary { (counted((sorted.len().min(CLUSTERS) - AT_ONCE) as u64, "further cluster")) }
                        ol.clusters { @for card in cards { (card) } }
                    }
                }
                @if sorted.len() > CLUSTERS {
                    p { "The " (thousands((sorted.len() - CLUSTERS) as u64)) " clusters of the least weight are not shown." }
                }
            }
        }
    }
}

/// A sentence on the weights: each cluster has a share in the score, and other parts of the model see all columns.
fn weights(clusters: &[&Cluster]) -> String {
    let all: f64 = clusters.iter().map(|cluster| cluster.weight).sum();
    let weight = "The weight is the share of a cluster in the score";
    if all <= 0.0 {
        format!("{weight}: none, for this score comes from parts of the model that see all columns at once.")
    } else if all > 0.999 {
        format!("{weight}.")
    } else {
        format!("{weight}; together they make up {}, and parts of the model that see all columns at once the rest.", percent(all))
    }
}

fn card(cluster: &Cluster, heaviest: f64, bytes: &mut usize) -> Markup {
    let fits = |name: &String| {
        let left = bytes.checked_sub(name.len());
        *bytes = left.unwrap_or(0);
        left.is_some()
    };
    let names: Vec<_> = cluster.columns.iter().map(|name| shortened(name)).take_while(fits).collect();
    let (first, further) = names.split_at(names.len().min(COLUMNS));
    let unnamed = cluster.columns.len() - names.len();
    html! {
        li {
            div.cluster-head {
                strong { "Cluster " (cluster.number) }
                span { (counted(cluster.columns.len() as u64, "column")) }
                span.number { (percent(cluster.weight)) }
            }
            div.meter aria-hidden="true" { span style={ "width:" (format!("{:.1}", cluster.weight / heaviest * 100.0)) "%" } {} }
            (columns(first))
            @if !further.is_empty() {
                details { summary { (thousands(further.len() as u64)) " more" } (columns(further)) }
            }
            @if unnamed > 0 { p.note { (counted(unnamed as u64, "column")) " not named here." } }
        }
    }
}

fn columns(names: &[String]) -> Markup {
    html! { ul.names { @for name in names { li { bdi { (name) } } } } }
}
