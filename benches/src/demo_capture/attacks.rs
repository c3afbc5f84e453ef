//! The attacks: what they send, and what it makes others send.

use super::draws::{between, client_port, lognormal};
use super::frame::{Attack, Frame, Segment, arp, micros, tcp, udp};
use super::hosts::{CAMERA, DESKS, GATEWAY, Host, PRINTER, SHOP, THERMOSTAT};
use super::knobs::{CLAIM_EVERY_S, FLOOD_PACKETS, FLOOD_PAYLOAD, FLOOD_PER_S, SCAN_PER_S, SCAN_PROBES};
use crate::random::Random;

/// The desk that scans, the desk that floods, and the desk that spoofs.
pub(super) const CULPRITS: [Host; 3] = [DESKS[3], DESKS[4], DESKS[5]];

/// The host whose packets the spoofer gets.
const VICTIM: Host = CAMERA;

/// The hosts that are scanned.
const SCANNED: [Host; 2] = [PRINTER, THERMOSTAT];

/// The ports that are open on those.
const OPEN: [(Host, u16); 3] = [(PRINTER, 80), (PRINTER, 631), (THERMOSTAT, 80)];

const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

/// Tries ports of one host after the other. Each is answered: by a refusal, or from an open port by an offer, which the scanner refuses.
pub(super) fn scan(random: &mut Random, start: f64) -> Vec<Frame> {
    let mut frames = Vec::new();
    let scanner = (CULPRITS[0], client_port(random));
    let mut ports: Vec<u16> = (1..=1_024).collect();
    for last in (1..ports.len()).rev() {
        ports.swap(last, random.below(last + 1));
    }
    let mut at = start;
    for probe in 0..SCAN_PROBES {
        let host = SCANNED[probe * SCANNED.len() / SCAN_PROBES];
        let port = ports[probe % ports.len()];
        let sequence = random.bits() as u32;
        let window = 1_024;
        let syn = Segment { sequence, flags: SYN, window, options: &[2, 4, 5, 180], ..Segment::default() };
        frames.push(Frame::new(at, tcp(scanner, (host, port), random.bits() as u16, syn, &[])));
        let answered = at + between(random, 0.000_15, 0.000_6);
        let acknowledged = sequence.wrapping_add(1);
        if OPEN.contains(&(host, port)) {
            let offer =
                Segment { sequence: random.bits() as u32, acknowledged, flags: SYN | ACK, window: 64_240, options: &[2, 4, 5, 180] };
            frames.push(Frame::new(answered, tcp((host, port), scanner, 0, offer, &[])));
            let refusal = Segment { sequence: acknowledged, flags: RST, ..Segment::default() };
            frames.push(Frame::new(answered + 0.000_1, tcp(scanner, (host, port), 0, refusal, &[])));
        } else {
            let refusal = Segment { acknowledged, flags: RST | ACK, ..Segment::default() };
            frames.push(Frame::new(answered, tcp((host, port), scanner, 0, refusal, &[])));
        }
        at += lognormal(random, 1.0 / SCAN_PER_S, 0.3);
    }
    frames.into_iter().map(|frame| frame.of(Attack::Scan)).collect()
}

/// Sends datagrams to one port, each from another one.
pub(super) fn flood(random: &mut Random, start: f64) -> Vec<Frame> {
    let mut port = client_port(random);
    let mut at = start;
    let mut frames = Vec::new();
    for _ in 0..FLOOD_PACKETS {
        let bytes = udp((CULPRITS[1], port), (SHOP, 443), random.bits() as u16, &[0x58; FLOOD_PAYLOAD]);
        frames.push(Frame::new(at, bytes).of(Attack::Flood));
        port = port.checked_add(1).unwrap_or(1_024);
        at += lognormal(random, 1.0 / FLOOD_PER_S, 0.4);
    }
    frames
}

/// Tells the gateway and the victim from `start` to `end` that the other one is at the spoofer's hardware address, and makes `ordinary` frames
/// between them go there and on. Returns what the spoofer sends. It passes each packet on twice, by its tool and by its system, as happens where
/// the forwarding of the system was left on.
pub(super) fn spoof(random: &mut Random, ordinary: &mut [Frame], start: f64, end: f64) -> Vec<Frame> {
    let spoofer = CULPRITS[2];
    let claimed = |host: Host| Host { mac: spoofer.mac, ..host };
    let mut frames = Vec::new();
    let mut at = start;
    while at < end {
        frames.push(Frame::new(at, arp(claimed(GATEWAY), VICTIM, VICTIM.mac, true)));
        frames.push(Frame::new(at + 0.000_1, arp(claimed(VICTIM), GATEWAY, GATEWAY.mac, true)));
        at += CLAIM_EVERY_S * between(random, 0.95, 1.05);
    }
    let believed = micros(start + 0.001)..micros(end);
    for frame in ordinary.iter_mut().filter(|frame| believed.contains(&frame.at)) {
        let Some((from, to)) = frame.addresses() else { continue };
        let is_sent = from == VICTIM.ip && frame.destination() == GATEWAY.mac;
        let is_received = to == VICTIM.ip && frame.source() == GATEWAY.mac;
        if is_sent || is_received {
            let receiver = if is_sent { GATEWAY.mac } else { VICTIM.mac };
            for router in [true, false] {
                frames.push(frame.passed_on(spoofer.mac, receiver, between(random, 0.000_1, 0.000_5), router));
            }
            frame.send_to(spoofer.mac);
            frame.attack = Some(Attack::ArpSpoof);
        }
    }
    frames.into_iter().map(|frame| frame.of(Attack::ArpSpoof)).collect()
}
