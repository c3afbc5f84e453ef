//! What the extractor holds and forgets.

use std::net::{IpAddr, Ipv4Addr};

use super::super::packet::{Headers, Packet, Protocol};
use super::super::timestamp::Timestamp;
use super::channels::Beside;
use super::correlated::Correlated;
use super::hosts::{CardsOfHost, Ways};
use super::key::EndKey;
use super::pair::Pair;
use super::store::Store;
use super::{ExtractorError, FeatureExtractor, FeatureExtractorConfig, Statistics};

/// The same packet from another card.
fn from_card(card: u8, packet: Packet) -> Packet {
    Packet { headers: Headers { source_mac: Some([2, 0, 0, 0, 1, card]), ..packet.headers }, ..packet }
}

/// A packet from one host to another, at some millisecond.
fn packet(milliseconds: u64, hosts: [u32; 2], ports: [u16; 2]) -> Packet {
    let card = |host: u32| Some([2, 0, 0, (host >> 16) as u8, (host >> 8) as u8, host as u8]);
    let address = |host: u32| Some(IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + host)));
    let headers = Headers {
        source_mac: card(hosts[0]),
        destination_mac: card(hosts[1]),
        source: address(hosts[0]),
        destination: address(hosts[1]),
        source_port: Some(ports[0]),
        destination_port: Some(ports[1]),
        protocol: Protocol::TCP,
    };
    let time = Timestamp::new(1_700_000_000, milliseconds * 1_000_000_000);
    Packet { time, headers, length: 60 + hosts[0] % 1_000 }
}

/// Packets of hosts that are never seen again, and between them every tenth one of two hosts that talk to each other, of which one has two cards.
fn flood(packets: u32) -> impl Iterator<Item = Packet> {
    (0..packets).map(|number| match number % 20 {
        0 => from_card(u8::from(number % 60 == 0), packet(number.into(), [1, 2], [1_000, 80])),
        10 => packet(number.into(), [2, 1], [80, 1_000]),
        _ => packet(number.into(), [1_000 + number, 3], [number as u16, 80]),
    })
}

#[test]
fn streams_are_bounded_and_those_in_use_are_kept() {
    let config = FeatureExtractorConfig::new().with_max_streams(500);
    let (mut bounded, mut unbounded) = (FeatureExtractor::new(config), FeatureExtractor::new(FeatureExtractorConfig::new()));
    for packet in flood(50_000) {
        let row = unbounded.push(&packet).unwrap();
        assert_eq!(bounded.push(&packet).unwrap(), row);
        assert!(bounded.counts().streams <= 500);
    }
    let (bounded, unbounded) = (bounded.counts(), unbounded.counts());
    assert_eq!((bounded.packets, unbounded.packets, unbounded.forgotten), (50_000, 50_000, 0));
    assert!(bounded.streams > 440);
    assert_eq!(bounded.streams + bounded.forgotten, unbounded.streams);
}

#[test]
fn what_is_forgotten_does_not_depend_on_the_key_of_the_hash() {
    let config = FeatureExtractorConfig::new().with_max_streams(64);
    let (mut one, mut other) = (FeatureExtractor::new(config), FeatureExtractor::new(config));
    let mut random = 1u64;
    for number in 0..20_000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let [a, b] = [random >> 40, random >> 52].map(|bits| bits as u32 % 24);
        let packet = from_card((a + (random >> 60) as u32 / 8) as u8, packet(number, [a, b], [b as u16, a as u16]));
        assert_eq!(one.push(&packet).unwrap(), other.push(&packet).unwrap());
    }
    assert_eq!(one.counts(), other.counts());
    assert!(one.counts().forgotten > 1_000);
}

#[test]
fn streams_and_pairs_fill_cache_lines() {
    assert_eq!(Store::<EndKey, Beside<Correlated, CardsOfHost>>::BYTES, 4 * 64);
    assert_eq!(Store::<EndKey, Beside<Correlated, ()>>::BYTES, 4 * 64);
    assert_eq!(Store::<[u32; 2], Beside<Pair, Ways>>::BYTES, 6 * 64);
    assert_eq!(Store::<[u32; 2], Beside<Pair, ()>>::BYTES, 2 * 64);
}

#[test]
fn a_packet_without_a_source_changes_nothing() {
    let mut extractor = FeatureExtractor::new(FeatureExtractorConfig::new().with_statistics(Statistics::WithSourceHost));
    let known = packet(0, [1, 2], [3, 4]);
    let headers = Headers { source: None, source_mac: None, ..known.headers };
    assert_eq!(extractor.push(&Packet { headers, ..known }), Err(ExtractorError::NoSource));
    assert_eq!(extractor.counts().packets, 0);
    assert_eq!(extractor.push(&known).unwrap().len(), 115);
}

#[test]
fn the_many_pairs_of_a_quiet_host_change_ends_when_it_begins_to_talk() {
    // A thousand hosts send to one that answers only later, and then to all: by then each of its values would update a thousand pairs.
    let mut extractor = FeatureExtractor::new(FeatureExtractorConfig::new());
    for host in 0..1_000 {
        extractor.push(&packet(host.into(), [10 + host, 1], [5, 80])).unwrap();
    }
    for answer in 0..20 {
        extractor.push(&packet(1_000 + u64::from(answer), [1, 10 + answer], [80, 5])).unwrap();
    }
    assert!(extractor.quiet_pairs_of(&packet(0, [1, 10], [80, 5])) < 20);
}
