//! Captures for the tests, byte by byte.

use std::net::Ipv4Addr;

/// The packets of a published capture, 2,000 of them.
pub(crate) const PUBLISHED: &[u8] = include_bytes!("../../../kitsune-data/tests/golden/capture.pcap");

/// A packet: its time in microseconds since 2023-11-14 22:13:20, and its frame.
pub(crate) type Packet = (u64, Vec<u8>);

/// The link type of Ethernet frames.
pub(crate) const ETHERNET: u16 = 1;
/// The link type of packets without a link layer.
pub(crate) const RAW: u16 = 101;

const START: u64 = 1_700_000_000;

/// The header of a pcap file with microseconds.
pub(crate) fn header(link_type: u16) -> Vec<u8> {
    let mut bytes = [&0xa1b2_c3d4_u32.to_le_bytes()[..], &[2, 0, 4, 0], &[0; 8], &65_535_u32.to_le_bytes()].concat();
    bytes.extend(u32::from(link_type).to_le_bytes());
    bytes
}

/// A packet in such a file.
pub(crate) fn record((microseconds, frame): &Packet) -> Vec<u8> {
    let length = frame.len() as u32;
    let fields = [(START + microseconds / 1_000_000) as u32, (microseconds % 1_000_000) as u32, length, length];
    let mut bytes = fields.map(u32::to_le_bytes).concat();
    bytes.extend_from_slice(frame);
    bytes
}

/// A capture of Ethernet frames.
pub(crate) fn pcap(packets: &[Packet]) -> Vec<u8> {
    packets.iter().fold(header(ETHERNET), |bytes, packet| [bytes, record(packet)].concat())
}

/// An Ethernet frame with a UDP packet between hosts of 192.0.2.0/24 and their ports.
pub(crate) fn udp(from: (u8, u16), to: (u8, u16), payload: usize) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, to.0, 2, 0, 0, 0, 0, from.0, 8, 0];
    bytes.extend(ip(from, to, payload));
    bytes
}

/// The same packet without a link layer.
pub(crate) fn ip(from: (u8, u16), to: (u8, u16), payload: usize) -> Vec<u8> {
    let length = 28 + payload as u16;
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 0, 0, 0, 64, 17, 0, 0]);
    bytes.extend([from.0, to.0].iter().flat_map(|&host| Ipv4Addr::new(192, 0, 2, host).octets()));
    bytes.extend([from.1, to.1, length - 20, 0].iter().flat_map(|field| field.to_be_bytes()));
    bytes.resize(usize::from(length), 0);
    bytes
}

/// Packets of three hosts that ask a fourth, and of its answers: irregular, but without randomness.
pub(crate) fn ordinary(count: usize) -> Vec<Packet> {
    let packet = |at: usize| {
        let (exchange, irregular) = (at / 2, (at as f64 * 0.618_034).fract());
        let client = (exchange % 3) as u8 + 1;
        let port = 40_000 + (exchange % 5) as u16;
        let frame = if at.is_multiple_of(2) {
            udp((client, port), (9, 53), 30 + (20.0 * irregular) as usize)
        } else {
            udp((9, 53), (client, port), 80 + (300.0 * irregular) as usize)
        };
        (at as u64 * 50_000 + (40_000.0 * irregular) as u64, frame)
    };
    (0..count).map(packet).collect()
}

/// Ordinary packets, then such among which a host scans the ports of another, from 192.0.2.66 to 192.0.2.9, and ordinary ones again.
pub(crate) fn attacked() -> Vec<Packet> {
    let mut packets = ordinary(1_600);
    let start = packets[1_400].0;
    packets.extend((0..200).map(|at| (start + 500 * at, udp((66, 50_000), (9, at as u16 + 1), 0))));
    packets.sort_by_key(|&(time, _)| time);
    packets
}
