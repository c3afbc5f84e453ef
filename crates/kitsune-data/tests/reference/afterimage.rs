//! `AfterImage` once more, as plainly as it can be written: keys are text, every stream and decay has its own numbers, and a value meets
//! all pairs of its stream at once.
//!
//! It is what the fast extractor is compared with, so it shares no code with it. Read `streams.rs` for the statistics, `clock.rs` for the
//! time.

#[path = "clock.rs"]
mod clock;
#[path = "streams.rs"]
mod streams;

use kitsune_data::packets::{Headers, Packet, Protocol};

use self::clock::Clock;
use self::streams::{NOISE, One, ROUNDING, Streams, Two};

const DECAYS: [f64; 5] = [5.0, 3.0, 1.0, 0.1, 0.01];

/// How far another implementation may be away, in parts of the value.
const TOLERANCE: f64 = 1e-9;

/// Where squares become coarse, and what is left of old values may be 0 instead.
const SMALLEST: f64 = 1e-150;

/// Which of the two sets of rules to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    /// Time since the first packet, and no noise in variances.
    Exact,
    /// The published program's: time since 1970, and variances as they come out.
    Original,
}

/// A number, and how far from it another implementation may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    pub(crate) value: f64,
    pub(crate) tolerance: f64,
}

/// The statistics of a packet in the groups that the published program has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    /// Of the source's card and address.
    pub(crate) cards: Vec<Figure>,
    /// Of the source's address alone.
    pub(crate) source: Vec<Figure>,
    /// Of the pair of addresses.
    pub(crate) hosts: Vec<Figure>,
    /// Of the time between the packets of the pair.
    pub(crate) jitter: Vec<Figure>,
    /// Of the pair of sockets.
    pub(crate) sockets: Vec<Figure>,
}

impl Row {
    pub(crate) fn hundred(&self) -> Vec<Figure> {
        [&self.cards[..], &self.hosts, &self.jitter, &self.sockets].concat()
    }

    pub(crate) fn with_source_host(&self) -> Vec<Figure> {
        [&self.cards[..], &self.source, &self.hosts, &self.jitter, &self.sockets].concat()
    }
}

/// The whole extractor.
#[derive(Clone, Debug)]
pub(crate) struct AfterImage {
    arithmetic: Arithmetic,
    clock: Clock,
    cards: [Streams; 5],
    hosts: [Streams; 5],
    jitter: [Streams; 5],
    sockets: [Streams; 5],
}

impl AfterImage {
    pub(crate) fn new(arithmetic: Arithmetic) -> Self {
        let exact = arithmetic == Arithmetic::Exact;
        let streams = || DECAYS.map(|decay| Streams::new(decay, exact));
        Self { arithmetic, clock: Clock::new(!exact), cards: streams(), hosts: streams(), jitter: streams(), sockets: streams() }
    }

    /// The statistics of the next packet; `None` if it names no source.
    pub(crate) fn push(&mut self, packet: &Packet) -> Option<Row> {
        let keys = Keys::of(&packet.headers)?;
        let now = self.clock.tick(packet.time);
        let length = f64::from(packet.length);
        let mut row = Row::default();
        for streams in &mut self.cards {
            row.cards.extend(figures_of_one(streams.one(&keys.card, now, length)));
        }
        for streams in &mut self.hosts {
            let one = streams.one(&keys.source, now, length);
            row.source.extend(figures_of_one(one));
            row.hosts.extend(figures_of_one(one));
            row.hosts.extend(figures_of_two(streams.two(&keys.source, &keys.destination, now, length), self.arithmetic));
        }
        for streams in &mut self.jitter {
            row.jitter.extend(figures_of_one(streams.interval(&keys.way, now)));
        }
        for streams in &mut self.sockets {
            row.sockets.extend(figures_of_one(streams.one(&keys.source_socket, now, length)));
            let two = streams.two(&keys.source_socket, &keys.destination_socket, now, length);
            row.sockets.extend(figures_of_two(two, self.arithmetic));
        }
        Some(row)
    }
}

