//! A figure of the page: a heading, a key, drawings and a sentence on how to read them.

use maud::{Markup, html};

/// The meaning of a colour.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {
    /// Rows below the threshold, or normal ones.
    Rows(&'static str),
    /// Flagged rows, or anomalies.
    Accent(&'static str),
    /// The part of a curve that rests on few rows.
    Few(&'static str),
    Guide(&'static str),
}

/// Draws a figure. `id` is the id of the heading; `extra` comes below the drawings.
pub(super) fn figure(id: &str, title: &str, keys: &[Key], drawings: &[Markup], how_to_read: &str, extra: Markup) -> Markup {
    html! {
        figure aria-labelledby=(id) {
            div.figure-head {
                h3 id=(id) { (title) }
                @if !keys.is_empty() {
                    ul.keys {
                        @for key in keys {
                            @let (class, name) = match key {
                                Key::Rows(name) => ("rows", name),
                                Key::Accent(name) => ("accent", name),
                                Key::Few(name) => ("few", name),
                                Key::Guide(name) => ("guide", name),
                            };
                            li { span.swatch.(class) aria-hidden="true" {} (name) }
                        }
                    }
                }
            }
            @for drawing in drawings { (drawing) }
            (extra)
            figcaption { (how_to_read) }
        }
    }
}
