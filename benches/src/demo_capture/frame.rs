//! The frames of a capture: headers with their checksums, in the bytes of the wire.

use super::hosts::{Host, Mac};

/// The bytes that are kept of a frame: all headers, and the beginning of what they carry.
pub(super) const SNAPLEN: usize = 96;

/// The least length of a frame on Ethernet, without its checksum. Shorter ones are padded.
const LEAST_LENGTH: usize = 60;

/// An attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attack {
    /// Ports of several hosts are tried one after the other.
    Scan,
    /// One host sends more than another can take.
    Flood,
    /// A host takes the addresses of two others, and passes on what they send each other.
    ArpSpoof,
}

impl Attack {
    /// All of them, in their order in the capture.
    pub const ALL: [Self; 3] = [Self::Scan, Self::Flood, Self::ArpSpoof];

    /// The label of its packets.
    pub fn label(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Flood => "flood",
            Self::ArpSpoof => "arp-spoof",
        }
    }
}

/// A frame, cut to what the capture keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// Microseconds since the capture began.
    pub(super) at: u64,
    /// The first bytes.
    pub(super) bytes: Vec<u8>,
    /// The length on the wire, without the checksum of Ethernet.
    pub(super) length: u32,
    /// The attack that causes it.
    pub(super) attack: Option<Attack>,
}

impl Frame {
    /// A frame of ordinary traffic, seconds after the capture began.
    pub(super) fn new(seconds: f64, mut bytes: Vec<u8>) -> Self {
        if bytes.len() < LEAST_LENGTH {
            bytes.resize(LEAST_LENGTH, 0);
        }
        let length = bytes.len() as u32;
        bytes.truncate(SNAPLEN);
        Self { at: micros(seconds), bytes, length, attack: None }
    }

    /// The same frame as a part of an attack.
    pub(super) fn of(self, attack: Attack) -> Self {
        Self { attack: Some(attack), ..self }
    }

    /// The hardware address that it goes to.
    pub(super) fn destination(&self) -> &[u8] {
        &self.bytes[..6]
    }

    /// The hardware address that it comes from.
    pub(super) fn source(&self) -> &[u8] {
        &self.bytes[6..12]
    }

    /// The IPv4 addresses that it comes from and goes to.
    pub(super) fn addresses(&self) -> Option<(&[u8], &[u8])> {
        (self.bytes[12..14] == IPV4.to_be_bytes()).then(|| (&self.bytes[26..30], &self.bytes[30..34]))
    }

    /// Changes the hardware address that it goes to.
    pub(super) fn send_to(&mut self, mac: Mac) {
        self.bytes[..6].copy_from_slice(&mac);
    }

    /// What a host that passes an IPv4 frame on makes of it. A router counts itself among the hops.
    pub(super) fn passed_on(&self, by: Mac, to: Mac, seconds_later: f64, router: bool) -> Self {
        let mut copy = self.clone();
        copy.at += micros(seconds_later);
        copy.send_to(to);
        copy.bytes[6..12].copy_from_slice(&by);
        if router {
            copy.bytes[22] -= 1;
            copy.bytes[24..26].fill(0);
            let sum = checksum(&copy.bytes[14..34], 0);
            copy.bytes[24..26].copy_from_slice(&sum.to_be_bytes());
        }
        copy
    }
}

/// Microseconds of seconds.
pub(super) fn micros(seconds: f64) -> u64 {
    (seconds * 1e6).round() as u64
}

const IPV4: u16 = 0x0800;
const ARP: u16 = 0x0806;

/// Numbers of protocols in IPv4.
const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;

/// The header of a TCP segment, without its ports.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Segment<'a> {
    pub(super) sequence: u32,
    pub(super) acknowledged: u32,
    pub(super) flags: u8,
    pub(super) window: u16,
    pub(super) options: &'a [u8],
}

