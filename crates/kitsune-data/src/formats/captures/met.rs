//! The link types that were met.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::packets::link_type::LinkType;

/// The link types that were met so far in any pass over some captures. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct LinkTypes(Arc<Mutex<Vec<u16>>>);

impl LinkTypes {
    pub(super) fn meet(&self, link_type: LinkType) {
        let mut known = self.lock();
        if let Err(at) = known.binary_search(&link_type.0) {
            known.insert(at, link_type.0);
        }
    }

    /// Their numbers, ascending.
    pub(super) fn numbers(&self) -> Vec<u16> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u16>> {
        // Nothing but a number is ever inserted.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
