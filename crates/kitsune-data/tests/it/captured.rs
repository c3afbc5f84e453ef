//! Captures for the tests, byte by byte.

use std::net::Ipv4Addr;

/// The header of a pcap file with microseconds, the little end first.
pub(crate) fn header(link_type: u16) -> Vec<u8> {
    let mut bytes = [&0xa1b2_c3d4_u32.to_le_bytes()[..], &[2, 0, 4, 0], &[0; 8], &65_535_u32.to_le_bytes()].concat();
    bytes.extend(u32::from(link_type).to_le_bytes());
    bytes
}

/// A packet in such a file.
pub(crate) fn record(microseconds: u64, frame: &[u8]) -> Vec<u8> {
    let length = frame.len() as u32;
    let fields = [(microseconds / 1_000_000) as u32, (microseconds % 1_000_000) as u32, length, length];
    let mut bytes = fields.map(u32::to_le_bytes).concat();
    bytes.extend_from_slice(frame);
    bytes
}

/// A capture of Ethernet frames, each with its time in microseconds.
pub(crate) fn pcap<'a>(packets: impl IntoIterator<Item = &'a (u64, Vec<u8>)>) -> Vec<u8> {
    let mut bytes = header(1);
    for (microseconds, frame) in packets {
        bytes.extend(record(*microseconds, frame));
    }
    bytes
}

/// An Ethernet frame with a UDP packet from a port of host `from` to port 53 of host `to`.
pub(crate) fn udp(from: u8, port: u16, to: u8, payload: usize) -> Vec<u8> {
    [ethernet(from, to, 0x0800), ip(from, port, to, payload)].concat()
}

/// The same packet without a link layer.
pub(crate) fn ip(from: u8, port: u16, to: u8, payload: usize) -> Vec<u8> {
    let length = 28 + payload as u16;
    let mut bytes = vec![0x45, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 0, 0, 0, 64, 17, 0, 0]);
    bytes.extend([from, to].iter().flat_map(|&host| Ipv4Addr::new(192, 0, 2, host).octets()));
    bytes.extend([port, 53, length - 20, 0].iter().flat_map(|field| field.to_be_bytes()));
    bytes.resize(usize::from(length), 0);
    bytes
}

/// An Ethernet frame that asks for the address of host `to`.
pub(crate) fn arp(from: u8, to: u8) -> Vec<u8> {
    let mut bytes = ethernet(from, to, 0x0806);
    bytes.extend([0, 1, 8, 0, 6, 4, 0, 1]);
    for host in [from, to] {
        bytes.extend([2, 0, 0, 0, 0, host]);
        bytes.extend([192, 0, 2, host]);
    }
    bytes
}

fn ethernet(from: u8, to: u8, ether_type: u16) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from];
    bytes.extend(ether_type.to_be_bytes());
    bytes
}

/// Packets of some hosts, a tenth of a second apart.
pub(crate) fn conversation(packets: usize) -> Vec<(u64, Vec<u8>)> {
    let packet = |at: usize| {
        let (from, to) = ((at % 3) as u8 + 1, (at % 4) as u8 + 4);
        let frame = if at % 5 == 4 { arp(from, to) } else { udp(from, 1_000 + (at % 2) as u16, to, at * 7 % 300) };
        (1_700_000_000_000_000 + at as u64 * 100_001, frame)
    };
    (0..packets).map(packet).collect()
}
