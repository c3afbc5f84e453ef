//! The demo's capture: a small office on a switch, and three attacks in it.
//!
//! Ordinary traffic comes first, and goes on during the attacks and between them: pages, documents and mail of seven desks, backups of a file server,
//! the stream of a camera, pings, names, times and hardware addresses. All of it also occurs before the first attack. Then one desk scans, another one floods
//! a server outside, and a third one has the camera's stream sent to itself.

mod attacks;
mod conversation;
mod desks;
mod devices;
mod draws;
mod frame;
mod hosts;
mod knobs;
mod pcap;

#[cfg(test)]
mod tests;

pub use frame::Attack;

use self::attacks::{CULPRITS, flood, scan, spoof};
use self::desks::desks;
use self::devices::devices;
use self::frame::{Frame, micros};
use self::knobs::{FLOOD_PACKETS, FLOOD_PER_S, MOST_SECONDS, ORDINARY_PACKETS, PAUSES_S, SCAN_PER_S, SCAN_PROBES, SPOOF_S};
use self::pcap::pcap;
use crate::random::Random;

/// A capture, and what each of its packets belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoCapture {
    /// The file, in the classic format of libpcap.
    pub pcap: Vec<u8>,
    /// For each packet the attack that caused it; `None` for ordinary traffic.
    pub attacks: Vec<Option<Attack>>,
}

/// Makes a capture from a seed.
pub fn demo_capture(seed: u64) -> DemoCapture {
    let frames = frames(seed);
    DemoCapture { pcap: pcap(&frames), attacks: frames.iter().map(|frame| frame.attack).collect() }
}

impl DemoCapture {
    /// The labels as a CSV file of one column: `normal`, `scan`, `flood` or `arp-spoof` for each packet.
    pub fn labels(&self) -> String {
        let labels = self.attacks.iter().map(|attack| attack.map_or("normal", Attack::label));
        std::iter::once("label").chain(labels).flat_map(|line| [line, "\n"]).collect()
    }
}

fn frames(seed: u64) -> Vec<Frame> {
    let mut random = Random::new(seed);
    let mut of_its_own = || Random::new(random.bits());
    let mut frames = desks(&mut of_its_own(), MOST_SECONDS);
    frames.extend(devices(&mut of_its_own(), MOST_SECONDS));
    frames.sort_by_key(|frame| frame.at);

    let scan_start = frames[ORDINARY_PACKETS].at as f64 / 1e6;
    let flood_start = scan_start + SCAN_PROBES as f64 / SCAN_PER_S + PAUSES_S[0];
    let spoof_start = flood_start + FLOOD_PACKETS as f64 / FLOOD_PER_S + PAUSES_S[1];
    let spoof_end = spoof_start + SPOOF_S;
    frames.retain(|frame| frame.at < micros(spoof_end + PAUSES_S[2]));

    // A culprit does nothing else from its attack on, and is then taken off the network: for minutes its statistics would be those of the attack.
    for (culprit, start) in CULPRITS.into_iter().zip([scan_start, flood_start, spoof_start]) {
        let is_its = |frame: &Frame| frame.source() == culprit.mac || frame.destination() == culprit.mac;
        frames.retain(|frame| frame.at < micros(start) || !is_its(frame));
    }
    let of_spoof = spoof(&mut of_its_own(), &mut frames, spoof_start, spoof_end);
    frames.extend(of_spoof);
    frames.extend(scan(&mut of_its_own(), scan_start));
    frames.extend(flood(&mut of_its_own(), flood_start));
    frames.sort_by_key(|frame| frame.at);
    frames
}
