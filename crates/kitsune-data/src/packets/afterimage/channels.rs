//! Streams of one kind and what each two of them have in common.

use super::correlated::{Correlated, End};
use super::damped::Moments;
use super::decay::{LANES, Lanes, factors, lanes};
use super::key::EndKey;
use super::list::Links;
use super::pair::Pair;
use super::store::Store;

/// Numbers of a packet for each decay: weight, mean and variance of its source, radius, magnitude, covariance and correlation of its pair.
pub(super) const PER_DECAY: usize = 7;

/// Streams and their pairs, each with what else is to be kept beside it.
#[derive(Clone, Debug)]
pub(super) struct Channels<S, P> {
    pub(super) streams: Store<EndKey, Beside<Correlated, S>>,
    /// By the indices of both ends, the lower one first.
    pub(super) pairs: Store<[u32; 2], Beside<Pair, P>>,
    /// Four nodes for each pair, of which three are used: the pair in the lists of its ends, and in that of its quiet end.
    links: Links,
}

/// Numbers, and what is kept beside them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beside<N, T> {
    pub(super) numbers: N,
    pub(super) beside: T,
}

impl<N, T: Default> Beside<N, T> {
    fn new(numbers: N) -> Self {
        Self { numbers, beside: T::default() }
    }
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
    pub(super) own: u32,
    pub(super) other: u32,
    pub(super) pair: Option<u32>,
}

impl Found {
    /// The ends as in the key of their pair.
    #[inline(always)]
    fn ends(self) -> [u32; 2] {
        [self.own.min(self.other), self.own.max(self.other)]
    }

    /// Which of the ends the source is.
    #[inline(always)]
    pub(super) fn source(self) -> usize {
        usize::from(self.own > self.other)
    }
}

/// A stream that has just got a value.
#[derive(Clone, Copy)]
struct Source<'a> {
    stream: u32,
    /// The stream now, and its residual before that value.
    end: &'a End,
    residual: &'a Lanes,
}

