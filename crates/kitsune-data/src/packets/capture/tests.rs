//! Tests of what both formats have in common.

use std::io::{self, Read};

use proptest::prelude::*;

use super::written::{MICROSECONDS, MODIFIED, NANOSECONDS, ORDERS, Written, packets};
use super::{CaptureCounts, CaptureError, CaptureReader, RawPacket, is_capture};

/// Gives at most so many bytes at a time, and fails every other time.
struct Slow<'a> {
    bytes: &'a [u8],
    most: usize,
    fails: Option<io::ErrorKind>,
    turn: bool,
}

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.turn = !self.turn;
        match self.fails {
            Some(kind) if self.turn => Err(kind.into()),
            _ => (&mut self.bytes).take(self.most as u64).read(buffer),
        }
    }
}

fn examples() -> Vec<Vec<u8>> {
    ORDERS
        .into_iter()
        .flat_map(|order| {
            let pcap = Written::pcap(order, MICROSECONDS, 1).record([1, 2, 5, 60], b"hello").record([3, 4, 0, 0], b"");
            let modified = Written::pcap(order, MODIFIED, 1).modified([1, 2, 5, 60], b"hello").modified([3, 4, 0, 0], b"");
            let pcapng = Written::pcapng(order).interface(1, 0, &[(9, &[9])]).enhanced(0, 5_000_000_001, 60, b"hello").simple(2, b"ab");
            [pcap.bytes, modified.bytes, pcapng.obsolete(0, 7, 3, b"abc").block(77, b"1234").bytes]
        })
        .collect()
}

#[test]
fn short_reads_and_interruptions_change_nothing() {
    for bytes in examples() {
        let expected = packets(&bytes[..]);
        assert!(expected.0.len() >= 2);
        for most in 1..20 {
            for fails in [None, Some(io::ErrorKind::Interrupted)] {
                assert_eq!(packets(Slow { bytes: &bytes, most, fails, turn: false }), expected);
            }
        }
    }
}

#[test]
fn reading_goes_on_after_an_error_that_passes() {
    for bytes in examples() {
        let expected = packets(&bytes[..]);
        let header = if bytes[0] == 0x0a { 28 } else { 24 };
        let head = &bytes[..header];
        let rest = Slow { bytes: &bytes[header..], most: 1, fails: Some(io::ErrorKind::WouldBlock), turn: false };
        let mut reader = CaptureReader::new(head.chain(rest)).unwrap();
        let (mut found, mut errors) = (0, 0);
        loop {
            match reader.next_packet() {
                Ok(Some(packet)) => {
                    assert_eq!(packet.data, expected.0[found].4);
                    found += 1;
                }
                Ok(None) => break,
                Err(CaptureError::Read(error)) => {
                    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                    errors += 1;
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(*reader.counts(), expected.1);
        assert_eq!((found, errors), (expected.0.len(), bytes.len() - header + 1));
    }
}

#[test]
fn captures_without_packets_are_captures() {
    for order in ORDERS {
        for bytes in
            [Written::pcap(order, NANOSECONDS, 1).bytes, Written::pcapng(order).bytes, Written::pcapng(order).interface(1, 0, &[]).bytes]
        {
            assert_eq!(packets(&bytes[..]), (vec![], CaptureCounts::default()));
        }
    }
}

#[test]
fn what_is_no_capture_is_an_error_that_says_what_it_is() {
    let (pcap, pcapng) = (Written::pcap(ORDERS[0], MICROSECONDS, 1).bytes, Written::pcapng(ORDERS[1]).bytes);
    let changed = |bytes: &[u8], at: usize, byte| {
        let mut bytes = bytes.to_vec();
        bytes[at] = byte;
        bytes
    };
    for (bytes, message) in [
        (vec![], "the capture is empty: not even the header of a pcap or pcapng file is there"),
        (b"\x1f".to_vec(), "this is no pcap or pcapng capture: it begins with 1f"),
        (
            b"\x1f\x8b\x08\0more".to_vec(),
            "this is no pcap or pcapng capture: it begins with 1f 8b 08 00 6d 6f 72 65 (gzip, to be unpacked first)",
        ),
        (b"time,length".to_vec(), "this is no pcap or pcapng capture: it begins with 74 69 6d 65 2c 6c 65 6e"),
        (b"\n\r\r\nfour lines".to_vec(), "this is no pcap or pcapng capture: it begins with 0a 0d 0d 0a 66 6f 75 72"),
        (pcap[..23].to_vec(), "the capture ends after 23 bytes, within its header"),
        (pcapng[..27].to_vec(), "the capture ends after 27 bytes, within its header"),
        (changed(&pcap, 4, 3), "pcap captures of version 3.4 are not known: save the capture as version 2.4"),
        (changed(&pcapng, 13, 2), "pcapng captures of version 2.0 are not known: save the capture as version 1.0"),
    ] {
        assert_eq!(CaptureReader::new(&bytes[..]).unwrap_err().to_string(), message);
    }
}

#[test]
fn captures_are_known_by_their_first_bytes() {
    for order in ORDERS {
        for magic in [MICROSECONDS, NANOSECONDS, MODIFIED] {
            assert!(is_capture(&Written::pcap(order, magic, 1).bytes[..4]));
        }
        assert!(is_capture(&Written::pcapng(order).bytes));
    }
    for other in [&b""[..], b"\xd4\xc3\xb2", b"\xd4\xc3\xb2\xa2", b"\n\r\r\n12345678", b"{\"a\": 1}"] {
        assert!(!is_capture(other), "{other:?}");
    }
}

#[test]
fn the_position_is_what_was_used() {
    for bytes in examples() {
        let mut reader = CaptureReader::new(&bytes[..]).unwrap();
        let mut last = reader.position();
        while reader.next_packet().unwrap().is_some() {
            assert!(reader.position() > last);
            last = reader.position();
        }
        assert_eq!(reader.position(), bytes.len() as u64);
    }
}

#[test]
fn readers_and_packets_go_between_threads() {
    fn is_free<T: Send + Sync>() {}
    is_free::<CaptureReader<io::Empty>>();
    is_free::<RawPacket>();
    is_free::<CaptureError>();
}

proptest! {
    #[test]
    fn damage_never_stops_a_reader(
        which in 0..6_usize, changes in prop::collection::vec((0..400_usize, any::<u8>()), 0..8), cut in 0..400_usize,
    ) {
        let mut bytes = examples().swap_remove(which);
        for (at, byte) in changes {
            let length = bytes.len();
            bytes[at % length] = byte;
        }
        bytes.truncate(cut);
        if let Ok(mut reader) = CaptureReader::new(&bytes[..]) {
            let mut packets = 0;
            while let Some(packet) = reader.next_packet().unwrap() {
                prop_assert!(packet.data.len() <= bytes.len());
                packets += 1;
            }
            // The smallest packet is a header of a pcap record.
            prop_assert!(packets <= bytes.len() / 16);
            prop_assert!(reader.position() <= bytes.len() as u64);
        }
    }
}
