//! What machines do by themselves: pictures, time, names, pings, hardware addresses.

use super::draws::{between, lognormal, ticks};
use super::frame::{Frame, arp, echo, udp};
use super::hosts::{CAMERA, CLOCK, DESKS, FILES, GATEWAY, Host, MONITOR, PRINTER, RECORDER, THERMOSTAT, residents};
use super::knobs::{ARP_EVERY_S, CLOCK_EVERY_S, NAMES_EVERY_S, PICTURES_PER_S, PING_EVERY_S};
use crate::random::Random;

/// All machines on the switch.
const EVERYBODY: [u8; 6] = [0xff; 6];

/// The group in which machines tell their names (RFC 6762).
const NAMES: Host = Host { mac: [1, 0, 0x5e, 0, 0, 0xfb], ip: [224, 0, 0, 251], ttl: 0 };

/// Each so many pictures is a full one; the others say what has changed.
const FULL_PICTURE_EVERY: usize = 15;

/// The most bytes of a picture in one packet.
const PICTURE_PACKET: usize = 1_200;

/// The traffic of all machines up to some second.
pub(super) fn devices(random: &mut Random, until: f64) -> Vec<Frame> {
    let mut frames = Vec::new();
    camera(&mut frames, random, until);
    pings(&mut frames, random, until);
    for host in residents() {
        hardware_addresses(&mut frames, random, host, until);
        if host != GATEWAY {
            clock(&mut frames, random, host, until);
        }
    }
    for host in [FILES, PRINTER, CAMERA, THERMOSTAT].into_iter().chain(DESKS) {
        names(&mut frames, random, host, until);
    }
    frames
}

/// The camera's pictures in RTP, and each ten seconds what has arrived of them (RTCP).
fn camera(frames: &mut Vec<Frame>, random: &mut Random, until: f64) {
    let mut id = random.bits() as u16;
    let mut sequence = random.bits() as u16;
    for (picture, mut at) in ticks(random, 1.0 / PICTURES_PER_S, 0.01, until).into_iter().enumerate() {
        let is_full = picture % FULL_PICTURE_EVERY == 0;
        let bytes = if is_full { lognormal(random, 3_000.0, 0.08) } else { lognormal(random, 640.0, 0.15) };
        let stamp = (at * 90_000.0) as u32;
        let mut left = bytes as usize;
        while left > 0 {
            let length = left.min(PICTURE_PACKET);
            left -= length;
            let mut packet = vec![0; 12 + length];
            packet[..2].copy_from_slice(&[0x80, if left == 0 { 0xe0 } else { 0x60 }]);
            packet[2..4].copy_from_slice(&sequence.to_be_bytes());
            packet[4..8].copy_from_slice(&stamp.to_be_bytes());
            packet[8..12].copy_from_slice(b"KITS");
            frames.push(Frame::new(at, udp((CAMERA, 40_000), (RECORDER, 40_000), id, &packet)));
            id = id.wrapping_add(1);
            sequence = sequence.wrapping_add(1);
            at += 0.000_4;
        }
    }
    for at in ticks(random, 10.0, 0.1, until) {
        // Of its 32 bytes only the type and the length in words are filled in.
        let mut report = [0; 32];
        report[..4].copy_from_slice(&[0x81, 0xc9, 0, 7]);
        frames.push(Frame::new(at, udp((RECORDER, 40_001), (CAMERA, 40_001), random.bits() as u16, &report)));
    }
}

/// The monitor's pings.
fn pings(frames: &mut Vec<Frame>, random: &mut Random, until: f64) {
    for (round, at) in ticks(random, PING_EVERY_S, 0.01, until).into_iter().enumerate() {
        for (host, round_trip, later) in [(GATEWAY, 0.000_4, 0.0), (FILES, 0.000_3, 0.05)] {
            let at = at + later;
            let answered = at + lognormal(random, round_trip, 0.15);
            frames.push(Frame::new(at, echo(MONITOR, host, random.bits() as u16, false, round as u16)));
            frames.push(Frame::new(answered, echo(host, MONITOR, random.bits() as u16, true, round as u16)));
        }
    }
}

/// A host's questions for the hardware address of the gateway, sometimes of another host.
fn hardware_addresses(frames: &mut Vec<Frame>, random: &mut Random, host: Host, until: f64) {
    let others: Vec<Host> = residents().filter(|&other| other != host).collect();
    for at in ticks(random, ARP_EVERY_S, 0.3, until) {
        let is_known = random.uniform() < 0.6;
        let asked = if is_known && host != GATEWAY { GATEWAY } else { others[random.below(others.len())] };
        let answered = at + between(random, 0.000_1, 0.000_6);
        // An address that is still known is confirmed by its owner, any other is asked of everybody.
        let receiver = if is_known { asked.mac } else { EVERYBODY };
        frames.push(Frame::new(at, arp(host, asked, receiver, false)));
        frames.push(Frame::new(answered, arp(asked, host, host.mac, true)));
    }
}

/// A host's questions for the time (NTP).
fn clock(frames: &mut Vec<Frame>, random: &mut Random, host: Host, until: f64) {
    for at in ticks(random, CLOCK_EVERY_S, 0.02, until) {
        let answered = at + lognormal(random, 0.016, 0.1);
        let mut message = [0; 48];
        message[0] = 0x23;
        frames.push(Frame::new(at, udp((host, 123), (CLOCK, 123), random.bits() as u16, &message)));
        message[0] = 0x24;
        frames.push(Frame::new(answered, udp((CLOCK, 123), (host, 123), random.bits() as u16, &message)));
    }
}

/// A host tells its name.
fn names(frames: &mut Vec<Frame>, random: &mut Random, host: Host, until: f64) {
    let mut message = vec![0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    message.extend(b"\x05_http\x04_tcp\x05local\0\0\x0c\0\x01\0\0\x11\x94\0\x0b\x08kit");
    message.extend(format!("{:04}", host.ip[3]).bytes());
    message.extend([0xc0, 0x0c]);
    for at in ticks(random, NAMES_EVERY_S, 0.2, until) {
        let teller = Host { ttl: 255, ..host };
        frames.push(Frame::new(at, udp((teller, 5353), (NAMES, 5353), random.bits() as u16, &message)));
    }
}
