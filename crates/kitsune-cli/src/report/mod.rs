//! The report page: one HTML file about the rows of a run, which needs neither a network nor other files.
//!
//! A [`Recorder`](recorder::Recorder) takes scores and flagged rows batch by batch, in memory that does not grow with the rows, and so does a
//! [`Timeline`](timeline::Timeline) packets and alerts. A [`Report`](contents::Report) draws them. The page depends on no clock and no random number, so the same run gives the same bytes.

mod alert_section;
mod axis;
mod chart;
mod clock;
mod cluster;
mod cluster_list;
pub(crate) mod collect;
mod contents;
pub(crate) mod curves;
mod drift_table;
mod figure;
mod flagged;
mod flagged_table;
mod followed;
mod histogram;
mod numbers;
mod page;
mod quality;
mod recorder;
mod score_figure;
mod series;
mod strongest;
mod summary;
mod text;
mod ticks;
mod timeline;
mod timeline_figure;
mod traffic;

#[cfg(test)]
mod tests;
