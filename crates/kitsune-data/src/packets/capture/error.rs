//! Why a stream of bytes is not read as a capture.

use std::io;

/// Why no packets are read. What is odd in a capture is no error, but counted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// There are no bytes at all.
    #[error("the capture is empty: not even the header of a pcap or pcapng file is there")]
    Empty,

    /// The first bytes are those of something else.
    #[error("this is no pcap or pcapng capture: it begins with {found}")]
    NotACapture {
        /// The first bytes, and what begins with them.
        found: String,
    },

    /// The stream ends before its header does.
    #[error("the capture ends after {length} bytes, within its header")]
    HeaderCut {
        /// The number of bytes.
        length: usize,
    },

    /// The header is that of a format which nobody had defined yet.
    #[error("{format} captures of version {major}.{minor} are not known: save the capture as version {known}")]
    UnknownVersion {
        /// The name of the format.
        format: &'static str,
        /// The version that was found.
        major: u16,
        /// As `major`.
        minor: u16,
        /// The version that is known.
        known: &'static str,
    },

    /// Reading failed.
    #[error("the capture cannot be read")]
    Read(#[from] io::Error),
}

/// What other files begin with that are taken for captures.
const OTHERS: [(&[u8], &str); 7] = [
    (&[0x1f, 0x8b], "gzip, to be unpacked first"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "zstd, to be unpacked first"),
    (b"BZh", "bzip2, to be unpacked first"),
    (&[0xfd, b'7', b'z', b'X', b'Z'], "xz, to be unpacked first"),
    (b"PK\x03\x04", "zip, to be unpacked first"),
    (b"snoop\0", "snoop, which editcap turns into pcap"),
    (b"GMBU", "Network Monitor, which editcap turns into pcap"),
];

impl CaptureError {
    /// What to say of a stream that begins with `bytes`.
    pub(super) fn not_a_capture(bytes: &[u8]) -> Self {
        let first: Vec<_> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let first = first.join(" ");
        let other = OTHERS.iter().find(|(start, _)| bytes.starts_with(start));
        Self::NotACapture { found: other.map_or_else(|| first.clone(), |(_, name)| format!("{first} ({name})")) }
    }
}
