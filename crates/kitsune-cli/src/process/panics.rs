//! The message that a user sees after a panic.

use std::panic::{PanicHookInfo, set_hook};

use super::threads;
use crate::console;

/// Reports panics as bugs, except those of Polars and of its object stores, and lacks of threads. Polars panics on some damaged files, where it
/// asks too much of the standard library as well, and its stores on endpoints that are no addresses; kitsune-data turns these panics into
/// errors, which are reported later.
pub(crate) fn install_hook() {
    set_hook(Box::new(|panic| {
        if is_lack_of_threads(panic) {
            console::note(&format!("error: {}", threads::lack()));
        } else if !becomes_an_error(panic) {
            console::note(&format!("error: this is a bug in kitsune, please report it: {panic}"));
        }
    }));
}

/// The standard library and rayon panic if code that cannot fail starts a thread in vain.
fn is_lack_of_threads(panic: &PanicHookInfo<'_>) -> bool {
    let lacks = |text: &str| text.contains("failed to spawn thread") || text.contains("ThreadPoolBuildError");
    panic.payload_as_str().is_some_and(lacks) && !becomes_an_error(panic)
}

fn becomes_an_error(panic: &PanicHookInfo<'_>) -> bool {
    let is_theirs = |folder: &str| folder.starts_with("polars") || folder.starts_with("object_store");
    let is_ours = |folder: &str| folder.starts_with("kitsune-");
    panic.location().is_some_and(|location| {
        let mut folders = location.file().split(['/', '\\']);
        folders.clone().any(is_theirs) || kitsune_data::catches_panics() && !folders.any(is_ours)
    })
}
