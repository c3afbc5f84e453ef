//! What a user sees of a panic.

use std::panic::{PanicHookInfo, set_hook};

use crate::console;

/// Polars panics on some damaged files, and its stores on endpoints that are no addresses; kitsune-data turns these into errors, so they are
/// not told twice. Any other panic is a bug of ours.
pub(crate) fn install_hook() {
    set_hook(Box::new(|panic| {
        if !is_told_as_error(panic) {
            console::note(&format!("error: this is a bug in kitsune, please report it: {panic}"));
        }
    }));
}

fn is_told_as_error(panic: &PanicHookInfo<'_>) -> bool {
    let is_theirs = |folder: &str| folder.starts_with("polars") || folder.starts_with("object_store");
    panic.location().is_some_and(|location| location.file().split(['/', '\\']).any(is_theirs))
}
