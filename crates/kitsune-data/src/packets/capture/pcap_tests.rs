//! Tests of pcap.

use super::CaptureCounts;
use super::written::{MICROSECONDS, MODIFIED, NANOSECONDS, ORDERS, Written, packets};

/// What is counted besides packets.
fn counts(packets: u64, others: CaptureCounts) -> CaptureCounts {
    CaptureCounts { packets, ..others }
}

#[test]
fn records_are_read_in_either_order_and_with_either_fraction() {
    for order in ORDERS {
        for (magic, picoseconds) in [(MICROSECONDS, 123_456_000_000), (NANOSECONDS, 123_456_000)] {
            let capture = Written::pcap(order, magic, 1).record([1_700_000_000, 123_456, 3, 60], b"abc").record([u32::MAX, 0, 0, 9], b"");
            let (found, counted) = packets(&capture.bytes[..]);
            let expected = [(1_700_000_000, picoseconds, 1, 60, b"abc".to_vec()), (i64::from(u32::MAX), 0, 1, 9, vec![])];
            assert_eq!(found, expected, "{order:?} {magic:#x}");
            assert_eq!(counted, counts(2, CaptureCounts::default()));
        }
    }
}

#[test]
fn records_of_the_modified_format_have_longer_headers_in_either_order() {
    for order in ORDERS {
        let capture = Written::pcap(order, MODIFIED, 113).modified([5, 6, 2, 80], b"ab").modified([7, 8, 1, 1], b"c");
        let (found, counted) = packets(&capture.bytes[..]);
        assert_eq!(found, [(5, 6_000_000, 113, 80, b"ab".to_vec()), (7, 8_000_000, 113, 1, b"c".to_vec())], "{order:?}");
        assert_eq!(counted, counts(2, CaptureCounts::default()));
    }
}

#[test]
fn fractions_of_a_second_or_more_carry() {
    for (magic, fraction, time, carried) in [
        (MICROSECONDS, 999_999, (1, 999_999_000_000), 0),
        (MICROSECONDS, 1_000_000, (2, 0), 1),
        (MICROSECONDS, u32::MAX, (4_295, 967_295_000_000), 1),
        (NANOSECONDS, 999_999_999, (1, 999_999_999_000), 0),
        (NANOSECONDS, 2_000_000_001, (3, 1_000), 1),
    ] {
        let (found, counted) = packets(&Written::pcap(ORDERS[0], magic, 1).record([1, fraction, 0, 0], b"").bytes[..]);
        assert_eq!((found[0].0, found[0].1), time, "{fraction}");
        assert_eq!(counted.carried_fractions, carried);
    }
}

#[test]
fn a_link_type_comes_without_the_bits_of_check_sequences() {
    for (field, link_type) in [(1, 1), (0x4400_0001, 1), (0xf400_0000 + 276, 276), (0x0224_0002, 0xffff)] {
        for order in ORDERS {
            let (found, _) = packets(&Written::pcap(order, MICROSECONDS, field).record([0, 0, 1, 1], b"a").bytes[..]);
            assert_eq!(found[0].2, link_type, "{field:#x}");
        }
    }
}

#[test]
fn captured_bytes_above_the_snaplen_and_64_kib_are_read() {
    // The header says 65,535. The last is larger than what is read at first.
    for length in [65_536, 262_145, 3 << 20] {
        let data: Vec<_> = (0..length).map(|byte| byte as u8).collect();
        let record = [1, 2, length, length + 9];
        let (found, counted) =
            packets(&Written::pcap(ORDERS[1], MICROSECONDS, 1).record(record, &data).record([3, 4, 1, 1], b"z").bytes[..]);
        assert_eq!(found, [(1, 2_000_000, 1, length + 9, data), (3, 4_000_000, 1, 1, b"z".to_vec())]);
        assert_eq!(counted, counts(2, CaptureCounts::default()));
    }
}

