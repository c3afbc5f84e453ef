//! From packets to statistics.

use pulp::{Arch, Simd, WithSimd};

use super::super::clock::{Clock, ClockCounts};
use super::super::packet::Packet;
use super::channels::{Beside, Channels, Found, Moment, PER_DECAY};
use super::config::{FeatureExtractorConfig, Statistics};
use super::correlated::Correlated;
use super::damped::Damped;
use super::decay::{LANES, factors};
use super::error::ExtractorError;
use super::flows::{Flow, Flows};
use super::hosts::{CardsOfHost, Ways};
use super::key::{EndKey, Keys};
use super::names::names;
use super::store::Store;

/// Streams and pairs that one packet may need.
const OF_ONE_PACKET: usize = 8;

/// A weight below this has faded: its stream is forgotten before any other.
const FADED: f64 = 1e-6;

/// The streams of so many packets are looked at together when some are forgotten: fewer where not many are held.
const AT_ONCE: u64 = 128;

/// Numbers of a stream alone.
const ALONE: usize = 3 * LANES;

/// Numbers of a stream and its pair.
const PAIRED: usize = PER_DECAY * LANES;

/// Turns packets into the statistics of `AfterImage`, one after another (Mirsky et al., NDSS 2018).
///
/// Each statistic is a damped one: with the decay `λ` a value that is `t` seconds old counts `2^(-λ t)`. A packet updates the streams of
///
/// - the card and the address of its source (`MI_dir`),
/// - the address of its source, with that of its destination as the other end of a pair (`HH`),
/// - the time since the last packet on the same way (`HH_jit`),
/// - the address and port of its source, again as a pair (`HpHp`),
///
/// and has their weights, means and variances, and of each pair radius, magnitude, covariance and correlation, once for each of the five decays.
/// The correlation (`pcc`) is no correlation within ±1: the residuals of both ends are those of different moments.
///
/// The time of a packet never counts as earlier than that of a packet before it: see [`Clock`].
///
/// The cost of a packet does not grow with the hosts that its source talks to, but for those that talk more than half as much as it does.
#[derive(Clone, Debug)]
pub struct FeatureExtractor {
    config: FeatureExtractorConfig,
    arch: Arch,
    clock: Clock,
    packets: u64,
    forgotten: u64,
    /// Cards and addresses, where an address has had several cards.
    cards: Store<EndKey, Damped>,
    hosts: Channels<CardsOfHost, Ways>,
    sockets: Channels<(), ()>,
    flows: Flows,
    row: Vec<f64>,
}

/// What an extractor has seen and holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExtractorCounts {
    /// Packets that have statistics.
    pub packets: u64,
    /// Streams and pairs that are held.
    pub streams: u64,
    /// Streams and pairs that were forgotten, since there was no room for them.
    pub forgotten: u64,
    /// Packets whose time did not count.
    pub clock: ClockCounts,
}

impl FeatureExtractor {
    /// An extractor that has seen nothing.
    pub fn new(config: FeatureExtractorConfig) -> Self {
        Self {
            config,
            arch: Arch::new(),
            clock: Clock::new(config.original_arithmetic),
            packets: 0,
            forgotten: 0,
            cards: Store::new(),
            hosts: Channels::new(),
            sockets: Channels::new(),
            flows: Flows::new(),
            row: vec![0.0; config.statistics.width()],
        }
    }

    /// The names of the statistics, in their order: `MI_dir_L5_weight`, …
    pub fn feature_names(&self) -> Vec<String> {
        names(self.config.statistics)
    }

    /// The statistics just after a packet, in the order of [`feature_names`](Self::feature_names). Weights are packets, means bytes or, of jitter, seconds.
    ///
    /// # Errors
    ///
    /// If the packet names no source. It changes nothing then.
    pub fn push(&mut self, packet: &Packet) -> Result<&[f64], ExtractorError> {
        let keys = Keys::of(&packet.headers).ok_or(ExtractorError::NoSource)?;
        let seconds = self.clock.at(packet.time);
        self.packets += 1;
        self.make_room(seconds);
        let moment = Moment { packet: self.packets, seconds, keeps_noise: self.config.original_arithmetic };
        self.arch.dispatch(Update { extractor: self, keys: &keys, value: packet.length.into(), moment });
        Ok(&self.row)
    }

