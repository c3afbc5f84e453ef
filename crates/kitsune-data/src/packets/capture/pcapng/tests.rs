//! Tests of pcapng.

use super::super::byte_order::ByteOrder;
use super::super::counts::CaptureCounts;
use super::super::written::{ORDERS, Written, packets};

/// The options of an interface.
const RESOLUTION: u16 = 9;
const OFFSET: u16 = 14;

fn bytes(order: ByteOrder, number: i64) -> [u8; 8] {
    if order == ByteOrder::Big { number.to_be_bytes() } else { number.to_le_bytes() }
}

#[test]
fn packets_of_the_three_kinds_of_blocks_are_read_in_either_order() {
    for order in ORDERS {
        let capture = Written::pcapng(order).interface(1, 0, &[]).enhanced(0, 1_700_000_000_000_001, 60, b"hello");
        let capture = capture.obsolete(0, 1_700_000_001_000_002, 4, b"abcd").simple(6, b"simple");
        let (found, counts) = packets(&capture.bytes[..]);
        let expected = [
            (1_700_000_000, 1_000_000, 1, 60, b"hello".to_vec()),
            (1_700_000_001, 2_000_000, 1, 4, b"abcd".to_vec()),
            (1_700_000_001, 2_000_000, 1, 6, b"simple".to_vec()),
        ];
        assert_eq!(found, expected, "{order:?}");
        assert_eq!(counts, CaptureCounts { packets: 3, without_time: 1, ..CaptureCounts::default() });
    }
}

#[test]
fn times_of_a_capture_are_its_raw_fields() {
    // Resolution byte, offset, raw time; seconds and picoseconds worked out by hand.
    let rows: [(u8, i64, u64, (i64, u64)); 25] = [
        (6, 0, 1_700_000_000_123_456, (1_700_000_000, 123_456_000_000)),
        (0, 0, 1_700_000_000, (1_700_000_000, 0)),
        (3, 0, 1_700_000_000_123, (1_700_000_000, 123_000_000_000)),
        (9, 0, 1_700_000_000_123_456_789, (1_700_000_000, 123_456_789_000)),
        // Beyond 2106, where seconds no longer fit into 32 bits.
        (6, 0, 5_000_000_000_000_001, (5_000_000_000, 1_000_000)),
        (9, 0, u64::MAX, (18_446_744_073, 709_551_615_000)),
        (0, 0, u64::MAX, (i64::MAX, 0)),
        // Finer than nanoseconds, up to picoseconds and beyond, which are cut.
        (12, 0, 1_234_567_890_123_456, (1_234, 567_890_123_456)),
        (12, 0, u64::MAX, (18_446_744, 73_709_551_615)),
        (13, 0, 12_345_678_901_234_567, (1_234, 567_890_123_456)),
        (15, 0, 1_000_000_000_000_999, (1, 0)),
        (19, 0, 9_999_999_999_999_999_999, (0, 999_999_999_999)),
        (20, 0, u64::MAX, (0, 184_467_440_737)),
        (31, 0, u64::MAX, (0, 1)),
        (32, 0, u64::MAX, (0, 0)),
        (127, 0, u64::MAX, (0, 0)),
        // Powers of two: 2^-10 s, 2^-20 s, 2^-32 s as NTP has them, 2^-40 s, which is finer than a picosecond, and finer ones.
        (0x80, 0, 1_700_000_000, (1_700_000_000, 0)),
        (0x80 + 10, 0, (1_700_000_000 << 10) + 512, (1_700_000_000, 500_000_000_000)),
        (0x80 + 20, 0, (1_700_000_000 << 20) + 1, (1_700_000_000, 953_674)),
        (0x80 + 32, 0, (1_700_000_000 << 32) + 3, (1_700_000_000, 698)),
        (0x80 + 63, 0, u64::MAX, (1, 999_999_999_999)),
        (0x80 + 64, 0, u64::MAX, (0, 999_999_999_999)),
        (0x80 + 127, 0, u64::MAX, (0, 0)),
        // Offsets.
        (6, 1_700_000_000, 1_500_000, (1_700_000_001, 500_000_000_000)),
        (6, -3, 1_250_000, (-2, 250_000_000_000)),
    ];
    for order in ORDERS {
        for (resolution, offset, raw, time) in rows {
            let options: [(u16, &[u8]); 3] = [(2, b"eth0"), (RESOLUTION, &[resolution]), (OFFSET, &bytes(order, offset))];
            let capture = Written::pcapng(order).interface(1, 0, &options).enhanced(0, raw, 1, b"a").obsolete(0, raw, 1, b"a");
            let (found, _) = packets(&capture.bytes[..]);
            for packet in &found {
                assert_eq!((packet.0, packet.1), time, "{order:?}: resolution {resolution:#x}, offset {offset}, raw {raw}");
            }
            assert_eq!(found.len(), 2);
        }
    }
}

