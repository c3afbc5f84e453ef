//! Streams of one kind and what each two of them have in common.

use super::correlated::{Correlated, Faded};
use super::damped::Moments;
use super::decay::{LANES, Lanes, factors, lanes};
use super::key::EndKey;
use super::list::Links;
use super::pair::Pair;
use super::store::Store;

/// Numbers of a packet for each decay: weight, mean and variance of its source, radius, magnitude, covariance and correlation of its pair.
pub(super) const PER_DECAY: usize = 7;

/// Streams and their pairs.
#[derive(Clone, Debug)]
pub(super) struct Channels {
    pub(super) streams: Store<EndKey, Correlated>,
    /// By the indices of both ends, the lower one first.
    pub(super) pairs: Store<[u32; 2], Pair>,
    /// Four nodes for each pair, of which three are used: the pair in the lists of its ends, and in that of its quiet end.
    links: Links,
}

/// The node of a pair in the list of all pairs of one of its ends.
fn node(pair: u32, end: usize) -> u32 {
    pair * 4 + end as u32
}

/// The node of a pair in the list of its quiet end.
fn quiet_node(pair: u32) -> u32 {
    pair * 4 + 2
}

fn pair_of(node: u32) -> u32 {
    node / 4
}

/// The moment of a packet: its number, its time in seconds, and whether variances keep their rounding noise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) packet: u64,
    pub(super) seconds: f64,
    pub(super) keeps_noise: bool,
}

/// Where the streams of a packet are, and their pair if there is one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    own: u32,
    other: u32,
    pair: Option<u32>,
}

/// Two streams, the first of which has just got a value.
#[derive(Clone, Copy)]
struct Known<'a> {
    source: u32,
    source_now: &'a Faded,
    other: u32,
    other_now: &'a Faded,
}

