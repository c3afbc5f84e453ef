//! The memory that is free.

use sysinfo::System;

/// Bytes that can be allocated without swapping, within the limits of the system and of the control group.
pub(crate) fn available() -> u64 {
    let mut system = System::new();
    system.refresh_memory();
    let available = system.available_memory();
    system.cgroup_limits().map_or(available, |group| group.free_memory.min(available))
}
