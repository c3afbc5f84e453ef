//! Captures to measure the speed of packets with.

use crate::random::Random;

/// Who talks to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talk {
    /// So many clients, each with one of a fiftieth as many servers, request and answer in random order.
    Flows(u32),
    /// A host that no packet before came from sends to one of two servers, every time from another port.
    Flood,
}

/// Packets per second of the capture.
const RATE: u64 = 100_000;

/// The headers of Ethernet, IPv4 and TCP, which are all that is kept of a packet.
const HEADERS: usize = 54;

/// A capture of TCP packets over IPv4 and Ethernet, cut behind their headers, as the bytes of a pcap file.
pub fn capture(talk: Talk, packets: usize, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut file = Vec::with_capacity(24 + packets * (16 + HEADERS));
    file.extend(0xa1b2_c3d4u32.to_le_bytes());
    file.extend([2, 0, 4, 0]);
    file.extend([0; 8]);
    file.extend([HEADERS as u32, 1].map(u32::to_le_bytes).as_flattened());
    for packet in 0..packets as u32 {
        let (source, destination) = match talk {
            Talk::Flows(clients) => {
                let client = (random.bits() % u64::from(clients)) as u32;
                let ends = ((client, 1_024 + (client % 60_000) as u16), (clients + client % clients.div_ceil(50), 443));
                if random.bits() & 1 == 0 { ends } else { (ends.1, ends.0) }
            }
            Talk::Flood => ((packet + 2, random.bits() as u16), (packet & 1, 80)),
        };
        let length = 60 + (random.bits() % 1_400) as u32;
        let microseconds = u64::from(packet) * 1_000_000 / RATE;
        let seconds = 1_700_000_000 + (microseconds / 1_000_000) as u32;
        file.extend([seconds, (microseconds % 1_000_000) as u32, HEADERS as u32, length].map(u32::to_le_bytes).as_flattened());
        file.extend(headers(source, destination, length));
    }
    file
}

/// The headers of a packet between two hosts, each with its port.
fn headers(source: (u32, u16), destination: (u32, u16), length: u32) -> [u8; HEADERS] {
    let mut bytes = [0; HEADERS];
    let address = |host: u32| (0x0a00_0000 + host).to_be_bytes();
    bytes[..2].copy_from_slice(&[2, 0]);
    bytes[2..6].copy_from_slice(&address(destination.0));
    bytes[6..8].copy_from_slice(&[2, 0]);
    bytes[8..12].copy_from_slice(&address(source.0));
    bytes[12..16].copy_from_slice(&[8, 0, 0x45, 0]);
    bytes[16..18].copy_from_slice(&((length - 14) as u16).to_be_bytes());
    bytes[22..24].copy_from_slice(&[64, 6]);
    bytes[26..30].copy_from_slice(&address(source.0));
    bytes[30..34].copy_from_slice(&address(destination.0));
    bytes[34..36].copy_from_slice(&source.1.to_be_bytes());
    bytes[36..38].copy_from_slice(&destination.1.to_be_bytes());
    bytes[46..48].copy_from_slice(&[0x50, 0x10]);
    bytes
}
