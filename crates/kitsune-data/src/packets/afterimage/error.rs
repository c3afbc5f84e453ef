//! Packets that have no statistics.

/// Why a packet has no statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractorError {
    /// Statistics are those of a source.
    #[error("the packet names no source, neither by an address nor by a card")]
    NoSource,
}
