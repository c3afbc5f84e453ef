//! Numbers and texts from bytes that may end anywhere.

use crate::torch::fault::Fault;

/// The bytes that are not read yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next `count` bytes, whatever number a file gives for it.
    pub(super) fn take(&mut self, count: u64) -> Result<&'a [u8], Fault> {
        let parts = usize::try_from(count).ok().and_then(|count| self.0.split_at_checked(count));
        let (taken, rest) = parts.ok_or_else(ends_early)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next line, without its end.
    pub(super) fn line(&mut self) -> Result<&'a [u8], Fault> {
        let end = self.0.iter().position(|&byte| byte == b'\n').ok_or_else(ends_early)?;
        let line = self.take(end as u64)?;
        self.take(1)?;
        Ok(line)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (&taken, rest) = self.0.split_first_chunk().ok_or_else(ends_early)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Fault> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Fault> {
        self.array().map(u64::from_le_bytes)
    }
}

fn ends_early() -> Fault {
    Fault::damaged("its pickle or its list of members ends too early")
}
