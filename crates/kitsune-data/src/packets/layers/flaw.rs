//! Why a frame is not read as a whole one is.

use std::fmt;

/// Why the headers of a frame were not all read. Counted by kind in [`LayerCounts`](super::LayerCounts).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LayerFlaw {
    /// The bytes end before the addresses or ports do. Whatever is cut behind these is no flaw.
    Truncated,
    /// A field has a value that it cannot have.
    Malformed,
    /// More headers in each other than are read.
    TooDeep,
    /// The link layer is read, but this frame names neither MACs nor IP addresses.
    NoAddresses,
    /// Nobody here knows the link layer.
    UnknownLinkType,
}

impl LayerFlaw {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::Truncated, Self::Malformed, Self::TooDeep, Self::NoAddresses, Self::UnknownLinkType];
}

impl fmt::Display for LayerFlaw {
    /// What such a packet is, as in "3 packets: headers cut off".
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Truncated => "headers cut off",
            Self::Malformed => "headers malformed",
            Self::TooDeep => "too many headers in each other",
            Self::NoAddresses => "no addresses",
            Self::UnknownLinkType => "link layer not known",
        })
    }
}
