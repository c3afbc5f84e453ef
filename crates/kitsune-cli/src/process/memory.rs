//! The memory that is free.

use sysinfo::System;

/// Bytes that can be allocated without swapping, within the limits of the system and of the control group. `None` if the system does not say.
pub(crate) fn available() -> Option<u64> {
    let mut system = System::new();
    system.refresh_memory();
    let available = system.available_memory();
    let available = system.cgroup_limits().map_or(available, |group| group.free_memory.min(available));
    (system.total_memory() > 0).then_some(available)
}