    /// What was seen and is held.
    pub fn counts(&self) -> ExtractorCounts {
        ExtractorCounts { packets: self.packets, streams: self.held() as u64, forgotten: self.forgotten, clock: self.clock.counts() }
    }

    /// The number of pairs in which the source of a packet is the quiet end.
    #[cfg(test)]
    pub(super) fn quiet_pairs_of(&self, packet: &Packet) -> usize {
        Keys::of(&packet.headers).map_or(0, |keys| self.hosts.quiet_pairs_of(&keys.hosts[0]))
    }

    fn held(&self) -> usize {
        self.cards.len() + self.hosts.len() + self.sockets.len()
    }

    /// Looks at the streams of packets that are pushed next, so that they are in the cache then. It changes no number. Of a million hosts, packets take
    /// two thirds of the time if sixteen are looked at together, since the processor then waits for the memory of all of them at once.
    pub fn look_ahead(&self, packets: impl IntoIterator<Item = Packet>) {
        let bits = packets.into_iter().filter_map(|packet| Keys::of(&packet.headers)).fold(0, |bits, keys| bits ^ self.bits(&keys));
        std::hint::black_box(bits);
    }

    /// Some bits of the streams of a packet, or of where they will be.
    #[inline(always)]
    fn bits(&self, keys: &Keys) -> u64 {
        let Some(flow) = self.flows.find(self.flows.hash(keys)) else {
            return self.hosts.streams.bits(&keys.hosts) ^ self.sockets.streams.bits(&keys.sockets);
        };
        let card = flow.card.and_then(|card| self.cards.get(card)).map_or(0, Damped::bits);
        let ways = flow.hosts.pair.and_then(|pair| self.hosts.pairs.get(pair));
        let way = ways.map_or(0, |ways| ways.beside.0[flow.hosts.source()].bits());
        card ^ way ^ self.hosts.bits(flow.hosts) ^ self.sockets.bits(flow.sockets)
    }

    /// Forgets streams until those of a packet have room.
    #[inline]
    fn make_room(&mut self, now: f64) {
        let held = self.held();
        let room = self.config.max_streams - OF_ONE_PACKET;
        if held > room {
            while self.held() > room {
                self.forget(now);
            }
            self.forgotten += (held - self.held()) as u64;
        }
    }

    /// Looks at what is longest in the queues, and forgets what has faded or was not used meanwhile. The names of streams, which an attacker chooses, have no influence.
    #[cold]
    fn forget(&mut self, now: f64) {
        let Self { cards, hosts, sockets, config, .. } = self;
        let queues = [
            hosts.pairs.first_in_queue(),
            sockets.pairs.first_in_queue(),
            cards.first_in_queue(),
            hosts.streams.first_in_queue(),
            sockets.streams.first_in_queue(),
        ];
        let Some(first) = queues.into_iter().flatten().min() else { return };
        let last = first + AT_ONCE.min(config.max_streams as u64 / 128);
        let way_has_faded = |ways: &Ways| ways.0.iter().all(|way| way.has_faded(now, FADED));
        forget(hosts, last, now, way_has_faded);
        forget(sockets, last, now, |()| true);
        let streams = cards.forgettable(last, |stream| stream.has_faded(now, FADED));
        cards.remove(&streams);
    }

    #[inline(always)]
    fn update(&mut self, keys: &Keys, value: f64, moment: Moment) {
        let Moment { seconds, keeps_noise, .. } = moment;
        let hash = self.flows.hash(keys);
        let (flow, is_known) = self.find(hash, keys, moment);
        let way = flow.hosts.source();

        // All powers at once.
        let [source, destination, pair] = self.hosts.ages(flow.hosts, seconds);
        let [source_socket, destination_socket, socket_pair] = self.sockets.ages(flow.sockets, seconds);
        let card_age = flow.card.map_or(0.0, |card| self.cards.at(card).age(seconds));
        let jitter = flow.hosts.pair.map_or(0.0, |pair| self.hosts.pairs.at(pair).beside.0[way].age(seconds));
        let left = factors([card_age, jitter, source, destination, pair, source_socket, destination_socket, socket_pair]);

        let (card, rest) = self.row.split_at_mut(ALONE);
        let (host, rest) = rest.split_at_mut(if self.config.statistics == Statistics::WithSourceHost { ALONE } else { 0 });
        let (hosts, rest) = rest.split_at_mut(PAIRED);
        let (path, sockets) = rest.split_at_mut(ALONE);

        let host_pair = self.hosts.update(flow.hosts, value, moment, [&left[2], &left[3], &left[4]], hosts);
        copy_source(hosts, host);
        match flow.card {
            None => copy_source(hosts, card),
            Some(index) => {
                let stream = self.cards.at_mut(index);
                stream.insert(value, seconds, &left[0]);
                write(stream, keeps_noise, card);
            }
        }

        let stream = &mut self.hosts.pairs.at_mut(host_pair).beside.0[way];
        stream.insert(jitter, seconds, &left[1]);
        write(stream, keeps_noise, path);

        let socket_pair = self.sockets.update(flow.sockets, value, moment, [&left[5], &left[6], &left[7]], sockets);
        if !is_known {
            let [hosts, sockets] =
                [(flow.hosts, host_pair), (flow.sockets, socket_pair)].map(|(found, pair)| Found { pair: Some(pair), ..found });
            self.flows.keep(hash, Flow { hosts, sockets, ..flow });
        }
    }

