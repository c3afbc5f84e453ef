//! The HTML document of the page.

use std::path::PathBuf;

use anyhow::Result;
use kitsune_data::OutputFolder;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::alert_section::alert_section;
use super::cluster_list::cluster_list;
use super::contents::Report;
use super::drift_table::drift_table;
use super::flagged_table::flagged_table;
use super::quality::quality;
use super::score_figure::{distribution, over_rows};
use super::summary::summary;
use super::text::shortened;

/// The name of the page in its folder.
pub(super) const FILE: &str = "report.html";

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Lets the browser fetch nothing, even if a name in the data escaped into markup.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

impl Report {
    /// Writes the page into a folder and returns its path.
    ///
    /// # Errors
    ///
    /// If it cannot be written; then an older page in the folder stays as it was.
    pub(crate) fn write(&self, folder: &OutputFolder) -> Result<PathBuf> {
        let page = page(self)?.into_string();
        Ok(folder.write(FILE, page.as_bytes())?)
    }
}

/// The whole document.
pub(super) fn page(report: &Report) -> Result<Markup> {
    let data = shortened(&report.data);
    Ok(html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "kitsune " (env!("CARGO_PKG_VERSION")) };
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { "Kitsune report: " (data) }
                // Without an icon a browser asks the server for /favicon.ico.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    div.brand { (fox()) span { "Kitsune report" } }
                    h1 { bdi { (data) } }
                    p.by {
                        "Scored by " bdi { (shortened(&report.model)) } " · score " bdi { (shortened(&report.score)) }
                    }
                }
                main {
                    (summary(report))
                    @if let Some(timeline) = &report.timeline { (alert_section(report, timeline)?) }
                    @if report.recorder.scored() > 0 {
                        section aria-labelledby="scores" {
                            h2 #scores { "Scores" }
                            (over_rows(report)?)
                            (distribution(report)?)
                        }
                    }
                    @if let Some(curves) = &report.curves { (quality(curves, report.recorder.prevalence())?) }
                    (drift_table(&report.drift))
                    (flagged_table(report))
                    (cluster_list(&report.clusters))
                }
                footer { "Made by kitsune " (env!("CARGO_PKG_VERSION")) ". This page holds all it shows and fetches nothing." }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    })
}

/// The logo: a fox's head.
fn fox() -> Markup {
    html! {
        svg.fox viewBox="0 0 32 32" aria-hidden="true" {
            path.face d="M3 3 12 9h8l9-6 1 15-14 12L2 18Z" {}
            path.cheeks d="M2 18l9 1 5 6 5-6 9-1-14 12Z" {}
        }
    }
}
