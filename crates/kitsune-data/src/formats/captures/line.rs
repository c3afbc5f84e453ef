//! What a row says of its packet besides the statistics.

use std::fmt::{Display, Write};
use std::net::IpAddr;

use super::field::Field;
use crate::packets::packet::{Headers, Mac, Packet};
use crate::packets::timestamp::Timestamp;

/// A packet of a capture, whether it has statistics or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// The number among the packets of all files, from 1.
    pub(super) number: u64,
    /// What was read; `None` if the capture holds a packet there that could not be read.
    pub(super) packet: Option<Seen>,
}

/// What was read of a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) time: Timestamp,
    /// Bytes on the wire.
    pub(super) length: u32,
    /// `None` if the packet names no addresses.
    pub(super) headers: Option<Headers>,
}

impl Seen {
    /// The packet as its statistics see it, if it names addresses.
    pub(super) fn packet(&self) -> Option<Packet> {
        self.headers.map(|headers| Packet { time: self.time, headers, length: self.length })
    }
}

impl Line {
    /// The value of a field as a number; `None` if it is missing, or no number.
    pub(super) fn number(&self, field: Field) -> Option<f64> {
        match field {
            Field::Packet => Some(self.number as f64),
            Field::Time => self.packet.map(|packet| packet.time.as_seconds()),
            Field::Length => self.packet.map(|packet| packet.length.into()),
            Field::SourcePort | Field::DestinationPort => self.port(field).map(f64::from),
            Field::Source | Field::Destination | Field::Protocol | Field::SourceMac | Field::DestinationMac => None,
        }
    }

    pub(super) fn length(&self) -> Option<u32> {
        self.packet.map(|packet| packet.length)
    }

    /// One of the two ports.
    pub(super) fn port(&self, field: Field) -> Option<u16> {
        let headers = self.headers()?;
        if field == Field::SourcePort { headers.source_port } else { headers.destination_port }
    }

    /// Puts the value of a field into `text`; whether there is one.
    pub(super) fn put(&self, field: Field, text: &mut String) -> bool {
        let headers = self.headers();
        match field {
            Field::Time => put(self.packet.map(|packet| packet.time), text),
            Field::Packet => put(Some(self.number), text),
            Field::Length => put(self.length(), text),
            Field::Source => headers.is_some_and(|headers| put_end(headers.source, headers.source_mac, text)),
            Field::Destination => headers.is_some_and(|headers| put_end(headers.destination, headers.destination_mac, text)),
            Field::SourcePort | Field::DestinationPort => put(self.port(field), text),
            Field::Protocol => put(headers.map(|headers| headers.protocol), text),
            Field::SourceMac => put_mac(headers.and_then(|headers| headers.source_mac), text),
            Field::DestinationMac => put_mac(headers.and_then(|headers| headers.destination_mac), text),
        }
    }

    fn headers(&self) -> Option<&Headers> {
        self.packet.as_ref().and_then(|packet| packet.headers.as_ref())
    }
}

/// The address of an end: that of its host, or of its card where the packet names no host.
fn put_end(address: Option<IpAddr>, mac: Option<Mac>, text: &mut String) -> bool {
    if address.is_some() { put(address, text) } else { put_mac(mac, text) }
}

fn put_mac(mac: Option<Mac>, text: &mut String) -> bool {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let Some(mac) = mac else { return false };
    for (at, byte) in mac.into_iter().enumerate() {
        if at > 0 {
            text.push(':');
        }
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    true
}

fn put(value: Option<impl Display>, text: &mut String) -> bool {
    // Writing to a string cannot fail.
    value.is_some_and(|value| write!(text, "{value}").is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packets::packet::Protocol;

    #[test]
    fn a_packet_without_hosts_is_told_by_its_cards_and_what_is_unknown_is_missing() {
        let headers = Headers {
            source_mac: Some([0, 1, 2, 0xab, 0xcd, 0xef]),
            destination_mac: Some([255; 6]),
            source: None,
            destination: Some([192, 0, 2, 1].into()),
            source_port: None,
            destination_port: Some(53),
            protocol: Protocol::UDP,
        };
        let packet = Some(Seen { time: Timestamp::new(10_000_000_000, 123_456_789_000), length: 60, headers: Some(headers) });
        let nothing = Line { number: 3, packet: None };
        for (field, text, number, of_nothing) in [
            (Field::Time, Some("10000000000.123456789"), Some(10_000_000_000.123_457), None),
            (Field::Packet, Some("2"), Some(2.0), Some("3")),
            (Field::Source, Some("00:01:02:ab:cd:ef"), None, None),
            (Field::Destination, Some("192.0.2.1"), None, None),
            (Field::SourcePort, None, None, None),
            (Field::DestinationPort, Some("53"), Some(53.0), None),
            (Field::Protocol, Some("udp"), None, None),
            (Field::Length, Some("60"), Some(60.0), None),
            (Field::SourceMac, Some("00:01:02:ab:cd:ef"), None, None),
            (Field::DestinationMac, Some("ff:ff:ff:ff:ff:ff"), None, None),
        ] {
            let line = Line { number: 2, packet };
            let shown = |line: &Line| {
                let mut found = String::new();
                line.put(field, &mut found).then_some(found)
            };
            assert_eq!((shown(&line).as_deref(), line.number(field)), (text, number), "{field:?}");
            assert_eq!(shown(&nothing).as_deref(), of_nothing, "{field:?}");
        }
    }
}
