//! A packet as the statistics see it.

use std::fmt;
use std::net::IpAddr;

use super::timestamp::Timestamp;

/// The address of a network card.
pub type Mac = [u8; 6];

/// What a packet says of itself: when, from whom, to whom, how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Packet {
    /// When it was seen.
    pub time: Timestamp,
    /// What its headers say.
    pub headers: Headers,
    /// Bytes on the wire, those of the link layer included.
    pub length: u32,
}

/// Who speaks to whom, by the headers of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Headers {
    /// The cards that sent and receive the frame, where the link layer names them.
    pub source_mac: Option<Mac>,
    /// As `source_mac`.
    pub destination_mac: Option<Mac>,
    /// The addresses of the IP header, or those that an ARP packet tells.
    pub source: Option<IpAddr>,
    /// As `source`.
    pub destination: Option<IpAddr>,
    /// The ports, where the protocol has some and the packet holds them.
    pub source_port: Option<u16>,
    /// As `source_port`.
    pub destination_port: Option<u16>,
    /// The protocol that has the ports, or the innermost one that is known.
    pub protocol: Protocol,
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// An address resolution packet.
    Arp,
    /// A reverse address resolution packet.
    Rarp,
    /// A protocol over IP, by its number.
    Ip(u8),
    /// A protocol over Ethernet, by its number.
    Ethernet(u16),
    /// Neither is told.
    Unknown,
}

impl Protocol {
    /// ICMP over IPv4.
    pub const ICMP: Self = Self::Ip(1);
    /// The Transmission Control Protocol.
    pub const TCP: Self = Self::Ip(6);
    /// The User Datagram Protocol.
    pub const UDP: Self = Self::Ip(17);
    /// ICMP over IPv6.
    pub const ICMPV6: Self = Self::Ip(58);
    /// The Stream Control Transmission Protocol.
    pub const SCTP: Self = Self::Ip(132);
    /// UDP with a checksum over a part.
    pub const UDP_LITE: Self = Self::Ip(136);
}

impl fmt::Display for Protocol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Arp => formatter.write_str("arp"),
            Self::Rarp => formatter.write_str("rarp"),
            Self::ICMP => formatter.write_str("icmp"),
            Self::TCP => formatter.write_str("tcp"),
            Self::UDP => formatter.write_str("udp"),
            Self::ICMPV6 => formatter.write_str("icmpv6"),
            Self::SCTP => formatter.write_str("sctp"),
            Self::UDP_LITE => formatter.write_str("udp-lite"),
            Self::Ip(number) => write!(formatter, "ip-{number}"),
            Self::Ethernet(number) => write!(formatter, "ether-{number:#06x}"),
            Self::Unknown => formatter.write_str("unknown"),
        }
    }
}
