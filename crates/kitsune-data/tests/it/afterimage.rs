//! The extractor of `AfterImage`'s statistics, beside the published figures and a plain implementation.

use std::net::IpAddr;

use kitsune_data::packets::{
    CaptureReader, FeatureExtractor, FeatureExtractorConfig, Headers, Mac, Packet, Protocol, Statistics, Timestamp, Tunnels, dissect,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use serde::Deserialize;

#[path = "../reference/afterimage.rs"]
mod reference;

use self::reference::{AfterImage, Arithmetic, Figure};

/// Figures of the published program, whose version the file names, for some packets of a capture. They were made by running it on the
/// capture beside the file.
#[derive(Deserialize)]
struct Golden {
    format: u32,
    feature_names: Vec<String>,
    rows: Vec<GoldenRow>,
}

#[derive(Deserialize)]
struct GoldenRow {
    packet: usize,
    features: Vec<f64>,
}

/// Files and the number of their packets.
const CAPTURES: [(&str, &[u8], usize); 2] = [
    (include_str!("../golden/afterimage_tiny.json"), include_bytes!("../golden/tiny.pcap"), 15),
    (include_str!("../golden/afterimage_capture.json"), include_bytes!("../golden/capture.pcap"), 2_000),
];

fn golden(text: &str) -> Golden {
    let golden: Golden = serde_json::from_str(text).unwrap();
    assert_eq!(golden.format, 1);
    assert!(!golden.rows.is_empty());
    golden
}

/// The packets of a capture. The published program took the length of what was captured for that of the frame; here a frame is as long as
/// it was on the wire, which differs for eight packets that were cut to 200 bytes.
fn packets(capture: &[u8]) -> Vec<Packet> {
    let mut reader = CaptureReader::new(capture).unwrap();
    let mut packets = Vec::new();
    while let Some(raw) = reader.next_packet().unwrap() {
        let frame = dissect(raw.link_type, raw.data, raw.data.len() as u32, Tunnels::Outer).unwrap();
        packets.push(Packet { time: raw.time, headers: frame.headers, length: frame.length });
    }
    packets
}

fn config(statistics: Statistics, arithmetic: Arithmetic) -> FeatureExtractorConfig {
    let config = FeatureExtractorConfig::new().with_statistics(statistics);
    if arithmetic == Arithmetic::Original { config.with_original_arithmetic() } else { config }
}

#[test]
fn rows_are_those_of_the_published_program() {
    for (text, capture, count) in CAPTURES {
        let packets = packets(capture);
        assert_eq!(packets.len(), count);
        let mut reference = AfterImage::new(Arithmetic::Original);
        let mut extractor = FeatureExtractor::new(config(Statistics::Hundred, Arithmetic::Original));
        let rows: Vec<(Vec<Figure>, Vec<f64>)> =
            packets.iter().map(|packet| (reference.push(packet).unwrap().hundred(), extractor.push(packet).unwrap().to_vec())).collect();
        let golden = golden(text);
        for GoldenRow { packet, features } in &golden.rows {
            let (plain, fast) = &rows[*packet];
            let published = features.iter().zip(plain).map(|(&value, figure)| Figure { value, ..*figure }).collect::<Vec<_>>();
            let plain: Vec<f64> = plain.iter().map(|figure| figure.value).collect();
            assert_row(&plain, &published, &golden.feature_names, &format!("the reference, packet {packet}"));
            assert_row(fast, &published, &golden.feature_names, &format!("packet {packet}"));
        }
    }
}

#[test]
fn statistics_are_named_as_in_the_published_data_sets() {
    let names = |statistics| FeatureExtractor::new(config(statistics, Arithmetic::Exact)).feature_names();
    // The program's own names have no L, indices of streams, and `std` for what is a variance.
    let published = golden(CAPTURES[0].0).feature_names.into_iter().map(|name| {
        let name = name.replace("_0_1", "").replace("_std", "_variance");
        ["_weight", "_mean", "_variance"].iter().fold(name, |name, end| name.replace(&format!("{end}_0"), end))
    });
    let published: Vec<String> = published
        .map(|name| {
            let group = ["MI_dir_", "HH_jit_", "HH_", "HpHp_"].into_iter().find(|group| name.starts_with(group)).unwrap();
            format!("{group}L{}", &name[group.len()..])
        })
        .collect();
    assert_eq!(published[3..6], ["MI_dir_L3_weight", "MI_dir_L3_mean", "MI_dir_L3_variance"]);
    assert_eq!(published[99], "HpHp_L0.01_pcc");
    assert_eq!(names(Statistics::Hundred), published);

    let host = published[..15].iter().map(|name| name.replace("MI_dir", "H")).collect::<Vec<_>>();
    assert_eq!(names(Statistics::WithSourceHost), [&published[..15], &host, &published[15..]].concat());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(0), ..ProptestConfig::with_cases(256) })]

    #[test]
    fn any_packets_have_the_statistics_of_the_reference(packets in streams_of_packets()) {
        for arithmetic in [Arithmetic::Exact, Arithmetic::Original] {
            check(&packets, Statistics::Hundred, arithmetic);
        }
        check(&packets, Statistics::WithSourceHost, Arithmetic::Exact);
    }
}