    /// The streams of a packet, which begin now if they are new, and whether they were found at once.
    #[inline(always)]
    fn find(&mut self, hash: u64, keys: &Keys, moment: Moment) -> (Flow, bool) {
        let packet = moment.packet;
        if let Some(flow) = self.flows.find(hash)
            && self.hosts.holds(flow.hosts, &keys.hosts)
            && self.sockets.holds(flow.sockets, &keys.sockets)
            && self.holds_card(flow, keys)
        {
            if let Some(card) = flow.card {
                self.cards.touch(card, packet);
            }
            self.hosts.touch(flow.hosts, packet);
            self.sockets.touch(flow.sockets, packet);
            return (flow, true);
        }
        let hosts = self.hosts.find(keys.hosts, moment);
        let sockets = self.sockets.find(keys.sockets, moment);
        let host = self.hosts.streams.at_mut(hosts.own);
        let card = host.beside.find(keys, host.numbers.damped(), &mut self.cards, packet);
        self.flows.fit(self.held());
        (Flow { card, hosts, sockets }, false)
    }

    /// Whether the card of a packet still has the stream of a flow.
    #[inline(always)]
    fn holds_card(&self, flow: Flow, keys: &Keys) -> bool {
        let cards = self.hosts.streams.at(flow.hosts.own).beside;
        match flow.card {
            None => cards == CardsOfHost::One(keys.card),
            Some(index) => cards == CardsOfHost::Several && self.cards.holds(index, &keys.hosts[0].with_card(keys.card)),
        }
    }
}

/// Forgets pairs and streams of one kind that packets up to `last` put into the queue.
fn forget<S: Copy + Default, P: Copy + Default>(channels: &mut Channels<S, P>, last: u64, now: f64, beside_has_faded: impl Fn(&P) -> bool) {
    // Pairs go before their streams.
    let pairs = channels.pairs.forgettable(last, |pair| pair.numbers.has_faded(now, FADED) && beside_has_faded(&pair.beside));
    channels.forget_pairs(&pairs);
    // What is left of a stream that has faded, its mean above all, counts as long as it has pairs.
    let is_nothing =
        |stream: &Beside<Correlated, S>| stream.numbers.pairs.first().is_none() && stream.numbers.damped().has_faded(now, FADED);
    let streams = channels.streams.forgettable(last, is_nothing);
    channels.forget_streams(&streams);
}

/// A packet, to be taken by loops that are compiled for the vector registers at hand.
struct Update<'a> {
    extractor: &'a mut FeatureExtractor,
    keys: &'a Keys,
    value: f64,
    moment: Moment,
}

impl WithSimd for Update<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.extractor.update(self.keys, self.value, self.moment);
    }
}

/// Copies weight, mean and variance of the source from what is written for it and its pair.
#[inline(always)]
fn copy_source(paired: &[f64], into: &mut [f64]) {
    for (into, paired) in into.chunks_exact_mut(3).zip(paired.chunks_exact(PER_DECAY)) {
        into.copy_from_slice(&paired[..3]);
    }
}

/// Writes weight, mean and variance of each decay side by side.
#[inline(always)]
fn write(stream: &Damped, keeps_noise: bool, into: &mut [f64]) {
    let moments = stream.moments(keeps_noise);
    for (lane, into) in into.chunks_exact_mut(3).enumerate().take(LANES) {
        into.copy_from_slice(&[stream.weights[lane], moments.means[lane], moments.variances[lane]]);
    }
}