#[test]
fn a_length_on_the_wire_is_never_below_what_was_captured() {
    let (found, counted) = packets(&Written::pcap(ORDERS[0], MICROSECONDS, 1).record([0, 0, 3, 2], b"abc").bytes[..]);
    assert_eq!(found[0].3, 3);
    assert_eq!(counted, counts(1, CaptureCounts { understated_lengths: 1, ..CaptureCounts::default() }));
}

#[test]
fn records_that_are_too_large_are_passed_over() {
    let length = (64 << 20) + 1;
    let capture =
        Written::pcap(ORDERS[0], MICROSECONDS, 1).record([1, 0, 1, 1], b"a").record([2, 0, length, length], &vec![7; length as usize]);
    let mut capture = capture.record([3, 0, 1, 1], b"b");
    let (found, counted) = packets(&capture.bytes[..]);
    assert_eq!(found, [(1, 0, 1, 1, b"a".to_vec()), (3, 0, 1, 1, b"b".to_vec())]);
    assert_eq!(counted, counts(2, CaptureCounts { too_large: 1, ..CaptureCounts::default() }));
    // The end comes while it is passed over.
    capture.bytes.truncate(40 << 20);
    let (found, counted) = packets(&capture.bytes[..]);
    assert_eq!((found.len(), counted), (1, counts(1, CaptureCounts { too_large: 1, cut: 1, ..CaptureCounts::default() })));
}

#[test]
fn a_length_that_cannot_be_ends_the_capture() {
    for order in ORDERS {
        let capture = Written::pcap(order, MICROSECONDS, 1).record([1, 0, 1, 1], b"a").record([2, 0, (256 << 20) + 1, 1], b"b");
        let (found, counted) = packets(&capture.record([3, 0, 1, 1], b"c").bytes[..]);
        assert_eq!(found.len(), 1);
        assert_eq!(counted, counts(1, CaptureCounts { damaged_from: Some(24 + 17), ..CaptureCounts::default() }));
    }
}

#[test]
fn a_cut_capture_has_the_packets_before_the_cut() {
    let whole = Written::pcap(ORDERS[0], MICROSECONDS, 1).record([1, 0, 2, 2], b"ab").record([2, 0, 2, 2], b"cd").bytes;
    for length in 24..=whole.len() {
        let (found, counted) = packets(&whole[..length]);
        assert_eq!(found.len(), (length - 24) / 18, "{length}");
        assert_eq!(counted.cut, u64::from((length - 24) % 18 > 0), "{length}");
        assert_eq!(counted.damaged_from, None);
    }
}

#[test]
fn files_that_were_put_together_are_read_one_after_the_other() {
    let first = Written::pcap(ORDERS[0], MICROSECONDS, 1).record([1, 2, 1, 1], b"a").bytes;
    let second = Written::pcap(ORDERS[1], NANOSECONDS, 101).record([3, 4, 1, 1], b"b").bytes;
    let third = Written::pcap(ORDERS[0], MODIFIED, 113).modified([5, 6, 1, 1], b"c").bytes;
    let (found, counted) = packets(&[first.clone(), second, third, first[..24].to_vec()].concat()[..]);
    assert_eq!(found, [(1, 2_000_000, 1, 1, b"a".to_vec()), (3, 4_000, 101, 1, b"b".to_vec()), (5, 6_000_000, 113, 1, b"c".to_vec())]);
    assert_eq!(counted, counts(3, CaptureCounts { joined_files: 3, ..CaptureCounts::default() }));
}

#[test]
fn the_first_versions_had_the_lengths_the_other_way_round() {
    for (minor, lengths, expected) in [(2, [60, 3], 60), (3, [60, 3], 60), (3, [3, 60], 60), (4, [3, 60], 60)] {
        let mut capture = Written::pcap(ORDERS[0], MICROSECONDS, 1).record([1, 0, lengths[0], lengths[1]], b"abc").bytes;
        capture[6] = minor;
        let (found, _) = packets(&capture[..]);
        assert_eq!(found, [(1, 0, 1, expected, b"abc".to_vec())], "2.{minor}");
    }
}