#[test]
fn a_clock_that_was_set_is_followed_from_its_thousandth_packet_on() {
    /// After a packet at -10 s and 1,000 at 0 s, runs of packets at one second each; the second of the last packet; and for that, how many of those
    /// from the last one at 0 s on count as how many seconds old.
    type Case = (&'static [(i64, usize)], i64, &'static [(f64, f64)]);
    const DAY: i64 = 86_400;
    let headers = socket(0, 1, [Some(CARDS[0]), Some(CARDS[1])], Protocol::TCP, [Some(80), Some(443)]);
    let packet = |seconds, length| Packet { time: Timestamp::new(1_700_000_000 + seconds, 0), headers, length };
    let cases: [Case; 12] = [
        (&[(-2, 999)], 30, &[(1_000.0, 30.0)]),
        (&[(-2, 1_000)], 28, &[(1_001.0, 30.0)]),
        (&[(-2, 1_001)], 28, &[(1_002.0, 30.0)]),
        (&[(-3_600, 1_000)], -3_570, &[(1_001.0, 30.0)]),
        (&[(-1, 5_000)], 30, &[(5_001.0, 30.0)]),
        (&[(DAY, 1)], DAY + 30, &[(1.0, 86_430.0), (1.0, 30.0)]),
        (&[(DAY + 1, 999)], 30, &[(1_000.0, 30.0)]),
        (&[(DAY + 1, 1_000)], DAY + 31, &[(1_001.0, 30.0)]),
        (&[(400 * DAY, 2_500)], 400 * DAY + 30, &[(2_501.0, 30.0)]),
        // Both kinds count together, and a packet of the old clock begins the count anew.
        (&[(-2, 500), (DAY + 1, 500)], DAY + 31, &[(1_001.0, 30.0)]),
        (&[(-2, 999), (0, 1), (-2, 999)], 30, &[(2_000.0, 30.0)]),
        (&[(-2, 999), (-1, 1), (-2, 999)], 30, &[(2_000.0, 30.0)]),
    ];
    for (runs, last, ages) in cases {
        let mut packets = vec![packet(-10, 100)];
        packets.resize(1_001, packet(0, 100));
        packets.extend(runs.iter().flat_map(|&(seconds, count)| (0..count).map(move |number| packet(seconds, 60 + number as u32))));
        packets.push(packet(last, 1_000));
        check(&packets, Statistics::WithSourceHost, Arithmetic::Exact);
        check(&packets, Statistics::WithSourceHost, Arithmetic::Original);

        let mut extractor = FeatureExtractor::new(config(Statistics::Hundred, Arithmetic::Exact));
        let weights = packets.iter().map(|packet| extractor.push(packet).unwrap()[12]);
        let before = [(1.0, ages[0].1 + 10.0), (999.0, ages[0].1)];
        let expected = 1.0 + ages.iter().chain(&before).map(|(packets, age)| packets * (-0.01 * age).exp2()).sum::<f64>();
        let found = weights.last().unwrap();
        assert!((found / expected - 1.0).abs() < 1e-12, "{runs:?}: {found}, not {expected}");
    }
}

