//! A TCP conversation as the office's switch sees it.

use std::mem;

use super::draws::{between, client_port, lognormal};
use super::frame::{Frame, Segment, tcp};
use super::hosts::Host;
use crate::random::Random;

/// Bytes of data in a full segment.
const FULL_SEGMENT: usize = 1_460;

/// The largest answer in bytes.
const MOST_BYTES: usize = 6_000;

/// Segments that are sent before the first acknowledgement (RFC 6928), and at most.
const WINDOW: [usize; 2] = [10, 44];

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

/// What a SYN offers: segments of 1,460 bytes, selective acknowledgement, a window in units of 256 bytes.
const OFFER: [u8; 12] = [2, 4, 5, 180, 1, 3, 3, 8, 1, 1, 4, 2];

/// The way to a server: seconds to it and back, and from one full segment to the next up and down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path {
    pub(super) round_trip: f64,
    pub(super) up: f64,
    pub(super) down: f64,
}

/// A conversation of a client in the office with a server. What has been said is in `frames`.
#[derive(Debug)]
pub(super) struct Conversation<'a> {
    random: &'a mut Random,
    frames: &'a mut Vec<Frame>,
    client: End,
    server: End,
    path: Path,
    /// Seconds at which the switch has seen the last frame of data.
    pub(super) now: f64,
}

#[derive(Debug, Clone, Copy)]
struct End {
    host: Host,
    port: u16,
    /// The number of the next byte.
    sequence: u32,
    /// The number of the next packet.
    id: u16,
    /// The bytes that it still takes, in units of 256 bytes.
    room: u16,
    window: usize,
    /// Seconds at which it has spoken last.
    spoke: f64,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaker {
    Client,
    Server,
}

impl<'a> Conversation<'a> {
    /// Opens a conversation at some time, by three frames.
    pub(super) fn open(frames: &'a mut Vec<Frame>, random: &'a mut Random, client: Host, server: (Host, u16), path: Path, at: f64) -> Self {
        let mut end = |host, port| End {
            host,
            port,
            sequence: random.bits() as u32,
            id: random.bits() as u16,
            room: 512 + random.below(512) as u16,
            window: WINDOW[0],
            spoke: 0.0,
        };
        let (client, server) = (end(client, 0), end(server.0, server.1));
        let client = End { port: client_port(random), ..client };
        let mut this = Self { random, frames, client, server, path, now: at };
        this.say(at, Speaker::Client, SYN, &[]);
        this.client.sequence = this.client.sequence.wrapping_add(1);
        this.now = at + this.round_trip();
        this.say(this.now, Speaker::Server, SYN | ACK, &[]);
        this.server.sequence = this.server.sequence.wrapping_add(1);
        this.now += this.turn();
        this.say(this.now, Speaker::Client, ACK, &[]);
        this
    }

    /// Agrees on keys, as TLS 1.3 does.
    pub(super) fn agree_on_keys(&mut self) {
        self.now += self.turn();
        self.send(Speaker::Client, 517, false);
        self.now += self.round_trip();
        let certificates = lognormal(self.random, 3_200.0, 0.25) as usize;
        self.send(Speaker::Server, certificates, true);
        self.now += 4.0 * self.turn();
        self.send(Speaker::Client, 80, false);
    }

    /// Waits as long as people or programs do before they go on.
    pub(super) fn think(&mut self, median_seconds: f64, spread: f64) {
        self.now += lognormal(self.random, median_seconds, spread);
    }

    /// Sends a request, and the answer after some seconds in the server. Sizes in bytes and seconds are medians.
    pub(super) fn request(&mut self, request: f64, seconds: f64, answer: f64) {
        self.now += self.turn();
        let request = lognormal(self.random, request, 0.3) as usize;
        self.send(Speaker::Client, request.min(FULL_SEGMENT), false);
        self.now += self.round_trip() + lognormal(self.random, seconds, 0.4);
        let answer = lognormal(self.random, answer, 0.5) as usize;
        self.send(Speaker::Server, answer.clamp(60, MOST_BYTES), true);
    }

    /// Sends much data to the server, which acknowledges all.
    pub(super) fn upload(&mut self, bytes: usize) {
        self.now += self.turn();
        self.send(Speaker::Client, bytes, true);
        self.now += self.round_trip();
    }

    /// With some probability, sends a message from the server a moment later. Its size in bytes is a median.
    pub(super) fn message(&mut self, probability: f64, bytes: f64) {
        if self.random.uniform() < probability {
            self.now += between(self.random, 1.0, 15.0);
            let bytes = lognormal(self.random, bytes, 0.6) as usize;
            self.send(Speaker::Server, bytes, true);
        }
    }