#[test]
fn options_of_a_wrong_size_or_behind_the_end_are_ignored() {
    let options: [(u16, &[u8]); 4] = [(RESOLUTION, &[9, 9]), (OFFSET, &[1, 0, 0, 0]), (0, &[]), (RESOLUTION, &[0])];
    let (found, _) = packets(&Written::pcapng(ORDERS[0]).interface(1, 0, &options).enhanced(0, 2_000_001, 1, b"a").bytes[..]);
    assert_eq!((found[0].0, found[0].1), (2, 1_000_000));
}

#[test]
fn interfaces_differ_and_start_anew_with_each_section() {
    for (first, second) in [(ORDERS[0], ORDERS[1]), (ORDERS[1], ORDERS[0]), (ORDERS[1], ORDERS[1])] {
        let capture = Written::pcapng(first).interface(1, 0, &[(RESOLUTION, &[9])]).interface(101, 0, &[(OFFSET, &bytes(first, 10))]);
        let capture = capture.enhanced(1, 1_000_000, 1, b"a").enhanced(0, 1_000_000, 1, b"b").enhanced(2, 0, 1, b"nobody's");
        let capture = capture.section(second).interface(113, 0, &[]).enhanced(0, 1_000_000, 1, b"c").enhanced(1, 0, 1, b"nobody's");
        let (found, counts) = packets(&capture.section(first).enhanced(0, 0, 1, b"nobody's").bytes[..]);
        let expected = [(11, 0, 101, 1, b"a".to_vec()), (0, 1_000_000_000, 1, 1, b"b".to_vec()), (1, 0, 113, 1, b"c".to_vec())];
        assert_eq!(found, expected, "{first:?}, {second:?}");
        assert_eq!(counts, CaptureCounts { packets: 3, unknown_interface: 3, ..CaptureCounts::default() });
    }
}

#[test]
fn the_check_sequences_of_an_interface_are_no_part_of_its_link_type() {
    let (found, _) = packets(&Written::pcapng(ORDERS[0]).interface(1, 0, &[(13, &[4])]).enhanced(0, 0, 64, b"frame").bytes[..]);
    assert_eq!((found[0].2, found[0].3), (1, 64));
}

#[test]
fn a_simple_packet_has_the_least_of_its_length_the_snaplen_and_its_block() {
    // Snaplen, length on the wire, bytes in the block, bytes of the packet.
    for (snaplen, length, room, expected) in [
        (0, 5, 5, 5),
        (0, 8, 8, 8),
        // Cut by the snaplen, with padding and without.
        (6, 100, 6, 6),
        (8, 100, 8, 8),
        // A snaplen that was not kept to, and a block shorter than both.
        (4, 100, 8, 4),
        (65_535, 100, 8, 8),
        (0, 100, 0, 0),
    ] {
        for order in ORDERS {
            let (found, counts) =
                packets(&Written::pcapng(order).interface(1, snaplen, &[]).simple(length, &b"12345678"[..room]).bytes[..]);
            assert_eq!(found, [(0, 0, 1, length, b"12345678"[..expected].to_vec())], "{snaplen} {length} {room}");
            assert_eq!(counts, CaptureCounts { packets: 1, without_time: 1, ..CaptureCounts::default() });
        }
    }
}

#[test]
fn a_simple_packet_has_the_time_of_the_packet_before_even_in_another_section() {
    let capture = Written::pcapng(ORDERS[0]).interface(1, 0, &[]).enhanced(0, 3_000_000, 1, b"a");
    let (found, _) = packets(&capture.section(ORDERS[1]).interface(1, 0, &[]).simple(1, b"b").bytes[..]);
    assert_eq!((found[1].0, found[1].1), (3, 0));
}

#[test]
fn captured_bytes_above_the_snaplen_and_64_kib_are_read() {
    let data: Vec<_> = (0..3_u32 << 20).map(|byte| byte as u8).collect();
    let capture = Written::pcapng(ORDERS[0]).interface(1, 64, &[]).enhanced(0, 0, 4 << 20, &data).enhanced(0, 0, 2, b"ab");
    let (found, counts) = packets(&capture.bytes[..]);
    assert_eq!(found, [(0, 0, 1, 4 << 20, data), (0, 0, 1, 2, b"ab".to_vec())]);
    assert_eq!(counts, CaptureCounts { packets: 2, ..CaptureCounts::default() });
}

