//! What the capture has to be so that the demo shows something.

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::frame::{SNAPLEN, Segment, checksum, echo, tcp, udp};
use super::hosts::{CAMERA, DESKS, RECORDER};
use super::*;

const SEEDS: [u64; 3] = [0, 1, 2];

#[test]
fn the_capture_in_the_repository_is_the_one_of_seed_0() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/packets");
    let made = demo_capture(0);
    let mut shipped = Vec::new();
    GzDecoder::new(fs::File::open(folder.join("capture.pcap.gz")).unwrap()).read_to_end(&mut shipped).unwrap();
    let anew = "to make it anew: cargo run -p kitsune-benches --example demo_capture";
    assert!(shipped == made.pcap, "capture.pcap.gz differs; {anew}");
    assert!(fs::read_to_string(folder.join("labels.csv")).unwrap() == made.labels(), "labels.csv differs; {anew}");
}

#[test]
fn ordinary_traffic_comes_first_and_goes_on_during_each_attack() {
    for seed in SEEDS {
        let frames = frames(seed);
        let first = frames.iter().position(|frame| frame.attack.is_some()).unwrap();
        assert!((ORDINARY_PACKETS..ORDINARY_PACKETS + 10).contains(&first), "seed {seed}: {first}");
        let mut before = first;
        for attack in Attack::ALL {
            let start = frames.iter().position(|frame| frame.attack == Some(attack)).unwrap();
            let end = frames.iter().rposition(|frame| frame.attack == Some(attack)).unwrap();
            let ordinary = frames[start..end].iter().filter(|frame| frame.attack.is_none()).count();
            assert!(start >= before && ordinary > 100, "seed {seed}, {attack:?}: {ordinary}");
            assert!(end - start - ordinary > 2_000, "seed {seed}, {attack:?}");
            before = end;
        }
    }
}

#[test]
fn packets_per_second_do_not_tell_the_scan_and_the_spoof() {
    for seed in SEEDS {
        let frames = frames(seed);
        let rates = packets_of_the_last_second(&frames);
        let of = |attack| frames.iter().zip(&rates).skip(14_500).filter(move |(frame, _)| frame.attack == attack).map(|(_, &rate)| rate);
        for attack in [Attack::Scan, Attack::ArpSpoof] {
            let area = roc_auc(of(Some(attack)).collect(), of(None).collect());
            assert!(area < 0.9, "seed {seed}, {attack:?}: {area}");
        }
    }
}

/// For each frame the number of frames of the second that ends with it.
fn packets_of_the_last_second(frames: &[Frame]) -> Vec<usize> {
    let first = |at: u64| frames.partition_point(|frame| frame.at + 1_000_000 <= at);
    frames.iter().enumerate().map(|(number, frame)| number + 1 - first(frame.at)).collect()
}

/// The probability that a random one of `attack` is above a random one of `ordinary`, where equal ones count as half.
fn roc_auc(attack: Vec<usize>, mut ordinary: Vec<usize>) -> f64 {
    ordinary.sort_unstable();
    let below = |rate: &usize| ordinary.partition_point(|other| other < rate) + ordinary.partition_point(|other| other <= rate);
    attack.iter().map(below).sum::<usize>() as f64 / (2 * attack.len() * ordinary.len()) as f64
}

#[test]
fn the_area_counts_pairs_of_which_the_attack_is_above() {
    assert_eq!(roc_auc(vec![1, 2], vec![0, 1]), 0.875);
    assert_eq!(roc_auc(vec![0], vec![1]), 0.0);
}

