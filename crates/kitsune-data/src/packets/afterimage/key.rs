//! The names of streams, as numbers of a fixed size.

use std::net::IpAddr;

use super::super::packet::{Headers, Mac, Protocol};

/// Who sends or receives: an IP address, or that of a card where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    bytes: [u64; 2],
    kind: u64,
}

/// The name of a stream.
#[derive(Clone, Copy, Debug, Eq, Hash)]
#[expect(clippy::derived_hash_with_manual_eq, reason = "equal keys have equal parts")]
pub(super) struct Key<const PARTS: usize>([u64; PARTS]);

/// A stream of one end: an address with something beside it.
pub(super) type EndKey = Key<3>;

/// The card of a source beside its address, as keys have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CardName(u64);

impl<const PARTS: usize> PartialEq for Key<PARTS> {
    /// In registers: the comparison of arrays calls the C library.
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).fold(0, |difference, (own, other)| difference | (own ^ other)) == 0
    }
}

const NO_ADDRESS: u64 = 0;
const IPV4: u64 = 1;
const IPV6: u64 = 2;
const MAC: u64 = 3;

/// What stands beside an address in the low byte of a key. Above it are a port or the bytes of a card.
const HOST: u64 = 0;
const CARD: u64 = 1 << 2;
const PORT: u64 = 2 << 2;
const NO_PORT: u64 = 3 << 2;
const ECHO: u64 = 4 << 2;

/// The names of the streams that a packet belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys {
    /// The card of the source.
    pub(super) card: CardName,
    /// Source and destination.
    pub(super) hosts: [EndKey; 2],
    /// Source and destination, each with its port.
    pub(super) sockets: [EndKey; 2],
}

impl Keys {
    /// `None` if the packet names nobody as its source.
    #[inline(always)]
    pub(super) fn of(headers: &Headers) -> Option<Self> {
        let addresses = [Address::of(headers.source, headers.source_mac), Address::of(headers.destination, headers.destination_mac)];
        if addresses[0].kind == NO_ADDRESS {
            return None;
        }
        let sockets = match headers.protocol {
            // The stream of an ARP packet is that of the card alone, as of any frame without IP.
            Protocol::Arp => [
                Address::of(None, headers.source_mac).or(addresses[0]).with(NO_PORT),
                Address::of(None, headers.destination_mac).or(addresses[1]).with(NO_PORT),
            ],
            // The name stands for ICMP over IPv4 only.
            Protocol::ICMP if matches!(headers.source, Some(IpAddr::V4(_))) => addresses.map(|address| address.with(ECHO)),
            _ => [addresses[0].with(beside(headers.source_port)), addresses[1].with(beside(headers.destination_port))],
        };
        Some(Self {
            card: CardName(headers.source_mac.map_or(HOST, |mac| CARD | number(mac) << 8)),
            hosts: addresses.map(|address| address.with(HOST)),
            sockets,
        })
    }
}

impl Keys {
    /// All that the keys are made of.
    #[inline(always)]
    pub(super) fn all(&self) -> [u64; 10] {
        let [[a, b, kind], [c, d, other_kind]] = self.hosts.map(|Key(parts)| parts);
        let [[_, e, f], [_, g, h]] = self.sockets.map(|Key(parts)| parts);
        [self.card.0, a, b, c, d, kind << 2 | other_kind, e, f, g, h]
    }
}

impl EndKey {
    /// The stream of a card and an address, from that of the address.
    pub(super) fn with_card(self, CardName(card): CardName) -> Self {
        let Self([a, b, kind]) = self;
        Self([a, b, kind | card])
    }
}

impl Address {
    fn of(address: Option<IpAddr>, card: Option<Mac>) -> Self {
        match (address, card) {
            (Some(IpAddr::V4(address)), _) => Self { bytes: [0, u32::from(address).into()], kind: IPV4 },
            (Some(IpAddr::V6(address)), _) => {
                let bytes = u128::from(address);
                Self { bytes: [(bytes >> 64) as u64, bytes as u64], kind: IPV6 }
            }
            (None, Some(card)) => Self { bytes: [0, number(card)], kind: MAC },
            (None, None) => Self { bytes: [0, 0], kind: NO_ADDRESS },
        }
    }

    fn or(self, other: Self) -> Self {
        if self.kind == NO_ADDRESS { other } else { self }
    }

    fn with(self, beside: u64) -> EndKey {
        Key([self.bytes[0], self.bytes[1], self.kind | beside])
    }
}

fn beside(port: Option<u16>) -> u64 {
    port.map_or(NO_PORT, |port| PORT | u64::from(port) << 8)
}

fn number([a, b, c, d, e, f]: Mac) -> u64 {
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(source: &str, port: Option<u16>, protocol: Protocol) -> Headers {
        Headers {
            source_mac: Some([2, 0, 0, 0, 0, 1]),
            destination_mac: Some([2, 0, 0, 0, 0, 2]),
            source: source.parse().ok(),
            destination: "192.0.2.9".parse().ok(),
            source_port: port,
            destination_port: Some(80),
            protocol,
        }
    }

    #[test]
    fn streams_have_different_names() {
        let all = [
            headers("192.0.2.1", Some(80), Protocol::TCP),
            // As text, these two would be the same.
            headers("192.0.2.18", Some(0), Protocol::TCP),
            headers("192.0.2.1", Some(0), Protocol::TCP),
            headers("192.0.2.1", None, Protocol::ICMP),
            headers("192.0.2.1", None, Protocol::Ip(47)),
            headers("192.0.2.1", None, Protocol::Arp),
            headers("::c000:201", Some(80), Protocol::TCP),
            headers("::c000:201", None, Protocol::ICMP),
        ];
        let keys: Vec<_> = all.iter().map(|headers| Keys::of(headers).unwrap()).collect();
        for (index, key) in keys.iter().enumerate() {
            for other in &keys[..index] {
                assert_ne!(key.sockets[0], other.sockets[0]);
                assert!(key.hosts.iter().all(|host| !other.sockets.contains(host) && *host != other.hosts[0].with_card(other.card)));
            }
        }
        assert_eq!(keys[0].hosts, keys[2].hosts);
    }

    #[test]
    fn without_ip_the_cards_are_the_addresses() {
        let frame = Headers {
            source: None,
            destination: None,
            source_port: None,
            destination_port: None,
            ..headers("", None, Protocol::Ethernet(0x88cc))
        };
        let arp = headers("192.0.2.1", None, Protocol::Arp);
        let [frame, arp] = [frame, arp].map(|headers| Keys::of(&headers).unwrap());
        assert_eq!(frame.sockets, arp.sockets);
        assert_ne!(frame.hosts, arp.hosts);
        let nobody = Headers { source_mac: None, source: None, ..headers("", None, Protocol::Unknown) };
        assert!(Keys::of(&nobody).is_none());
    }
}