#[test]
fn blocks_that_are_too_large_are_passed_over() {
    let large = vec![0; 64 << 20];
    let capture = |kind| Written::pcapng(ORDERS[1]).interface(1, 0, &[]).block(kind, &large).enhanced(0, 0, 1, b"b");
    for (kind, expected) in [
        (6, CaptureCounts { too_large: 1, ..CaptureCounts::default() }),
        (3, CaptureCounts { too_large: 1, ..CaptureCounts::default() }),
        (1, CaptureCounts { unread_interfaces: 1, ..CaptureCounts::default() }),
        (0x0bad, CaptureCounts::default()),
        (77, CaptureCounts { unknown_blocks: 1, ..CaptureCounts::default() }),
    ] {
        let mut bytes = capture(kind).bytes;
        let (found, counts) = packets(&bytes[..]);
        assert_eq!((found.len(), counts), (1, CaptureCounts { packets: 1, ..expected }));
        // The length behind it differs.
        bytes[28 + 24 + (64 << 20) + 8] = 1;
        assert_eq!(packets(&bytes[..]).1, CaptureCounts { damaged_from: Some(28 + 24), ..expected });
        bytes.truncate(60 << 20);
        assert_eq!(packets(&bytes[..]).1, CaptureCounts { cut: 1, ..expected });
    }
    assert_eq!(packets(&capture(0x0a0d_0d0a).bytes[..]).1, CaptureCounts { damaged_from: Some(28 + 24), ..CaptureCounts::default() });
}

#[test]
fn descriptions_that_are_too_large_or_too_many_leave_their_packets_out() {
    let large = [&[1, 0, 0, 0, 0, 0, 0, 0][..], &vec![0; 1 << 20]].concat();
    let capture = Written::pcapng(ORDERS[0]).block(1, &large).block(1, b"four").interface(101, 0, &[]);
    let (found, counts) = packets(&capture.enhanced(0, 0, 1, b"a").enhanced(1, 0, 1, b"b").enhanced(2, 0, 1, b"c").bytes[..]);
    assert_eq!(found, [(0, 0, 101, 1, b"c".to_vec())]);
    assert_eq!(counts, CaptureCounts { packets: 1, unread_interfaces: 2, unknown_interface: 2, ..CaptureCounts::default() });
    let capture = (0..65_537).fold(Written::pcapng(ORDERS[0]), |capture, _| capture.interface(1, 0, &[]));
    let (found, counts) = packets(&capture.enhanced(65_535, 0, 1, b"a").enhanced(65_536, 0, 1, b"b").bytes[..]);
    assert_eq!(found.len(), 1);
    assert_eq!(counts, CaptureCounts { packets: 1, unread_interfaces: 1, unknown_interface: 1, ..CaptureCounts::default() });
}

#[test]
fn blocks_of_other_kinds_are_passed_over_and_unknown_ones_counted() {
    let capture = [4, 5, 9, 10, 0x0bad, 0x4000_0bad, 0x8000_0001, 77, 0xffff_ffff].into_iter();
    let capture = capture.fold(Written::pcapng(ORDERS[1]).interface(1, 0, &[]), |capture, kind| capture.block(kind, b"12345678"));
    let (found, counts) = packets(&capture.block(78, b"").enhanced(0, 0, 1, b"a").bytes[..]);
    assert_eq!((found.len(), counts), (1, CaptureCounts { packets: 1, unknown_blocks: 3, ..CaptureCounts::default() }));
}

