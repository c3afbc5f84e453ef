//! What a capture says of a packet.

use crate::formats::columns::Kind;

/// What a capture says of a packet. These columns stand aside: they are features only if they are chosen by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// Seconds since 1970 as a decimal number, with all digits that the capture has: neither a float nor a time of Polars holds them all.
    Time,
    /// The number of the packet among those of all files, from 1.
    Packet,
    Source,
    Destination,
    SourcePort,
    DestinationPort,
    Protocol,
    Length,
    SourceMac,
    DestinationMac,
}

/// The fields, in the order of their columns, which come after the statistics.
pub(super) const FIELDS: [(Field, &str); 10] = [
    (Field::Time, "time"),
    (Field::Packet, "packet"),
    (Field::Source, "source"),
    (Field::Destination, "destination"),
    (Field::SourcePort, "source_port"),
    (Field::DestinationPort, "destination_port"),
    (Field::Protocol, "protocol"),
    (Field::Length, "length"),
    (Field::SourceMac, "source_mac"),
    (Field::DestinationMac, "destination_mac"),
];

impl Field {
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Time | Self::Packet | Self::Length => Kind::Number { exact_in_f32: false },
            Self::SourcePort | Self::DestinationPort => Kind::Number { exact_in_f32: true },
            Self::Source | Self::Destination | Self::SourceMac | Self::DestinationMac => Kind::Other("an address".into()),
            Self::Protocol => Kind::Other("a protocol".into()),
        }
    }
}
