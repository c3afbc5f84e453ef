//! Packets per second from the bytes of a capture to their statistics, on one core: read, taken apart, and counted.
//!
//! 1,000 hosts and more; a million of them with all of their streams held; a flood of hosts that are never seen again, for which older streams are forgotten.
//!
//! `cargo bench -p kitsune-benches --bench packets`
//!
//! A run in test mode takes a few packets of each.

use divan::{Bencher, counter::ItemsCount};
use kitsune_benches::{Talk, capture};
use kitsune_data::packets::capture::CaptureReader;
use kitsune_data::packets::layers::{Tunnels, dissect};
use kitsune_data::packets::packet::Packet;
use kitsune_data::packets::{FeatureExtractor, FeatureExtractorConfig};

/// Packets that are seen before the clock starts, so that tables have grown and streams are there.
const BEFORE: usize = 4_000_000;

#[divan::bench(sample_count = 5, sample_size = 1)]
fn thousand_hosts(bencher: Bencher<'_, '_>) {
    extract(bencher, Talk::Flows(1_000), 1_000_000, 1_000_000);
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn million_hosts(bencher: Bencher<'_, '_>) {
    extract(bencher, Talk::Flows(1_000_000), 1_000_000, 10_000_000);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn flood(bencher: Bencher<'_, '_>) {
    extract(bencher, Talk::Flood, 1_000_000, 1_000_000);
}

fn extract(bencher: Bencher<'_, '_>, talk: Talk, packets: usize, max_streams: usize) {
    // Only `cargo bench` says `--bench`.
    let is_test = !std::env::args().any(|word| word == "--bench");
    let [before, packets] = [BEFORE, packets].map(|packets| if is_test { packets / 1_000 } else { packets });
    let file = capture(talk, before + packets, 0);
    let config = FeatureExtractorConfig::new().with_max_streams(max_streams);
    let mut extractor = FeatureExtractor::new(config);
    let (seen, rest) = file.split_at(file.len() - packets * (file.len() - HEADER) / (before + packets));
    run(&mut extractor, seen);
    // The same packets again are the same work: the clock goes on from where it is, and the hosts of a flood are forgotten by then.
    let again = [&file[..HEADER], rest].concat();
    bencher.counter(ItemsCount::new(packets)).bench_local(|| run(&mut extractor, &again));
    let counts = extractor.counts();
    assert!(counts.packets >= (before + packets) as u64 && counts.streams <= max_streams as u64);
}

/// Packets that are looked at together, as a source does.
const TOGETHER: usize = 16;

/// Bytes before the first packet.
const HEADER: usize = 24;

/// Takes a capture, and adds up a statistic so that none is left out.
fn run(extractor: &mut FeatureExtractor, file: &[u8]) -> f64 {
    let mut capture = CaptureReader::new(file).expect("it is a capture");
    let (mut sum, mut waiting) = (0.0, Vec::with_capacity(TOGETHER));
    loop {
        let raw = capture.next_packet().expect("bytes in memory are read");
        let is_last = raw.is_none();
        if let Some(raw) = raw {
            let frame = dissect(raw.link_type, raw.data, raw.length, Tunnels::Outer).expect("its layers are known");
            waiting.push(Packet { time: raw.time, headers: frame.headers, length: frame.length });
        }
        if waiting.len() == TOGETHER || is_last {
            extractor.look_ahead(waiting.iter().copied());
            for packet in waiting.drain(..) {
                sum += extractor.push(&packet).expect("it has a source")[99];
            }
        }
        if is_last {
            return sum;
        }
    }
}

fn main() {
    divan::main();
}
