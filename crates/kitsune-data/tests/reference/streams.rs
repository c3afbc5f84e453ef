//! Damped statistics of streams and of pairs of streams, for one decay.

use std::collections::BTreeMap;

/// The weight of a stream without values, which keeps the quotients from 0/0.
const NO_WEIGHT: f64 = 1e-20;

/// A variance below this part of the square of its mean is rounding noise.
pub(crate) const NOISE: f64 = 1e-9;

/// Rounding of a sum, in parts of it: some hundred terms, each of which rounds by 1e-16.
pub(crate) const ROUNDING: f64 = 1e-13;

/// The values of one key: a host, a socket, a pair of hosts.
#[derive(Clone, Debug)]
struct Stream {
    time: f64,
    weight: f64,
    sum: f64,
    squares: f64,
    /// Of the values up to the last one: the quotients do not decay.
    mean: f64,
    /// Rounding noise included.
    variance: f64,
    /// The damped sum of the residuals' sizes, by which one can tell how far the rounding of a covariance goes.
    residuals: f64,
    /// Its pairs, in the order in which they were first read. That with itself is here twice.
    pairs: Vec<usize>,
}

/// Two streams, each of whose values meets the other's latest residual.
#[derive(Clone, Debug)]
struct Pair {
    ends: [String; 2],
    time: f64,
    weight: f64,
    products: f64,
    /// The latest residual of each end.
    residuals: [f64; 2],
    /// The damped sum of what rounding can have done to `products`.
    rounding: f64,
}

/// The statistics of one stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct One {
    pub(crate) weight: f64,
    pub(crate) mean: f64,
    pub(crate) variance: f64,
    /// Whether rounding can decide on which side of the bound of noise the variance is.
    pub(crate) is_doubtful: bool,
    /// Whether the variance is 0 since it was below that bound.
    pub(crate) is_cut: bool,
}

/// The statistics of two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Two {
    pub(crate) ends: [One; 2],
    pub(crate) covariance: f64,
    /// How far rounding can have moved the covariance, here or where its sum is taken in another order.
    pub(crate) rounding: f64,
}

/// All streams of one kind with one decay.
#[derive(Clone, Debug)]
pub(crate) struct Streams {
    decay: f64,
    /// Whether a variance that is rounding noise is 0.
    cuts_noise: bool,
    by_key: BTreeMap<String, Stream>,
    pairs: Vec<Pair>,
}

impl Streams {
    pub(crate) fn new(decay: f64, cuts_noise: bool) -> Self {
        Self { decay, cuts_noise, by_key: BTreeMap::new(), pairs: Vec::new() }
    }

    /// A stream's statistics with one more value.
    pub(crate) fn one(&mut self, key: &str, now: f64, value: f64) -> One {
        self.find_or_begin(key, now);
        self.insert(key, now, value);
        self.statistics(key)
    }

    /// The same, the value being the time since the stream's latest.
    pub(crate) fn interval(&mut self, key: &str, now: f64) -> One {
        let latest = self.find_or_begin(key, now).time;
        self.one(key, now, now - latest)
    }

    /// The statistics of a pair whose first stream has just had that value, which the pair so meets for the second time.
    pub(crate) fn two(&mut self, key: &str, other: &str, now: f64, value: f64) -> Two {
        let pair = self.find_or_make_pair(key, other, now);
        self.meet(pair, key, now, value);
        let Pair { ends, weight, products, rounding, .. } = &self.pairs[pair];
        Two { ends: [self.statistics(&ends[0]), self.statistics(&ends[1])], covariance: products / weight, rounding: rounding / weight }
    }

    fn statistics(&self, key: &str) -> One {
        let &Stream { weight, mean, variance, .. } = &self.by_key[key];
        let bound = NOISE * mean * mean;
        let is_cut = self.cuts_noise && variance < bound;
        let is_doubtful = (variance / bound - 1.0).abs() < 1e-3;
        One { weight, mean, variance: if is_cut { 0.0 } else { variance }, is_doubtful, is_cut }
    }