#[test]
fn what_interfaces_have_lost_is_counted_since_they_began() {
    for order in ORDERS {
        // The option's code and value: 4 are the packets that came, 5 those that the interface lost, and 7 those that the system lost.
        let statistics = |capture: Written, interface, options: &[(u16, i64)]| {
            let body = Written { bytes: vec![], order }.numbers(&[interface, 0, 0]);
            let option = |body: Written, (code, value): &(u16, i64)| body.halves(&[*code, 8]).raw(&bytes(order, *value));
            capture.block(5, &options.iter().fold(body, option).numbers(&[0]).bytes)
        };
        let start = || Written::pcapng(order).interface(1, 0, &[]).interface(1, 0, &[]);
        for (told, lost) in [
            (&[(0, &[(4, 9)][..])][..], 0),
            (&[(0, &[(4, 9), (5, 2), (7, 3)])], 5),
            // Each tells the sum so far.
            (&[(0, &[(7, 3)]), (1, &[(7, 10)]), (0, &[(7, 4)]), (0, &[(7, 4)])], 14),
            // What has become less, too many for a number, and an interface that nobody knows.
            (&[(0, &[(5, 3)]), (0, &[(5, 1)]), (0, &[(5, 3)])], 3),
            (&[(0, &[(5, -1), (7, -1)]), (1, &[(5, -1)])], u64::MAX),
            (&[(2, &[(5, 7)])], 0),
        ] {
            let capture = told.iter().fold(start(), |capture, (interface, options)| statistics(capture, *interface, options));
            let (_, counts) = packets(&capture.enhanced(0, 0, 1, b"a").bytes[..]);
            assert_eq!(counts, CaptureCounts { packets: 1, lost, ..CaptureCounts::default() }, "{order:?} {told:?}");
        }
        // Interfaces of another section are others.
        let two = statistics(statistics(start(), 0, &[(7, 3)]).section(order).interface(1, 0, &[]), 0, &[(7, 3)]);
        assert_eq!(packets(&two.bytes[..]).1.lost, 6);
    }
}

#[test]
fn packets_that_do_not_fit_their_blocks_are_left_out() {
    let order = ORDERS[0];
    let start = || Written::pcapng(order).interface(1, 0, &[]);
    let enhanced = |captured: u32| Written { bytes: vec![], order }.numbers(&[0, 0, 0, captured, 8]).raw(b"12345678").bytes;
    for (kind, body, malformed) in [
        (6, enhanced(8), 0),
        (6, enhanced(9), 1),
        (6, enhanced(u32::MAX), 1),
        (6, enhanced(0)[..20].to_vec(), 0),
        (6, enhanced(0)[..16].to_vec(), 1),
        (2, enhanced(9), 1),
        (2, vec![], 1),
        (3, vec![], 1),
    ] {
        let (found, counts) = packets(&start().block(kind, &body).enhanced(0, 0, 1, b"a").bytes[..]);
        assert_eq!(found.len() as u64, 2 - malformed, "{kind} {body:?}");
        assert_eq!(counts, CaptureCounts { packets: 2 - malformed, malformed, ..CaptureCounts::default() });
    }
}

#[test]
fn a_block_whose_length_cannot_be_ends_the_capture() {
    for order in ORDERS {
        let start = || Written::pcapng(order).interface(1, 0, &[]).enhanced(0, 0, 1, b"a");
        let offset = start().bytes.len() as u64;
        let section = |order, mark, version| Written { bytes: vec![], order }.numbers(&[mark, version, 0, 0]).bytes;
        for damaged in [
            // Neither a multiple of 4 nor at least 12, another length at the end.
            start().numbers(&[6, 14, 0, 0]),
            start().numbers(&[6, 8, 8, 0]),
            start().numbers(&[6, 0, 0, 0]),
            start().numbers(&[4, 16, 0, 20]),
            // Sections that are too short, without the mark of an order, of another version.
            start().numbers(&[0x0a0d_0d0a, 24, 0x1a2b_3c4d, 1, 0, 24]),
            start().block(0x0a0d_0d0a, &section(order, 0x1a2b_3c4e, 1)),
            start().block(0x0a0d_0d0a, &section(order, 0x1a2b_3c4d, 0x0003_0003)),
        ] {
            let (found, counts) = packets(&damaged.enhanced(0, 0, 1, b"b").bytes[..]);
            assert_eq!(found.len(), 1);
            assert_eq!(counts, CaptureCounts { packets: 1, damaged_from: Some(offset), ..CaptureCounts::default() });
        }
    }
}

#[test]
fn a_cut_capture_has_the_packets_before_the_cut() {
    let start = Written::pcapng(ORDERS[1]).interface(1, 0, &[]).bytes.len();
    let whole = Written::pcapng(ORDERS[1]).interface(1, 0, &[]).enhanced(0, 0, 4, b"abcd").bytes;
    let block = whole.len() - start;
    let whole = [&whole[..], &whole[start..]].concat();
    for length in start..=whole.len() {
        let (found, counts) = packets(&whole[..length]);
        assert_eq!(found.len(), (length - start) / block, "{length}");
        assert_eq!(counts.cut, u64::from(!(length - start).is_multiple_of(block)), "{length}");
        assert_eq!(counts.damaged_from, None);
    }
}
