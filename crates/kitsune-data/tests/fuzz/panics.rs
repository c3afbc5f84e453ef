//! The panics of all threads, caught or not.

use std::collections::BTreeMap;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};

/// The number of panics by source line and message.
pub(crate) type Panics = BTreeMap<String, usize>;

static HEARD: Mutex<Panics> = Mutex::new(BTreeMap::new());
static HOOK: Once = Once::new();

/// Whether panics are collected. Otherwise they are printed as usual, such as that of a failing test.
static LISTENING: AtomicBool = AtomicBool::new(false);

/// The panics on any thread while something is done, which print nothing. That must not panic itself.
pub(crate) fn heard<T>(work: impl FnOnce() -> T) -> (T, Panics) {
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !LISTENING.load(Ordering::Relaxed) {
                return usual(info);
            }
            let place = info.location().map_or_else(String::new, |place| format!("{}:{}", in_crate(place.file()), place.line()));
            let said = format!("{place}: {}", info.payload_as_str().unwrap_or_default());
            *HEARD.lock().unwrap_or_else(PoisonError::into_inner).entry(said).or_default() += 1;
        }));
    });
    LISTENING.store(true, Ordering::Relaxed);
    let done = work();
    LISTENING.store(false, Ordering::Relaxed);
    (done, std::mem::take(&mut *HEARD.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// A path without what differs between machines.
fn in_crate(file: &str) -> &str {
    file.split_once("index.crates.io-").and_then(|(_, rest)| rest.split_once('/')).map_or(file, |(_, rest)| rest)
}

#[test]
fn a_panic_is_heard_with_its_place() {
    let _alone = crate::run::alone();
    let (_, panics) = heard(|| std::thread::spawn(|| panic!("for a test")).join());
    let (said, count) = panics.first_key_value().unwrap();
    assert!(said.contains("panics.rs") && said.ends_with(": for a test"), "{said}");
    assert_eq!((panics.len(), *count), (1, 1));
}