#[test]
fn differences_of_time_are_those_of_the_capture_a_month_after_its_beginning() {
    const START: i64 = 1_700_000_000;
    const DAY: i64 = 86_400;
    let others = socket(2, 1, [None, None], Protocol::UDP, [Some(53), Some(53)]);
    let headers = socket(0, 1, [None, None], Protocol::UDP, [Some(53), Some(53)]);
    let mut extractor = FeatureExtractor::new(FeatureExtractorConfig::new());
    for day in 0..=30 {
        extractor.push(&Packet { time: Timestamp::new(START + day * DAY, 0), headers: others, length: 60 }).unwrap();
    }
    let mean = extractor.feature_names().iter().position(|name| name == "HH_jit_L0.01_mean").unwrap();
    // Nothing fades in a microsecond: what a packet adds to the sum is the time since the one before it.
    for (picoseconds, sum) in [(0, 0.0), (10_000_000, 1e-5), (10_003_000, 1.0003e-5)] {
        let row = extractor.push(&Packet { time: Timestamp::new(START + 30 * DAY, picoseconds), headers, length: 60 }).unwrap();
        let found = row[mean] * row[mean - 1];
        assert!((found - sum).abs() < 1e-9, "{found}, not {sum}");
    }
}

/// What the extractor and the reference make of the same packets.
#[track_caller]
fn check(packets: &[Packet], statistics: Statistics, arithmetic: Arithmetic) {
    let mut extractor = FeatureExtractor::new(config(statistics, arithmetic));
    let names = extractor.feature_names();
    let mut reference = AfterImage::new(arithmetic);
    for (number, packet) in packets.iter().enumerate() {
        match (extractor.push(packet), reference.push(packet)) {
            (Ok(row), Some(expected)) => {
                let expected = if statistics == Statistics::Hundred { expected.hundred() } else { expected.with_source_host() };
                assert_row(row, &expected, &names, &format!("packet {number} ({arithmetic:?})"));
            }
            (Err(_), None) => {}
            (row, expected) => panic!("packet {number}: {row:?}, not {expected:?}"),
        }
    }
}

#[track_caller]
fn assert_row(row: &[f64], expected: &[Figure], names: &[String], what: &str) {
    assert_eq!((row.len(), names.len()), (expected.len(), expected.len()));
    for ((value, name), expected) in row.iter().zip(names).zip(expected) {
        let is_close = (value - expected.value).abs() <= expected.tolerance || expected.tolerance == f64::INFINITY;
        assert!(value.is_finite() && is_close, "{what}, {name}: {value:e}, not {:e} within {:e}", expected.value, expected.tolerance);
    }
}

/// Addresses, some of which are the same as text behind one another, or as bytes in another family.
const ADDRESSES: [&str; 7] = ["192.0.2.1", "192.0.2.18", "192.0.2.180", "::ffff:192.0.2.1", "::192.0.2.1", "2001:db8::1", "fe80::1"];
const IPV4_ADDRESSES: usize = 3;

/// Cards, the last of which has the bytes of an address.
const CARDS: [Mac; 3] = [[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2], [0, 0, 192, 0, 2, 1]];

const PORTS: [u16; 6] = [0, 8, 18, 80, 443, 65_535];

fn socket(source: usize, destination: usize, cards: [Option<Mac>; 2], protocol: Protocol, ports: [Option<u16>; 2]) -> Headers {
    let address = |index: usize| ADDRESSES[index].parse::<IpAddr>().ok();
    Headers {
        source_mac: cards[0],
        destination_mac: cards[1],
        source: address(source),
        destination: address(destination),
        source_port: ports[0],
        destination_port: ports[1],
        protocol,
    }
}

/// Conversations of few hosts, one after another, so that streams and pairs come again.
fn streams_of_packets() -> impl Strategy<Value = Vec<Packet>> {
    let packet = (prop::bool::ANY, steps(), lengths());
    let conversation = (headers(), vec(packet, 1..8));
    vec(conversation, 1..30).prop_map(|conversations| {
        let mut nanoseconds = 1_700_000_000_000_000_000_i64;
        let mut packets = Vec::new();
        for (headers, messages) in conversations {
            for (is_answer, (step, is_lasting), length) in messages {
                let headers = if is_answer { answer(headers) } else { headers };
                let time = nanoseconds + step;
                let time = Timestamp::new(time.div_euclid(1_000_000_000), time.rem_euclid(1_000_000_000) as u64 * 1_000);
                packets.push(Packet { time, headers, length });
                nanoseconds += if is_lasting { step } else { 0 };
            }
        }
        packets
    })
}

