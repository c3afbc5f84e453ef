//! File systems whose files take memory.

use std::path::Path;

/// Whether the files of a folder take memory, as those of a tmpfs do. Only Linux tells; elsewhere, and if the folder does not exist, the answer is no.
pub fn is_in_memory(folder: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        // The magic numbers of tmpfs and ramfs.
        const IN_MEMORY: [i128; 2] = [0x0102_1994, 0x8584_58f6];
        rustix::fs::statfs(folder).is_ok_and(|system| IN_MEMORY.contains(&i128::from(system.f_type)))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = folder;
        false
    }
}
