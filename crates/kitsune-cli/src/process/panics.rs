//! The message that a user sees after a panic.

use std::panic::{PanicHookInfo, set_hook};

use crate::console;

/// Reports panics as bugs, except those of Polars and of its object stores. Polars panics on some damaged files, and its stores on endpoints
/// that are no addresses; kitsune-data turns these panics into errors, which are reported later.
pub(crate) fn install_hook() {
    set_hook(Box::new(|panic| {
        if !becomes_an_error(panic) {
            console::note(&format!("error: this is a bug in kitsune, please report it: {panic}"));
        }
    }));
}

fn becomes_an_error(panic: &PanicHookInfo<'_>) -> bool {
    let is_theirs = |folder: &str| folder.starts_with("polars") || folder.starts_with("object_store");
    panic.location().is_some_and(|location| location.file().split(['/', '\\']).any(is_theirs))
}
