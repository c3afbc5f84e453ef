//! Work shared by threads.

use std::sync::{Mutex, PoisonError};

/// Runs over all items, on this thread and on those of the pool, each item as a thread becomes free. This thread begins at once: where items are
/// few and short, the others may hardly be awake before there is nothing left.
pub(crate) fn for_each<T: Send>(items: impl ExactSizeIterator<Item = T> + Send, run: impl Fn(T) + Sync) {
    let helpers = rayon::current_num_threads().min(items.len()).saturating_sub(1);
    if helpers == 0 {
        return items.for_each(run);
    }
    let items = Mutex::new(items);
    let work = || {
        loop {
            let item = items.lock().unwrap_or_else(PoisonError::into_inner).next();
            match item {
                Some(item) => run(item),
                None => return,
            }
        }
    };
    rayon::in_place_scope(|scope| {
        (0..helpers).for_each(|_| scope.spawn(|_| work()));
        work();
    });
}
