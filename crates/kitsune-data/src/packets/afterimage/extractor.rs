//! From packets to statistics.

use pulp::{Arch, Simd, WithSimd};

use super::super::packet::Packet;
use super::channels::{Channels, Moment, PER_DECAY};
use super::clock::{Clock, ClockCounts};
use super::config::{FeatureExtractorConfig, Statistics};
use super::correlated::Correlated;
use super::damped::Damped;
use super::decay::{LANES, factors};
use super::error::ExtractorError;
use super::flows::{Flow, Flows};
use super::key::{EndKey, Keys, PathKey};
use super::names::names;
use super::store::Store;

/// Streams and pairs that one packet may need.
const OF_ONE_PACKET: usize = 8;

/// A weight below this has faded: its stream is forgotten before any other.
const FADED: f64 = 1e-6;

/// The streams of so many packets are looked at together when some are forgotten: fewer where not many are held.
const AT_ONCE: u64 = 32;

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
/// The time of a packet never counts as earlier than that of a packet before it: see [`ClockCounts`].
///
/// The cost of a packet does not grow with the hosts that its source talks to, but for those that talk more than half as much as it does.
#[derive(Clone, Debug)]
pub struct FeatureExtractor {
    config: FeatureExtractorConfig,
    arch: Arch,
    clock: Clock,
    packets: u64,
    forgotten: u64,
    cards: Store<EndKey, Damped>,
    hosts: Channels,
    paths: Store<PathKey, Damped>,
    sockets: Channels,
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
            paths: Store::new(),
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
        self.cards.len() + self.paths.len() + self.hosts.len() + self.sockets.len()
    }

    /// Looks at the streams of packets that are pushed next, so that they are in the cache then. It changes no number. Of a million hosts, packets take
    /// two thirds of the time if sixteen are looked at together, since the processor then waits for the memory of all of them at once.
    pub fn look_ahead(&self, packets: impl IntoIterator<Item = Packet>) {
        let flows = packets.into_iter().filter_map(|packet| self.flows.find(self.flows.hash(&Keys::of(&packet.headers)?)));
        let bits = flows.fold(0, |bits, flow| bits ^ self.bits(flow));
        std::hint::black_box(bits);
    }

    /// Some bits of the streams of a packet.
    fn bits(&self, flow: &Flow) -> u64 {
        let [card, path] = [self.cards.get(flow.card), self.paths.get(flow.path)].map(|stream| stream.map_or(0, Damped::bits));
        card ^ path ^ self.hosts.bits(flow.hosts) ^ self.sockets.bits(flow.sockets)
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
        let Self { cards, hosts, paths, sockets, config, .. } = self;
        let queues = [
            hosts.pairs.first_in_queue(),
            sockets.pairs.first_in_queue(),
            cards.first_in_queue(),
            paths.first_in_queue(),
            hosts.streams.first_in_queue(),
            sockets.streams.first_in_queue(),
        ];
        let Some(first) = queues.into_iter().flatten().min() else { return };
        let last = first + AT_ONCE.min(config.max_streams as u64 / 128);
        // Pairs go before their streams.
        for channels in [hosts, sockets] {
            let pairs = channels.pairs.forgettable(last, |pair| pair.has_faded(now, FADED));
            channels.forget_pairs(&pairs);
            // What is left of a stream that has faded, its mean above all, counts as long as it has pairs.
            let is_nothing = |stream: &Correlated| stream.pairs.first().is_none() && stream.damped().has_faded(now, FADED);
            let streams = channels.streams.forgettable(last, is_nothing);
            channels.forget_streams(&streams);
        }
        let streams = cards.forgettable(last, |stream| stream.has_faded(now, FADED));
        cards.remove(&streams);
        let streams = paths.forgettable(last, |stream| stream.has_faded(now, FADED));
        paths.remove(&streams);
    }

    #[inline(always)]
    fn update(&mut self, keys: &Keys, value: f64, moment: Moment) {
        let Moment { seconds, keeps_noise, .. } = moment;
        let hash = self.flows.hash(keys);
        let (flow, is_known) = self.find(hash, keys, moment);

        // All powers at once.
        let [source, destination, pair] = self.hosts.ages(flow.hosts, seconds);
        let [source_socket, destination_socket, socket_pair] = self.sockets.ages(flow.sockets, seconds);
        let [card_age, jitter] = [self.cards.at(flow.card), self.paths.at(flow.path)].map(|stream| stream.age(seconds));
        let left = factors([card_age, jitter, source, destination, pair, source_socket, destination_socket, socket_pair]);

        let (card, rest) = self.row.split_at_mut(ALONE);
        let (host, rest) = rest.split_at_mut(if self.config.statistics == Statistics::WithSourceHost { ALONE } else { 0 });
        let (hosts, rest) = rest.split_at_mut(PAIRED);
        let (path, sockets) = rest.split_at_mut(ALONE);

        let stream = self.cards.at_mut(flow.card);
        stream.insert(value, seconds, &left[0]);
        write(stream, keeps_noise, card);

        let hosts_found = self.hosts.update(flow.hosts, value, moment, [&left[2], &left[3], &left[4]], hosts);
        for (into, pair) in host.chunks_exact_mut(3).zip(hosts.chunks_exact(PER_DECAY)) {
            into.copy_from_slice(&pair[..3]);
        }

        let stream = self.paths.at_mut(flow.path);
        stream.insert(jitter, seconds, &left[1]);
        write(stream, keeps_noise, path);

        let sockets_found = self.sockets.update(flow.sockets, value, moment, [&left[5], &left[6], &left[7]], sockets);
        if !is_known {
            self.flows.keep(hash, Flow { hosts: hosts_found, sockets: sockets_found, ..flow });
        }
    }

    /// The streams of a packet, which begin now if they are new, and whether they were found at once.
    #[inline(always)]
    fn find(&mut self, hash: u64, keys: &Keys, moment: Moment) -> (Flow, bool) {
        let Moment { packet, seconds, .. } = moment;
        if let Some(&flow) = self.flows.find(hash)
            && self.cards.holds(flow.card, &keys.card)
            && self.paths.holds(flow.path, &keys.path)
            && self.hosts.holds(flow.hosts, &keys.hosts)
            && self.sockets.holds(flow.sockets, &keys.sockets)
        {
            self.cards.touch(flow.card, packet);
            self.paths.touch(flow.path, packet);
            self.hosts.touch(flow.hosts, packet);
            self.sockets.touch(flow.sockets, packet);
            return (flow, true);
        }
        let flow = Flow {
            card: self.cards.find_or_insert(keys.card, packet, || Damped::new(seconds)),
            path: self.paths.find_or_insert(keys.path, packet, || Damped::new(seconds)),
            hosts: self.hosts.find(keys.hosts, moment),
            sockets: self.sockets.find(keys.sockets, moment),
        };
        self.flows.fit(self.held());
        (flow, false)
    }
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

/// Writes weight, mean and variance of each decay side by side.
#[inline(always)]
fn write(stream: &Damped, keeps_noise: bool, into: &mut [f64]) {
    let moments = stream.moments(keeps_noise);
    for (lane, into) in into.chunks_exact_mut(3).enumerate().take(LANES) {
        into.copy_from_slice(&[stream.weights[lane], moments.means[lane], moments.variances[lane]]);
    }
}
