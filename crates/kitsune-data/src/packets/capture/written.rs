//! Captures that tests write.

use super::byte_order::ByteOrder::{self, Big, Little};
use super::{CaptureCounts, CaptureReader};

pub(super) const ORDERS: [ByteOrder; 2] = [Little, Big];
pub(super) const MICROSECONDS: u32 = 0xa1b2_c3d4;
pub(super) const NANOSECONDS: u32 = 0xa1b2_3c4d;
pub(super) const MODIFIED: u32 = 0xa1b2_cd34;

/// A capture as bytes.
pub(super) struct Written {
    pub(super) bytes: Vec<u8>,
    pub(super) order: ByteOrder,
}

impl Written {
    /// A pcap file without records.
    pub(super) fn pcap(order: ByteOrder, magic: u32, link_type: u32) -> Self {
        let header = Self { bytes: Vec::new(), order };
        header.numbers(&[magic]).halves(&[2, 4]).numbers(&[0, 0, 65_535, link_type])
    }

    /// A record: seconds, fraction, captured length, length on the wire.
    pub(super) fn record(self, fields: [u32; 4], data: &[u8]) -> Self {
        self.numbers(&fields).raw(data)
    }

    /// A record of the "modified" format: interface, protocol, kind of packet and a byte of nothing follow the lengths.
    pub(super) fn modified(self, fields: [u32; 4], data: &[u8]) -> Self {
        self.numbers(&fields).numbers(&[2]).halves(&[0x0800]).raw(&[4, 0]).raw(data)
    }

    /// A pcapng file of one section.
    pub(super) fn pcapng(order: ByteOrder) -> Self {
        Self { bytes: Vec::new(), order }.section(order)
    }

    /// One more section.
    pub(super) fn section(mut self, order: ByteOrder) -> Self {
        self.order = order;
        let body = Self { bytes: Vec::new(), order }.numbers(&[0x1a2b_3c4d]).halves(&[1, 0]).raw(&[0xff; 8]);
        self.block(0x0a0d_0d0a, &body.bytes)
    }

    /// An interface with some options.
    pub(super) fn interface(self, link_type: u16, snaplen: u32, options: &[(u16, &[u8])]) -> Self {
        let mut body = self.part().halves(&[link_type, 0]).numbers(&[snaplen]);
        for (code, value) in options {
            body = body.halves(&[*code, value.len() as u16]).raw(value).padded();
        }
        let body = body.numbers(&[0]);
        self.block(1, &body.bytes)
    }

    /// An Enhanced Packet Block with an option.
    pub(super) fn enhanced(self, interface: u32, time: u64, length: u32, data: &[u8]) -> Self {
        let body = self.part().numbers(&[interface, (time >> 32) as u32, time as u32, data.len() as u32, length]).raw(data).padded();
        let body = body.halves(&[2, 4]).numbers(&[1, 0]);
        self.block(6, &body.bytes)
    }

    /// A Simple Packet Block.
    pub(super) fn simple(self, length: u32, data: &[u8]) -> Self {
        let body = self.part().numbers(&[length]).raw(data).padded();
        self.block(3, &body.bytes)
    }

    /// An obsolete Packet Block that tells of 7 lost packets.
    pub(super) fn obsolete(self, interface: u16, time: u64, length: u32, data: &[u8]) -> Self {
        let body = self.part().halves(&[interface, 7]).numbers(&[(time >> 32) as u32, time as u32, data.len() as u32, length]);
        self.block(2, &body.raw(data).padded().bytes)
    }

    pub(super) fn block(self, kind: u32, body: &[u8]) -> Self {
        let length = body.len() as u32 + 12;
        self.numbers(&[kind, length]).raw(body).numbers(&[length])
    }

    pub(super) fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub(super) fn numbers(mut self, numbers: &[u32]) -> Self {
        let order = self.order;
        self.bytes.extend(numbers.iter().flat_map(|&number| order.bytes(number)));
        self
    }

    pub(super) fn halves(mut self, numbers: &[u16]) -> Self {
        let order = self.order;
        self.bytes.extend(numbers.iter().flat_map(|number| if order == Big { number.to_be_bytes() } else { number.to_le_bytes() }));
        self
    }

    fn part(&self) -> Self {
        Self { bytes: Vec::new(), order: self.order }
    }

    fn padded(mut self) -> Self {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0xaa);
        self
    }
}

/// A packet as tests compare it: seconds, picoseconds, link type, length and data.
pub(super) type Seen = (i64, u64, u16, u32, Vec<u8>);

/// All packets of a capture, and its counts.
pub(super) fn packets(reader: impl std::io::Read) -> (Vec<Seen>, CaptureCounts) {
    let mut reader = CaptureReader::new(reader).unwrap();
    let mut packets = Vec::new();
    while let Some(packet) = reader.next_packet().unwrap() {
        let time = packet.time;
        packets.push((time.seconds(), time.picoseconds(), packet.link_type.0, packet.length, packet.data.to_vec()));
    }
    // The end stays the end.
    assert_eq!(reader.next_packet().unwrap(), None);
    assert_eq!(reader.counts().packets, packets.len() as u64);
    (packets, *reader.counts())
}