/// A TCP segment from a host's port to another's.
pub(super) fn tcp(from: (Host, u16), to: (Host, u16), id: u16, segment: Segment<'_>, payload: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(20 + segment.options.len() + payload.len());
    body.extend(from.1.to_be_bytes());
    body.extend(to.1.to_be_bytes());
    body.extend(segment.sequence.to_be_bytes());
    body.extend(segment.acknowledged.to_be_bytes());
    body.push((((20 + segment.options.len()) / 4) << 4) as u8);
    body.push(segment.flags);
    body.extend(segment.window.to_be_bytes());
    body.extend([0; 4]);
    body.extend(segment.options);
    body.extend(payload);
    let sum = checksum(&body, pseudo_header(from.0, to.0, TCP, body.len()));
    body[16..18].copy_from_slice(&sum.to_be_bytes());
    ipv4(from.0, to.0, TCP, id, &body)
}

/// A UDP datagram from a host's port to another's.
pub(super) fn udp(from: (Host, u16), to: (Host, u16), id: u16, payload: &[u8]) -> Vec<u8> {
    let length = 8 + payload.len();
    let mut body = Vec::with_capacity(length);
    body.extend(from.1.to_be_bytes());
    body.extend(to.1.to_be_bytes());
    body.extend((length as u16).to_be_bytes());
    body.extend([0; 2]);
    body.extend(payload);
    // A sum of 0 would mean that there is none.
    let sum = match checksum(&body, pseudo_header(from.0, to.0, UDP, length)) {
        0 => u16::MAX,
        sum => sum,
    };
    body[6..8].copy_from_slice(&sum.to_be_bytes());
    ipv4(from.0, to.0, UDP, id, &body)
}

/// A ping, or the answer to one.
pub(super) fn echo(from: Host, to: Host, id: u16, is_answer: bool, number: u16) -> Vec<u8> {
    let mut body = vec![if is_answer { 0 } else { 8 }, 0, 0, 0];
    body.extend(0x4b49u16.to_be_bytes());
    body.extend(number.to_be_bytes());
    body.extend(0..56);
    let sum = checksum(&body, 0);
    body[2..4].copy_from_slice(&sum.to_be_bytes());
    ipv4(from, to, ICMP, id, &body)
}

/// A question for the hardware address of `to`, or the answer that tells it one's own. It goes to the hardware address `receiver`.
pub(super) fn arp(from: Host, to: Host, receiver: Mac, is_answer: bool) -> Vec<u8> {
    let mut bytes = ethernet(from.mac, receiver, ARP);
    bytes.extend([0, 1, 8, 0, 6, 4, 0, if is_answer { 2 } else { 1 }]);
    bytes.extend(from.mac);
    bytes.extend(from.ip);
    bytes.extend(if is_answer { to.mac } else { [0; 6] });
    bytes.extend(to.ip);
    bytes
}

fn ipv4(from: Host, to: Host, protocol: u8, id: u16, body: &[u8]) -> Vec<u8> {
    let mut header = [0; 20];
    header[0] = 0x45;
    header[2..4].copy_from_slice(&(20 + body.len() as u16).to_be_bytes());
    header[4..6].copy_from_slice(&id.to_be_bytes());
    header[6] = 0x40;
    header[8] = from.ttl;
    header[9] = protocol;
    header[12..16].copy_from_slice(&from.ip);
    header[16..20].copy_from_slice(&to.ip);
    let sum = checksum(&header, 0);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    let mut bytes = ethernet(from.mac, to.mac, IPV4);
    bytes.extend(header);
    bytes.extend(body);
    bytes
}

fn ethernet(from: Mac, to: Mac, kind: u16) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1514);
    bytes.extend(to);
    bytes.extend(from);
    bytes.extend(kind.to_be_bytes());
    bytes
}

/// The sum of what TCP and UDP add to their own bytes.
fn pseudo_header(from: Host, to: Host, protocol: u8, length: usize) -> u32 {
    let words = from.ip.chunks(2).chain(to.ip.chunks(2)).map(|word| u32::from(u16::from_be_bytes([word[0], word[1]])));
    words.sum::<u32>() + u32::from(protocol) + length as u32
}

/// The Internet checksum (RFC 1071), which goes on from `sum`.
pub(super) fn checksum(bytes: &[u8], sum: u32) -> u16 {
    let word = |pair: &[u8]| u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]));
    let mut sum = sum + bytes.chunks(2).map(word).sum::<u32>();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
