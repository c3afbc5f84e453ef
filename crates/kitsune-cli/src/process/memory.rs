//! The memory that there is.

use sysinfo::System;

/// Bytes that can be had without swapping, as far as the system and the group of this process allow.
pub(crate) fn available() -> u64 {
    let mut system = System::new();
    system.refresh_memory();
    let available = system.available_memory();
    system.cgroup_limits().map_or(available, |group| group.free_memory.min(available))
}