fn answer(headers: Headers) -> Headers {
    Headers {
        source_mac: headers.destination_mac,
        destination_mac: headers.source_mac,
        source: headers.destination,
        destination: headers.source,
        source_port: headers.destination_port,
        destination_port: headers.source_port,
        protocol: headers.protocol,
    }
}

/// Nanoseconds to the next packet, and whether the packets after it go on from there.
fn steps() -> impl Strategy<Value = (i64, bool)> {
    const MICROSECOND: i64 = 1_000;
    const SECOND: i64 = 1_000_000_000;
    const HOUR: i64 = 3_600 * SECOND;
    prop_oneof![
        4 => Just((0, true)),
        1 => (1..MICROSECOND, Just(true)),
        4 => (MICROSECOND..SECOND / 1_000, Just(true)),
        4 => (SECOND / 1_000..SECOND, Just(true)),
        4 => (SECOND..60 * SECOND, Just(true)),
        1 => (60 * SECOND..12 * HOUR, Just(true)),
        1 => (-SECOND / 1_000..0, prop::bool::ANY),
        1 => (-60 * SECOND..0, prop::bool::weighted(0.1)),
        1 => (-48 * HOUR..0, prop::bool::weighted(0.1)),
        1 => (20 * HOUR..96 * HOUR, prop::bool::weighted(0.1)),
    ]
}

fn lengths() -> impl Strategy<Value = u32> {
    prop_oneof![4 => Just(60), 2 => Just(1_514), 3 => 40..1_600_u32, 1 => 0..300_000_u32, 1 => Just(0)]
}

fn headers() -> impl Strategy<Value = Headers> {
    let card = || select(&CARDS[..]).prop_map(Some);
    let ethernet = || [card(), card()];
    // Linux cooked captures name the source's card, and raw IP none.
    let cards = || prop_oneof![8 => ethernet(), 1 => card().prop_map(|card| [card, None]), 1 => Just([None, None])];
    let port = || select(&PORTS[..]).prop_map(Some);
    let ipv4 = 0..IPV4_ADDRESSES;
    let ipv6 = IPV4_ADDRESSES..ADDRESSES.len();
    let any = 0..ADDRESSES.len();
    let with_ports = select(&[Protocol::TCP, Protocol::UDP][..]);
    let without = select(&[Protocol::Ip(47), Protocol::TCP, Protocol::Rarp][..]);
    let no_ports = || Just([None, None]);
    let ip = prop_oneof![
        10 => (ipv4.clone(), ipv4.clone(), cards(), with_ports.clone(), [port(), port()]),
        3 => (any.clone(), any.clone(), cards(), with_ports, [port(), port()]),
        2 => (any.clone(), any, cards(), without, no_ports()),
        3 => (ipv4.clone(), ipv4.clone(), cards(), Just(Protocol::ICMP), no_ports()),
        1 => (ipv6.clone(), ipv6, cards(), select(&[Protocol::ICMP, Protocol::ICMPV6][..]), no_ports()),
        3 => (ipv4.clone(), ipv4, cards(), Just(Protocol::Arp), no_ports()),
    ];
    let ip = ip.prop_map(|(source, destination, cards, protocol, ports)| socket(source, destination, cards, protocol, ports));
    // The last of the three is an acknowledgement over the air, which names nobody as its source.
    let cards = prop_oneof![8 => ethernet(), 1 => card().prop_map(|card| [card, None]), 1 => card().prop_map(|card| [None, card])];
    let no_ip = cards.prop_map(|cards| Headers {
        source: None,
        destination: None,
        ..socket(0, 0, cards, Protocol::Ethernet(0x88cc), [None, None])
    });
    prop_oneof![20 => ip, 2 => no_ip]
}