    fn find_or_begin(&mut self, key: &str, now: f64) -> &mut Stream {
        self.by_key.entry(key.to_owned()).or_insert(Stream {
            time: now,
            weight: NO_WEIGHT,
            sum: 0.0,
            squares: 0.0,
            mean: 0.0,
            variance: 0.0,
            residuals: 0.0,
            pairs: Vec::new(),
        })
    }

    /// The first pair of the stream that has the other for an end: for a packet to oneself, the first of all.
    fn find_or_make_pair(&mut self, key: &str, other: &str, now: f64) -> usize {
        self.find_or_begin(other, now);
        let known = self.by_key[key].pairs.iter().find(|&&pair| self.pairs[pair].ends.iter().any(|end| end == other));
        if let Some(&pair) = known {
            return pair;
        }
        let pair = self.pairs.len();
        let ends = [key.to_owned(), other.to_owned()];
        for end in &ends {
            self.find_or_begin(end, now).pairs.push(pair);
        }
        self.pairs.push(Pair { ends, time: now, weight: NO_WEIGHT, products: 0.0, residuals: [0.0; 2], rounding: 0.0 });
        pair
    }

    fn insert(&mut self, key: &str, now: f64, value: f64) {
        let decay = self.decay;
        let stream = self.find_or_begin(key, now);
        stream.decay_to(now, decay);
        stream.weight += 1.0;
        stream.sum += value;
        stream.squares += value * value;
        stream.mean = stream.sum / stream.weight;
        stream.variance = (stream.squares / stream.weight - stream.mean * stream.mean).abs();
        stream.residuals += (value - stream.mean).abs();
        for pair in stream.pairs.clone() {
            self.meet(pair, key, now, value);
        }
    }

    /// A value of one end meets the latest residual of the other.
    fn meet(&mut self, pair: usize, key: &str, now: f64, value: f64) {
        let pair = &mut self.pairs[pair];
        let own = usize::from(pair.ends[0] != key);
        let other = 1 - own;
        self.by_key.get_mut(&pair.ends[other]).unwrap().decay_to(now, self.decay);

        let factor = factor(self.decay, &mut pair.time, now);
        pair.weight *= factor;
        pair.products *= factor;
        pair.rounding *= factor;

        let [stream, partner] = [own, other].map(|end| &self.by_key[&pair.ends[end]]);
        let residual = value - stream.mean;
        pair.weight += 1.0;
        pair.products += residual * pair.residuals[other];
        pair.rounding += rounding_of_product([(stream, residual), (partner, pair.residuals[other])]);
        pair.residuals[own] = residual;
    }
}

impl Stream {
    fn decay_to(&mut self, now: f64, decay: f64) {
        let factor = factor(decay, &mut self.time, now);
        self.weight *= factor;
        self.sum *= factor;
        self.squares *= factor;
        self.residuals *= factor;
    }
}

/// How far rounding can move the product of two residuals. A residual is a difference of numbers of the size of the mean. Who keeps a
/// damped sum of all residuals of a stream, and takes the sum of some for a difference of two such, rounds by parts of the whole sum.
fn rounding_of_product([one, other]: [(&Stream, f64); 2]) -> f64 {
    let [(size, error), (other_size, other_error)] = [one, other].map(|(stream, residual)| {
        let size = stream.residuals + residual.abs();
        (size, ROUNDING * (size + stream.mean.abs()))
    });
    size * other_error + error * other_size + error * other_error
}

/// What remains of what was at `time`, which becomes `now`.
fn factor(decay: f64, time: &mut f64, now: f64) -> f64 {
    let elapsed = now - *time;
    if elapsed <= 0.0 {
        return 1.0;
    }
    *time = now;
    (-decay * elapsed).exp2()
}
