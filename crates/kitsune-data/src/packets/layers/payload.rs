//! What an IP header carries.

use super::flaw::LayerFlaw;

/// The bytes behind an IP header and its extensions, the beginning of a TCP header for one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Payload<'a> {
    /// The number of the protocol.
    pub(super) protocol: u8,
    pub(super) bytes: &'a [u8],
    /// Whether these are all the bytes that the header tells of.
    is_whole: bool,
}

impl<'a> Payload<'a> {
    /// What follows a header that tells of `length` bytes. `None` stands for a length that is not told, as in packets larger than the field and in those that the card will cut: they last as long as the frame.
    pub(super) fn new(protocol: u8, bytes: &'a [u8], length: Option<usize>) -> Self {
        match length.and_then(|length| bytes.get(..length)) {
            Some(bytes) => Self { protocol, bytes, is_whole: true },
            None => Self { protocol, bytes, is_whole: false },
        }
    }

    /// What a header of `length` bytes at the front stands before.
    pub(super) fn behind(self, length: usize, protocol: u8) -> Self {
        Self { protocol, bytes: self.bytes.get(length..).unwrap_or_default(), ..self }
    }

    /// What is wrong where the bytes end too early.
    pub(super) fn shortage(self) -> LayerFlaw {
        if self.is_whole { LayerFlaw::Malformed } else { LayerFlaw::Truncated }
    }
}
