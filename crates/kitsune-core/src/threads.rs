//! Work shared by threads.

use std::sync::{Mutex, PoisonError};

/// Runs over all items, on this thread and on those of the pool. Each thread takes the next item when it is free. This thread begins at
/// once: with few and short items, the others may hardly wake before all are done.
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
