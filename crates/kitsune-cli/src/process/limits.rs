//! The limits of the system on a process, for messages about what lacked.

/// Bytes of address space that the process has taken. `None` if the system does not say.
pub(crate) fn address_space() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes: u64 = status.lines().find_map(|line| line.strip_prefix("VmSize:"))?.split_ascii_whitespace().next()?.parse().ok()?;
    Some(kilobytes << 10)
}

/// A limit on a process.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    /// Processes and threads of the user.
    Threads,
    /// Bytes of address space.
    Memory,
}

impl Limit {
    /// The limit as `/proc/self/limits` has it, without an allocation. `None` if there is no limit, or if the system does not say.
    pub(crate) fn now(self) -> Option<u64> {
        use std::io::Read;

        let mut text = [0; 4096];
        let length = std::fs::File::open("/proc/self/limits").and_then(|mut file| file.read(&mut text)).ok()?;
        let name = match self {
            Self::Threads => "Max processes",
            Self::Memory => "Max address space",
        };
        let line = str::from_utf8(&text[..length]).ok()?.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_ascii_whitespace().next()?.parse().ok()
    }
}