/// The names of a packet's streams. The published program joins their parts with nothing between, so that a port can grow out of an
/// address.
#[derive(Clone, Debug)]
struct Keys {
    card: String,
    source: String,
    destination: String,
    way: String,
    source_socket: String,
    destination_socket: String,
}

impl Keys {
    fn of(headers: &Headers) -> Option<Self> {
        let text = |mac: Option<[u8; 6]>| mac.map(|mac| mac.map(|byte| format!("{byte:02x}")).join("-"));
        let [source_mac, destination_mac] = [text(headers.source_mac), text(headers.destination_mac)];
        let source = headers.source.map(|address| address.to_string()).or(source_mac.clone())?;
        let destination = headers.destination.map(|address| address.to_string()).or(destination_mac.clone());
        let destination = destination.unwrap_or_else(|| "nobody".to_owned());

        let is_icmp = headers.protocol == Protocol::ICMP && headers.source.is_some_and(|address| address.is_ipv4());
        let port = |port: Option<u16>| match port {
            _ if is_icmp => "icmp".to_owned(),
            Some(port) => port.to_string(),
            None => "none".to_owned(),
        };
        let [source_socket, destination_socket] = if headers.protocol == Protocol::Arp {
            [source_mac.clone().unwrap_or(source.clone()), destination_mac.unwrap_or(destination.clone())].map(|mac| format!("{mac}|none"))
        } else {
            [(&source, headers.source_port), (&destination, headers.destination_port)].map(|(host, p)| format!("{host}|{}", port(p)))
        };
        let card = source_mac.map_or(source.clone(), |mac| format!("{mac}|{source}"));
        Some(Self { card, way: format!("{source}|{destination}"), source, destination, source_socket, destination_socket })
    }
}

/// Weight, mean and variance.
fn figures_of_one(one: One) -> [Figure; 3] {
    [relative(one.weight), relative(one.mean), Figure { value: one.variance, tolerance: variance_tolerance(one) }]
}

/// Radius, magnitude, covariance and the coefficient of correlation.
fn figures_of_two(two: Two, arithmetic: Arithmetic) -> [Figure; 4] {
    let [first, second] = two.ends;
    let length = |a: f64, b: f64| (a * a + b * b).sqrt();
    let radius_tolerance = variance_tolerance(first) + variance_tolerance(second);
    [
        Figure { value: length(first.variance, second.variance), tolerance: radius_tolerance },
        relative(length(first.mean, second.mean)),
        Figure { value: two.covariance, tolerance: two.rounding + SMALLEST },
        correlation(two, arithmetic),
    ]
}

/// The covariance over the product of the deviations, or 0.
fn correlation(two: Two, arithmetic: Arithmetic) -> Figure {
    let [first, second] = two.ends;
    let deviations = first.variance.sqrt() * second.variance.sqrt();
    let value = if deviations == 0.0 { 0.0 } else { two.covariance / deviations };
    // How large each variance is, in parts of the square of its mean.
    let parts = two.ends.map(|end| end.variance / (end.mean * end.mean));
    let is_of_noise = arithmetic == Arithmetic::Original && !parts.iter().all(|&part| part > NOISE);
    let is_coarse = two.ends.iter().any(|end| end.variance > 0.0 && end.variance < SMALLEST);
    let tolerance = if is_of_noise || is_coarse || first.is_doubtful || second.is_doubtful {
        f64::INFINITY
    } else if deviations == 0.0 {
        0.0
    } else {
        let own_rounding = TOLERANCE + ROUNDING / parts[0] + ROUNDING / parts[1];
        value.abs() * own_rounding + (two.rounding + SMALLEST) / deviations
    };
    Figure { value, tolerance }
}

fn relative(value: f64) -> Figure {
    Figure { value, tolerance: TOLERANCE * value.abs() + SMALLEST }
}

/// A difference of two numbers of the size of the greater of both is rounded by parts of that, but what is cut to 0 is 0.
fn variance_tolerance(one: One) -> f64 {
    if one.is_cut && !one.is_doubtful { 0.0 } else { TOLERANCE * (one.mean * one.mean + one.variance) + SMALLEST }
}