impl Channels {
    pub(super) fn new() -> Self {
        Self { streams: Store::new(), pairs: Store::new(), links: Links::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.streams.len() + self.pairs.len()
    }

    /// The streams of source and destination, which begin now if they are new, and their pair.
    #[inline(always)]
    pub(super) fn find(&mut self, [source, destination]: [EndKey; 2], moment: Moment) -> Found {
        let Moment { packet, seconds, .. } = moment;
        let own = self.streams.find_or_insert(source, packet, || Correlated::new(seconds));
        if source == destination {
            return Found { own, other: own, pair: None };
        }
        let other = self.streams.find_or_insert(destination, packet, || Correlated::new(seconds));
        let pair = self.pairs.find(&[own.min(other), own.max(other)]);
        Found { own, other, pair }
    }

    /// The ages of what was found: the stream of the source, that of the destination, and the pair.
    #[inline(always)]
    pub(super) fn ages(&self, found: Found, now: f64) -> [f64; 3] {
        let [own, other] = [found.own, found.other].map(|stream| self.streams.at(stream).damped().age(now));
        [own, other, found.pair.map_or(0.0, |pair| self.pairs.at(pair).age(now))]
    }

    /// Adds the value of a packet to the stream of its source, and writes the statistics of this stream and of its pair with that of the destination.
    /// `left` is what is left of weights of the ages of all three. Returns what was found, with the pair if it is new.
    #[inline(always)]
    pub(super) fn update(&mut self, found: Found, value: f64, moment: Moment, left: [&Lanes; 3], into: &mut [f64]) -> Found {
        let Found { own, other, pair } = found;
        let (seconds, keeps_noise) = (moment.seconds, moment.keeps_noise);
        self.streams.at_mut(own).insert(value, seconds, left[0]);
        let own_now = self.streams.at(own).faded(&[1.0; LANES]);
        self.update_quiet_pairs(own, pair, &own_now, seconds);
        let (partner, pair, covariance) = if own == other {
            let (partner, covariance) = self.with_itself(own, moment);
            (partner, None, covariance)
        } else {
            let other_now = self.streams.at(other).faded(left[1]);
            let known = Known { source: own, source_now: &own_now, other, other_now: &other_now };
            let (pair, covariance) = self.with_other(known, pair, left[2], moment);
            (other, Some(pair), covariance)
        };
        let [source, partner] = [own, partner].map(|stream| self.streams.at(stream));
        write(source.damped().weights, source.moments(keeps_noise), partner.moments(keeps_noise), covariance, into);
        Found { own, other, pair }
    }

    /// The pairs in which a stream is the quiet end get its last value, but for one.
    #[inline(always)]
    fn update_quiet_pairs(&mut self, stream: u32, but: Option<u32>, stream_now: &Faded, now: f64) {
        let mut next = self.streams.at(stream).quiet_pairs.first();
        while let Some(node) = next {
            next = self.links.next(node);
            if Some(pair_of(node)) != but {
                self.update_quiet_pair(pair_of(node), stream, stream_now, now);
            }
        }
    }

    #[inline(always)]
    fn update_quiet_pair(&mut self, index: u32, stream: u32, stream_now: &Faded, now: f64) {
        let ends = *self.pairs.key(index);
        let both = ends.map(|end| self.streams.at(end));
        let pair = self.pairs.at_mut(index);
        let busy = both[1 - pair.quiet];
        let [left_of_pair, left_of_busy] = factors([pair.age(now), busy.damped().age(now)]);
        let busy_now = busy.faded(&left_of_busy);
        pair.fade(&left_of_pair, now);
        pair.update_quiet(both, &busy_now);
        if pair.is_upside_down(both) {
            let faded = if ends[0] == stream { [stream_now, &busy_now] } else { [&busy_now, stream_now] };
            pair.swap(both, faded);
            self.move_to_quiet_end(index, stream);
        }
    }

    /// A pair whose ends have changed roles leaves the list of the stream that was its quiet end.
    fn move_to_quiet_end(&mut self, index: u32, before: u32) {
        let quiet = self.pairs.key(index)[self.pairs.at(index).quiet];
        self.links.remove(&mut self.streams.at_mut(before).quiet_pairs, quiet_node(index));
        self.links.append(&mut self.streams.at_mut(quiet).quiet_pairs, quiet_node(index));
    }

    /// The pair of two streams, of which the first has just got a value, and their covariance.
    #[inline(always)]
    fn with_other(&mut self, known: Known<'_>, pair: Option<u32>, left: &Lanes, moment: Moment) -> (u32, Lanes) {
        let Known { source: own, source_now, other, other_now } = known;
        let (ends, source) = if own < other { ([own, other], 0) } else { ([other, own], 1) };
        let faded = if source == 0 { [source_now, other_now] } else { [other_now, source_now] };
        let both = ends.map(|end| self.streams.at(end));
        let Some(index) = pair else {
            let pair = Pair::new(both, source, faded, moment.seconds);
            let index = self.pairs.find_or_insert(ends, moment.packet, || pair);
            for (end, stream) in ends.into_iter().enumerate() {
                self.links.append(&mut self.streams.at_mut(stream).pairs, node(index, end));
            }
            self.links.append(&mut self.streams.at_mut(ends[pair.quiet]).quiet_pairs, quiet_node(index));
            return (index, pair.covariance(faded[1 - pair.quiet]).lanes());
        };
        self.pairs.touch(index, moment.packet);
        let pair = self.pairs.at_mut(index);
        pair.fade(left, moment.seconds);
        let is_quiet = pair.quiet == source;
        if is_quiet {
            pair.update_quiet(both, other_now);
        }
        pair.count_again(both, source);
        let covariance = pair.covariance(faded[1 - pair.quiet]).lanes();
        if is_quiet && pair.is_upside_down(both) {
            pair.swap(both, faded);
            self.move_to_quiet_end(index, own);
        }
        (index, covariance)
    }

    /// The other end and the covariance that a packet to oneself reads. As in the original this is the first pair of the stream, whoever the other end is;
    /// only a stream without pairs gets one with itself.
    #[cold]
    fn with_itself(&mut self, own: u32, moment: Moment) -> (u32, Lanes) {
        let alone = (own, [0.0; LANES]);
        let now = moment.seconds;
        let Some(first) = self.streams.at(own).pairs.first() else {
            let stream = self.streams.at(own);
            let faded = stream.faded(&[1.0; LANES]);
            let pair = Pair::new([stream, stream], 0, [&faded, &faded], now);
            let index = self.pairs.find_or_insert([own, own], moment.packet, || pair);
            self.links.append(&mut self.streams.at_mut(own).pairs, node(index, 0));
            return alone;
        };
        let index = pair_of(first);
        let ends = *self.pairs.key(index);
        self.pairs.touch(index, moment.packet);
        if ends == [own, own] {
            return alone;
        }
        let source = usize::from(ends[1] == own);
        self.streams.touch(ends[1 - source], moment.packet);
        let both = ends.map(|end| self.streams.at(end));
        let pair = self.pairs.at_mut(index);
        let [left, left_of_busy] = factors([pair.age(now), both[1 - pair.quiet].damped().age(now)]);
        pair.fade(&left, now);
        pair.count_again(both, source);
        (ends[1 - source], pair.covariance(&both[1 - pair.quiet].faded(&left_of_busy)).lanes())
    }

    /// The number of pairs in which a stream is the quiet end.
    #[cfg(test)]
    pub(super) fn quiet_pairs_of(&self, stream: &EndKey) -> usize {
        let first = self.streams.find(stream).and_then(|stream| self.streams.at(stream).quiet_pairs.first());
        std::iter::successors(first, |&node| self.links.next(node)).count()
    }

    pub(super) fn forget_pairs(&mut self, pairs: &[u32]) {
        for &index in pairs {
            let ends = *self.pairs.key(index);
            self.links.remove(&mut self.streams.at_mut(ends[0]).pairs, node(index, 0));
            if ends[0] != ends[1] {
                let quiet = ends[self.pairs.at(index).quiet];
                self.links.remove(&mut self.streams.at_mut(ends[1]).pairs, node(index, 1));
                self.links.remove(&mut self.streams.at_mut(quiet).quiet_pairs, quiet_node(index));
            }
        }
        self.pairs.remove(pairs);
    }

    /// Forgets streams with all their pairs.
    pub(super) fn forget_streams(&mut self, streams: &[u32]) {
        for &stream in streams {
            while let Some(node) = self.streams.at(stream).pairs.first() {
                self.forget_pairs(&[pair_of(node)]);
            }
        }
        self.streams.remove(streams);
    }

    /// Whether streams and pair are still those of a packet.
    #[inline(always)]
    pub(super) fn holds(&self, Found { own, other, pair }: Found, [source, destination]: &[EndKey; 2]) -> bool {
        let is_paired = || pair.is_none_or(|pair| self.pairs.holds(pair, &[own.min(other), own.max(other)]));
        self.streams.holds(own, source) && self.streams.holds(other, destination) && is_paired()
    }

    /// A packet uses what was found.
    #[inline(always)]
    pub(super) fn touch(&mut self, found: Found, packet: u64) {
        self.streams.touch(found.own, packet);
        self.streams.touch(found.other, packet);
    }

    /// Some of the bits of what was found.
    #[inline(always)]
    pub(super) fn bits(&self, found: Found) -> u64 {
        let [own, other] = [found.own, found.other].map(|stream| self.streams.get(stream).map_or(0, Correlated::bits));
        own ^ other ^ found.pair.and_then(|pair| self.pairs.get(pair)).map_or(0, Pair::bits)
    }
}

/// Writes the numbers of each decay side by side.
#[inline(always)]
fn write(weights: Lanes, own: Moments, other: Moments, covariance: Lanes, into: &mut [f64]) {
    let length = |a: &Lanes, b: &Lanes| lanes(|lane| (a[lane] * a[lane] + b[lane] * b[lane]).sqrt());
    let radius = length(&own.variances, &other.variances);
    let magnitude = length(&own.means, &other.means);
    let deviations = lanes(|lane| (own.variances[lane] * other.variances[lane]).sqrt());
    let correlation = lanes(|lane| if deviations[lane] == 0.0 { 0.0 } else { covariance[lane] / deviations[lane] });
    for (lane, into) in into.chunks_exact_mut(PER_DECAY).enumerate().take(LANES) {
        into.copy_from_slice(&[
            weights[lane],
            own.means[lane],
            own.variances[lane],
            radius[lane],
            magnitude[lane],
            covariance[lane],
            correlation[lane],
        ]);
    }
}