#[test]
fn the_file_is_small_and_has_all_frames_in_the_order_of_their_times() {
    let DemoCapture { pcap, attacks } = demo_capture(1);
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&pcap).unwrap();
    assert!(packed.finish().unwrap().len() < 2_000_000);

    let field = |at: usize| u32::from_le_bytes(pcap[at..at + 4].try_into().unwrap());
    assert_eq!([field(0), field(16), field(20)], [0xa1b2_c3d4, SNAPLEN as u32, 1]);
    let (mut at, mut packets, mut before) = (24, 0, (0, 0));
    while at < pcap.len() {
        let [seconds, micros, kept, length] = [0, 4, 8, 12].map(|offset| field(at + offset));
        assert!((seconds, micros) >= before && micros < 1_000_000 && kept == length.min(SNAPLEN as u32) && (60..=1514).contains(&length));
        before = (seconds, micros);
        packets += 1;
        at += 16 + kept as usize;
    }
    assert_eq!((at, packets), (pcap.len(), attacks.len()));
}

#[test]
fn there_is_one_label_for_each_packet() {
    let capture = DemoCapture { pcap: Vec::new(), attacks: vec![None, Some(Attack::Scan), Some(Attack::Flood), Some(Attack::ArpSpoof)] };
    assert_eq!(capture.labels(), "label\nnormal\nscan\nflood\narp-spoof\n");
}

#[test]
fn checksums_cover_the_whole_packet() {
    let (desk, recorder) = ((DESKS[0], 50_000), (RECORDER, 443));
    let segment = Segment { sequence: 7, flags: 0x10, options: &[1, 1, 1, 0], ..Segment::default() };
    for length in [0, 1, 2, 1_459, 1_460] {
        let payload: Vec<u8> = (0..length).map(|number: u32| (number * 31) as u8).collect();
        for (bytes, protocol) in [(tcp(desk, recorder, 9, segment, &payload), 6), (udp(desk, recorder, 9, &payload), 17)] {
            // A sum over all words and their checksum is all ones, and the checksum of that is 0.
            assert_eq!(checksum(&bytes[14..34], 0), 0, "header, {length} bytes in protocol {protocol}");
            let pseudo = [&bytes[26..34], &[0, protocol], &((bytes.len() - 34) as u16).to_be_bytes(), &bytes[34..]].concat();
            assert_eq!(checksum(&pseudo, 0), 0, "{length} bytes in protocol {protocol}");
        }
    }
    assert_eq!(checksum(&echo(DESKS[0], CAMERA, 1, false, 2)[34..], 0), 0);
    // The example of RFC 1071, section 3.
    assert_eq!(checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7], 0), !0xddf2);
}

#[test]
fn what_the_spoofer_passes_on_is_a_valid_packet() {
    let frames = frames(2);
    let passed = frames.iter().filter(|frame| frame.attack == Some(Attack::ArpSpoof) && frame.addresses().is_some());
    let mut by_sender: HashMap<&[u8], usize> = HashMap::new();
    for frame in passed {
        assert_eq!(checksum(&frame.bytes[14..34], 0), 0);
        *by_sender.entry(frame.source()).or_default() += 1;
    }
    // Each packet of the camera and of the gateway comes twice more.
    let spoofer = by_sender.remove(&CULPRITS[2].mac[..]).unwrap();
    assert_eq!((by_sender.len(), spoofer), (2, 2 * by_sender.values().sum::<usize>()));
}

#[test]
fn the_data_of_a_conversation_have_no_gap() {
    let mut next: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut segments = 0;
    for frame in frames(0).iter().filter(|frame| frame.attack.is_none() && frame.addresses().is_some() && frame.bytes[23] == 6) {
        let sequence = u32::from_be_bytes(frame.bytes[38..42].try_into().unwrap());
        let header = 14 + 20 + usize::from(frame.bytes[46] >> 4) * 4;
        let total = usize::from(u16::from_be_bytes([frame.bytes[16], frame.bytes[17]])) + 14;
        // SYN and FIN count as one byte each.
        let flags = frame.bytes[47];
        let counted = (total - header) as u32 + u32::from(flags & 1) + u32::from(flags >> 1 & 1);
        let expected = next.entry(frame.bytes[26..38].to_vec()).or_insert(sequence);
        let is_keep_alive = total - header == 1;
        assert!(sequence == *expected || is_keep_alive, "{:?}", &frame.bytes[26..38]);
        *expected = sequence.wrapping_add(counted);
        segments += 1;
    }
    assert!(segments > 5_000);
}