impl<S: Copy + Default, P: Copy + Default> Channels<S, P> {
    pub(super) fn new() -> Self {
        Self { streams: Store::new(), pairs: Store::new(), links: Links::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.streams.len() + self.pairs.len()
    }

    /// The streams of source and destination, which begin now if they are new, and their pair.
    #[inline(always)]
    pub(super) fn find(&mut self, [source, destination]: [EndKey; 2], moment: Moment) -> Found {
        let packet = moment.packet;
        let begin = || Beside::new(Correlated::NOTHING);
        let own = self.streams.find_or_insert(source, packet, begin);
        let other = if source == destination { own } else { self.streams.find_or_insert(destination, packet, begin) };
        let mut found = Found { own, other, pair: None };
        // Streams that have no pairs at all have none with each other.
        if [own, other].iter().all(|&stream| self.numbers(stream).pairs.first().is_some()) {
            found.pair = self.pairs.find(&found.ends());
        }
        found
    }

    /// The ages of what was found: the stream of the source, that of the destination, and the pair.
    #[inline(always)]
    pub(super) fn ages(&self, found: Found, now: f64) -> [f64; 3] {
        let [own, other] = [found.own, found.other].map(|stream| self.numbers(stream).damped().age(now));
        [own, other, found.pair.map_or(0.0, |pair| self.pairs.at(pair).numbers.age(now))]
    }

    #[inline(always)]
    pub(super) fn numbers(&self, stream: u32) -> &Correlated {
        &self.streams.at(stream).numbers
    }

    #[inline(always)]
    fn numbers_mut(&mut self, stream: u32) -> &mut Correlated {
        &mut self.streams.at_mut(stream).numbers
    }

    /// Adds the value of a packet to the stream of its source, and writes the statistics of this stream and of its pair with that of the destination.
    /// `left` is what is left of weights of the ages of all three. Returns the pair, which may be new.
    #[inline(always)]
    pub(super) fn update(&mut self, found: Found, value: f64, moment: Moment, left: [&Lanes; 3], into: &mut [f64]) -> u32 {
        let Found { own, other, pair } = found;
        let (seconds, keeps_noise) = (moment.seconds, moment.keeps_noise);
        let residual = self.numbers(own).residual();
        self.numbers_mut(own).insert(value, seconds, left[0]);
        let end = self.numbers(own).end(&[1.0; LANES]);
        let source = Source { stream: own, end: &end, residual: &residual };
        self.update_quiet_pairs(source, pair, seconds);
        let (partner, pair, covariance) = if own == other {
            self.with_itself(found, &end, moment)
        } else {
            let other_end = self.numbers(other).end(left[1]);
            let (pair, covariance) = self.with_other(found, source, &other_end, left[2], moment);
            (other, pair, covariance)
        };
        let [source, partner] = [own, partner].map(|stream| self.numbers(stream).damped());
        write(source.weights, source.moments(keeps_noise), partner.moments(keeps_noise), covariance, into);
        pair
    }

    /// The pairs in which a stream is the quiet end get its last value, but for one.
    #[inline(always)]
    fn update_quiet_pairs(&mut self, source: Source<'_>, but: Option<u32>, now: f64) {
        let list = self.numbers(source.stream).quiet_pairs;
        let mut next = list.first();
        while let Some(node) = next {
            next = self.links.next(list, node);
            if Some(pair_of(node)) != but {
                self.update_quiet_pair(pair_of(node), source, now);
            }
        }
    }

    #[inline(always)]
    fn update_quiet_pair(&mut self, index: u32, source: Source<'_>, now: f64) {
        let ends = *self.pairs.key(index);
        let pair = &mut self.pairs.at_mut(index).numbers;
        let quiet = pair.quiet();
        let busy = &self.streams.at(ends[1 - quiet]).numbers;
        let [left_of_pair, left_of_busy] = factors([pair.age(now), busy.damped().age(now)]);
        let busy = busy.end(&left_of_busy);
        let both = if quiet == 0 { [source.end, &busy] } else { [&busy, source.end] };
        pair.fade(&left_of_pair, now);
        pair.update_quiet(both, source.residual);
        if pair.is_upside_down(both) {
            pair.swap(both);
            self.move_to_quiet_end(index, source.stream);
        }
    }

    /// A pair whose ends have changed roles leaves the list of the stream that was its quiet end.
    fn move_to_quiet_end(&mut self, index: u32, before: u32) {
        let quiet = self.pairs.key(index)[self.pairs.at(index).numbers.quiet()];
        self.links.remove(&mut self.streams.at_mut(before).numbers.quiet_pairs, quiet_node(index));
        self.links.append(&mut self.streams.at_mut(quiet).numbers.quiet_pairs, quiet_node(index));
    }

    /// The pair of two streams, of which the first has just got a value, and their covariance.
    #[inline(always)]
    fn with_other(&mut self, found: Found, source: Source<'_>, other: &End, left: &Lanes, moment: Moment) -> (u32, Lanes) {
        let at = found.source();
        let both = if at == 0 { [source.end, other] } else { [other, source.end] };
        let Some(index) = found.pair else {
            let pair = Pair::new(both, at, moment.seconds);
            return (self.begin(found, pair, moment), pair.covariance(both));
        };
        self.pairs.touch(index, moment.packet);
        let pair = &mut self.pairs.at_mut(index).numbers;
        pair.fade(left, moment.seconds);
        let is_quiet = pair.quiet() == at;
        if is_quiet {
            pair.update_quiet(both, source.residual);
        }
        pair.count_again(both, at);
        let covariance = pair.covariance(both);
        if is_quiet && pair.is_upside_down(both) {
            pair.swap(both);
            self.move_to_quiet_end(index, source.stream);
        }
        (index, covariance)
    }

    /// A new pair enters the lists of its ends. That of a stream with itself is in one of them.
    fn begin(&mut self, found: Found, pair: Pair, moment: Moment) -> u32 {
        let ends = found.ends();
        let index = self.pairs.find_or_insert(ends, moment.packet, || Beside::new(pair));
        self.links.append(&mut self.streams.at_mut(ends[0]).numbers.pairs, node(index, 0));
        if ends[0] != ends[1] {
            self.links.append(&mut self.streams.at_mut(ends[1]).numbers.pairs, node(index, 1));
            self.links.append(&mut self.streams.at_mut(ends[pair.quiet()]).numbers.quiet_pairs, quiet_node(index));
        }
        index
    }

    /// The other end, the pair and the covariance of a packet to oneself. As in the original it reads the first pair of the stream, whoever the other end is;
    /// only where that is the pair with itself there is nothing to read.
    #[cold]
    fn with_itself(&mut self, found: Found, end: &End, moment: Moment) -> (u32, u32, Lanes) {
        let (own, now) = (found.own, moment.seconds);
        let index = found.pair.unwrap_or_else(|| self.begin(found, Pair::new([end, end], 0, now), moment));
        self.pairs.touch(index, moment.packet);
        let first = self.numbers(own).pairs.first().map_or(index, pair_of);
        if first == index {
            return (own, index, [0.0; LANES]);
        }
        let ends = *self.pairs.key(first);
        let source = usize::from(ends[1] == own);
        let partner = ends[1 - source];
        self.pairs.touch(first, moment.packet);
        self.streams.touch(partner, moment.packet);
        let other = self.numbers(partner);
        let pair_age = self.pairs.at(first).numbers.age(now);
        let [left, left_of_other] = factors([pair_age, other.damped().age(now)]);
        let other = other.end(&left_of_other);
        let both = if source == 0 { [end, &other] } else { [&other, end] };
        let pair = &mut self.pairs.at_mut(first).numbers;
        pair.fade(&left, now);
        pair.count_again(both, source);
        (partner, index, pair.covariance(both))
    }

    /// The number of pairs in which a stream is the quiet end.
    #[cfg(test)]
    pub(super) fn quiet_pairs_of(&self, stream: &EndKey) -> usize {
        let Some(list) = self.streams.find(stream).map(|stream| self.numbers(stream).quiet_pairs) else { return 0 };
        std::iter::successors(list.first(), |&node| self.links.next(list, node)).count()
    }

    pub(super) fn forget_pairs(&mut self, pairs: &[u32]) {
        for &index in pairs {
            let ends = *self.pairs.key(index);
            self.links.remove(&mut self.streams.at_mut(ends[0]).numbers.pairs, node(index, 0));
            if ends[0] != ends[1] {
                let quiet = ends[self.pairs.at(index).numbers.quiet()];
                self.links.remove(&mut self.streams.at_mut(ends[1]).numbers.pairs, node(index, 1));
                self.links.remove(&mut self.streams.at_mut(quiet).numbers.quiet_pairs, quiet_node(index));
            }
        }
        self.pairs.remove(pairs);
    }

    /// Forgets streams with all their pairs.
    pub(super) fn forget_streams(&mut self, streams: &[u32]) {
        for &stream in streams {
            while let Some(node) = self.numbers(stream).pairs.first() {
                self.forget_pairs(&[pair_of(node)]);
            }
        }
        self.streams.remove(streams);
    }

    /// Whether streams and pair are still those of a packet.
    #[inline(always)]
    pub(super) fn holds(&self, found: Found, [source, destination]: &[EndKey; 2]) -> bool {
        let is_paired = || found.pair.is_none_or(|pair| self.pairs.holds(pair, &found.ends()));
        self.streams.holds(found.own, source) && self.streams.holds(found.other, destination) && is_paired()
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
        let [own, other] = [found.own, found.other].map(|stream| self.streams.get(stream).map_or(0, |stream| stream.numbers.bits()));
        own ^ other ^ found.pair.and_then(|pair| self.pairs.get(pair)).map_or(0, |pair| pair.numbers.bits())
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
