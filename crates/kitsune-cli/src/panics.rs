//! What a user sees of a panic.

use std::panic::{PanicHookInfo, set_hook};

use crate::console;

/// Polars panics on some damaged files; kitsune-data turns these into errors, so they are not told twice. Any other panic is a bug of ours.
pub(crate) fn install_hook() {
    set_hook(Box::new(|panic| {
        if !in_polars(panic) {
            console::note(&format!("error: this is a bug in kitsune, please report it: {panic}"));
        }
    }));
}

fn in_polars(panic: &PanicHookInfo<'_>) -> bool {
    panic.location().is_some_and(|location| location.file().split(['/', '\\']).any(|part| part.starts_with("polars")))
}
