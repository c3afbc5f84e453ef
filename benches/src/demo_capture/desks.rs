//! What people at their desks do: pages, files, mail. And the backup of the files that they made.

use super::conversation::{Conversation, Path};
use super::draws::{arrivals, client_port, exponential, lognormal, ticks};
use super::frame::{Frame, udp};
use super::hosts::{DESKS, FILES, GATEWAY, Host, MAIL, VAULT, WEB_SERVERS, web_server};
use super::knobs::{
    BACKUP_EVERY_S, BACKUP_SEGMENTS, FILE_EVERY_S, LARGE_PAGE_EVERY, MOST_REQUESTS, PAGE_EVERY_S, REFRESH_EVERY_S, REFRESH_REQUESTS,
    REQUESTS,
};
use crate::random::Random;

/// Seconds from one full segment to the next: 20 Mbit/s from the outside. What is sent there is held back to 0.4 Mbit/s, so that it is in nobody's way.
const DOWN_S: f64 = 0.000_6;
const UP_S: f64 = 0.032;

/// The way to the file server.
const INSIDE: Path = Path { round_trip: 0.000_35, up: 0.000_05, down: 0.000_05 };

/// The traffic of all desks up to some second.
pub(super) fn desks(random: &mut Random, until: f64) -> Vec<Frame> {
    let mut frames = Vec::new();
    for desk in DESKS {
        for at in arrivals(random, PAGE_EVERY_S, until) {
            page(&mut frames, random, desk, at);
        }
        for at in arrivals(random, FILE_EVERY_S, until) {
            file(&mut frames, random, desk, at);
        }
        mail(&mut frames, random, desk, until);
    }
    for at in ticks(random, REFRESH_EVERY_S, 0.0, until) {
        for (number, desk) in DESKS.into_iter().enumerate() {
            let begun = at + exponential(random, 0.03);
            refresh(&mut frames, random, desk, web_server(WEB_SERVERS - 1 - number), begun);
        }
    }
    for at in ticks(random, BACKUP_EVERY_S, 0.05, until) {
        backup(&mut frames, random, at);
    }
    frames
}

/// A page: names, and requests to up to three servers at the same time.
fn page(frames: &mut Vec<Frame>, random: &mut Random, desk: Host, at: f64) {
    let is_large = random.below(LARGE_PAGE_EVERY) == 0;
    let requests = if is_large { MOST_REQUESTS } else { (lognormal(random, REQUESTS.0, REQUESTS.1) as usize).clamp(2, MOST_REQUESTS) };
    let servers = 1 + (requests / 8).min(2);
    let mut at = at;
    for number in 0..servers {
        // Some servers are visited far more often than others.
        let popular = random.uniform() * random.uniform();
        let (server, round_trip) = web_server((popular * (WEB_SERVERS - DESKS.len()) as f64) as usize);
        at = name(frames, random, desk, at);
        let path = Path { round_trip, up: UP_S, down: DOWN_S };
        let mut conversation = Conversation::open(frames, random, desk, (server, 443), path, at);
        conversation.agree_on_keys();
        for _ in 0..requests / servers + usize::from(number < requests % servers) {
            conversation.think(0.3, 0.4);
            conversation.request(420.0, 0.02, 2_200.0);
        }
        conversation.close();
        at += exponential(random, 0.2);
    }
}

/// A question for the address of a name, and its answer. Returns when that is known.
fn name(frames: &mut Vec<Frame>, random: &mut Random, desk: Host, at: f64) -> f64 {
    let (asker, resolver) = ((desk, client_port(random)), (GATEWAY, 53));
    let answered = at + lognormal(random, 0.004, 0.8);
    let number = random.bits() as u16;
    // The names have 6 to 12 letters.
    let label: Vec<u8> = (0..6 + random.below(7)).map(|_| b'a' + random.below(26) as u8).collect();
    let mut message = number.to_be_bytes().to_vec();
    message.extend([0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0, label.len() as u8]);
    message.extend(label);
    message.extend(b"\x07example\0\0\x01\0\x01");
    frames.push(Frame::new(at, udp(asker, resolver, random.bits() as u16, &message)));
    message[2..4].copy_from_slice(&[0x81, 0x80]);
    message[7] = 1;
    message.extend([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 51, 100, 10]);
    frames.push(Frame::new(answered, udp(resolver, asker, random.bits() as u16, &message)));
    answered + 0.000_3
}

/// What a desk shows all day, which each asks for at the same second.
fn refresh(frames: &mut Vec<Frame>, random: &mut Random, desk: Host, (server, round_trip): (Host, f64), at: f64) {
    let path = Path { round_trip, up: UP_S, down: DOWN_S };
    let mut conversation = Conversation::open(frames, random, desk, (server, 443), path, at);
    conversation.agree_on_keys();
    for _ in 0..REFRESH_REQUESTS {
        conversation.think(0.08, 0.3);
        conversation.request(400.0, 0.02, 2_200.0);
    }
    conversation.close();
}

/// A document that is read from the file server.
fn file(frames: &mut Vec<Frame>, random: &mut Random, desk: Host, at: f64) {
    let mut conversation = Conversation::open(frames, random, desk, (FILES, 445), INSIDE, at);
    for _ in 0..4 {
        conversation.think(0.06, 0.5);
        conversation.request(180.0, 0.001, 250.0);
    }
    conversation.think(0.06, 0.5);
    conversation.request(180.0, 0.004, 4_000.0);
    conversation.think(0.5, 0.8);
    conversation.request(150.0, 0.001, 130.0);
    conversation.close();
}

/// A conversation that lasts all day: a message now and then, and between them signs of life.
fn mail(frames: &mut Vec<Frame>, random: &mut Random, desk: Host, until: f64) {
    let path = Path { round_trip: 0.018, up: UP_S, down: DOWN_S };
    let begun = exponential(random, 10.0);
    let timer = ticks(random, 45.0, 0.02, until);
    let mut conversation = Conversation::open(frames, random, desk, (MAIL, 443), path, begun);
    conversation.agree_on_keys();
    for at in timer {
        let at = begun + 10.0 + at;
        conversation.keep_alive(at);
        conversation.message(0.2, 900.0);
    }
}

/// The file server's backup, which the way to the outside slows down.
fn backup(frames: &mut Vec<Frame>, random: &mut Random, at: f64) {
    let at = name(frames, random, FILES, at);
    let bytes = 1_460 * lognormal(random, BACKUP_SEGMENTS, 0.1) as usize;
    let path = Path { round_trip: 0.024, up: UP_S, down: DOWN_S };
    let mut conversation = Conversation::open(frames, random, FILES, (VAULT, 443), path, at);
    conversation.agree_on_keys();
    conversation.upload(bytes);
    conversation.request(300.0, 0.05, 400.0);
    conversation.close();
}
