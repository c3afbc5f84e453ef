//! Reading from a position of a file, which its own position has no part in.

use std::fs::File;
use std::io;

/// Reads some bytes from an offset on and appends them, at most as many as `bytes` has capacity for. Returns their number.
#[cfg(unix)]
pub(super) fn append_at(file: &File, bytes: &mut Vec<u8>, offset: u64) -> io::Result<usize> {
    Ok(rustix::io::pread(file, rustix::buffer::spare_capacity(bytes), offset)?)
}

/// Reads some bytes from an offset on and appends them, at most as many as `bytes` has capacity for. Returns their number.
#[cfg(windows)]
pub(super) fn append_at(file: &File, bytes: &mut Vec<u8>, offset: u64) -> io::Result<usize> {
    let old = bytes.len();
    bytes.resize(bytes.capacity(), 0);
    let read = std::os::windows::fs::FileExt::seek_read(file, &mut bytes[old..], offset);
    bytes.truncate(old + *read.as_ref().unwrap_or(&0));
    read
}