    /// Shows at some time that both still live: the client repeats its last byte, and the server acknowledges.
    pub(super) fn keep_alive(&mut self, at: f64) {
        self.now = at;
        self.client.sequence = self.client.sequence.wrapping_sub(1);
        self.say(at, Speaker::Client, ACK, &[0]);
        self.client.sequence = self.client.sequence.wrapping_add(1);
        let answered = at + self.round_trip();
        self.say(answered, Speaker::Server, ACK, &[]);
    }

    /// Closes the conversation, which the client begins.
    pub(super) fn close(mut self) -> f64 {
        self.now += self.turn();
        self.say(self.now, Speaker::Client, FIN | ACK, &[]);
        self.client.sequence = self.client.sequence.wrapping_add(1);
        self.now += self.round_trip();
        self.say(self.now, Speaker::Server, FIN | ACK, &[]);
        self.server.sequence = self.server.sequence.wrapping_add(1);
        self.now += self.turn();
        self.say(self.now, Speaker::Client, ACK, &[]);
        self.now
    }

    /// Sends bytes in full segments. The client acknowledges each second one, a server each eighth, since its network card joins them. The
    /// sender waits for these whenever its window is used up, and doubles it. The last acknowledgement comes by itself only if it is asked for;
    /// else the next data have it.
    fn send(&mut self, speaker: Speaker, bytes: usize, last_acknowledged: bool) {
        let mut left = bytes;
        while left > 0 {
            let begun = self.now;
            let (window, gap, each) = match speaker {
                Speaker::Client => (&mut self.client.window, self.path.up, 8),
                Speaker::Server => (&mut self.server.window, self.path.down, 2),
            };
            let segments = left.div_ceil(FULL_SEGMENT).min(*window);
            *window = (2 * *window).min(WINDOW[1]);
            for number in 1..=segments {
                let length = left.min(FULL_SEGMENT);
                left -= length;
                let flags = if left == 0 || number == segments { PSH | ACK } else { ACK };
                self.say(self.now, speaker, flags, &record(length));
                let end = self.end(speaker);
                end.sequence = end.sequence.wrapping_add(length as u32);
                if (number % each == 0 || number == segments) && (left > 0 || last_acknowledged) {
                    self.acknowledge(speaker);
                }
                if left > 0 {
                    self.now += gap * lognormal(self.random, 1.0, 0.2);
                }
            }
            if left > 0 {
                self.now = self.now.max(begun + self.round_trip());
            }
        }
    }

    /// The other one acknowledges what has been sent.
    fn acknowledge(&mut self, speaker: Speaker) {
        match speaker {
            Speaker::Client => {
                let at = self.now + self.round_trip();
                self.say(at, Speaker::Server, ACK, &[]);
            }
            Speaker::Server => {
                let at = self.now + self.turn();
                self.say(at, Speaker::Client, ACK, &[]);
            }
        }
    }

    fn say(&mut self, at: f64, speaker: Speaker, flags: u8, payload: &[u8]) {
        let (mut from, mut to) = (self.client, self.server);
        if speaker == Speaker::Server {
            mem::swap(&mut from, &mut to);
        }
        let segment = Segment {
            sequence: from.sequence,
            acknowledged: if flags & ACK == 0 { 0 } else { to.sequence },
            flags,
            window: if flags & SYN == 0 { from.room } else { u16::MAX },
            options: if flags & SYN == 0 { &[] } else { &OFFER },
        };
        let bytes = tcp((from.host, from.port), (to.host, to.port), from.id, segment, payload);
        // An end says one thing after the other, however fast it answers.
        let at = at.max(from.spoke + 0.000_01);
        let end = self.end(speaker);
        end.id = from.id.wrapping_add(1);
        end.spoke = at;
        self.frames.push(Frame::new(at, bytes));
    }

    fn end(&mut self, speaker: Speaker) -> &mut End {
        match speaker {
            Speaker::Client => &mut self.client,
            Speaker::Server => &mut self.server,
        }
    }

    /// The time that the client takes to answer.
    fn turn(&mut self) -> f64 {
        between(self.random, 0.000_06, 0.000_25)
    }

    fn round_trip(&mut self) -> f64 {
        self.path.round_trip * lognormal(self.random, 1.0, 0.06)
    }
}

/// Data of some length: an encrypted record, blank but for its header. What is encrypted would make up most of the file and tells nobody anything.
fn record(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let rest = (length.saturating_sub(5) as u16).to_be_bytes();
    for (byte, header) in bytes.iter_mut().zip([0x17, 3, 3, rest[0], rest[1]]) {
        *byte = header;
    }
    bytes
}
