//! Whether what comes has changed.

/// Buckets of one size; of more, the two oldest become one of the next size.
const BUCKETS: usize = 5;

/// Values between two tests.
const STRIDE: u64 = 32;

/// Values of either side that a test needs.
const LEAST: u64 = 32;

/// Probability of an alarm without a change, for one test: the bound of the paper, which is far above what comes of it.
const CONFIDENCE: f64 = 1e-3;

/// Adaptive windowing (ADWIN; Bifet and Gavaldà, "Learning from time-changing data with adaptive windowing", SDM 2007): a window of the last values
/// that grows while their mean does not change. Wherever the window can be cut so that the means of its two parts differ by more than chance allows, the older part is dropped, and that is a
/// change. The window is kept as sums of 1, 2, 4, ... values, so that it takes little memory whatever its length.
#[derive(Debug, Clone)]
pub(super) struct Adwin {
    /// Buckets of `2^level` values each, the oldest first: `[levels]`.
    levels: Vec<Level>,
    count: u64,
    /// Values so far, of which the window may have dropped some.
    values: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Level {
    length: usize,
    buckets: [Bucket; BUCKETS + 1],
}

/// Sum and sum of squares of the values of a bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Bucket {
    sum: f64,
    squares: f64,
}

/// Numbers of a bucket when it is saved: level, sum, sum of squares.
pub(super) const SAVED: usize = 3;

impl Adwin {
    pub(super) fn new() -> Self {
        let mut levels = Vec::with_capacity(u64::BITS as usize);
        levels.push(Level::default());
        Self { levels, count: 0, values: 0 }
    }

    /// The numbers of all buckets, [buckets, [`SAVED`]], and the values so far.
    pub(super) fn state(&self) -> (Vec<f64>, u64) {
        let of_level = |(level, buckets): (usize, &Level)| {
            buckets.buckets[..buckets.length].iter().flat_map(move |bucket| [level as f64, bucket.sum, bucket.squares]).collect::<Vec<_>>()
        };
        (self.levels.iter().enumerate().flat_map(of_level).collect(), self.values)
    }

    /// The window of a state; `None` if there is no such window.
    pub(super) fn of(numbers: &[f64], values: u64) -> Option<Self> {
        let mut adwin = Self::new();
        for number in numbers.chunks_exact(SAVED) {
            let level = number[0] as usize;
            if number[0] < 0.0 || level >= u64::BITS as usize - 1 {
                return None;
            }
            while adwin.levels.len() <= level {
                adwin.levels.push(Level::default());
            }
            let found = &mut adwin.levels[level];
            *found.buckets.get_mut(found.length)? = Bucket { sum: number[1], squares: number[2] };
            found.length += 1;
            adwin.count = adwin.count.checked_add(1 << level)?;
        }
        adwin.values = values;
        adwin.levels.iter().all(|level| level.length <= BUCKETS).then_some(adwin)
    }

    /// Takes the next value, in 0-1. Returns whether what comes has changed.
    pub(super) fn push(&mut self, value: f64) -> bool {
        self.values += 1;
        self.count += 1;
        self.put(0, Bucket { sum: value, squares: value * value });
        self.values.is_multiple_of(STRIDE) && self.shrink()
    }

    /// Appends a bucket to a level, and makes one of the next level of its two oldest if there are too many.
    fn put(&mut self, level: usize, bucket: Bucket) {
        if level == self.levels.len() {
            self.levels.push(Level::default());
        }
        let Level { length, buckets } = &mut self.levels[level];
        buckets[*length] = bucket;
        *length += 1;
        if *length > BUCKETS {
            let [first, second] = [buckets[0], buckets[1]];
            buckets.copy_within(2.., 0);
            *length -= 2;
            self.put(level + 1, Bucket { sum: first.sum + second.sum, squares: first.squares + second.squares });
        }
    }

    /// Drops the oldest buckets as long as the means on both sides of some cut differ.
    fn shrink(&mut self) -> bool {
        let mut changed = false;
        while self.differs() {
            let Some(level) = self.levels.iter().rposition(|level| level.length > 0) else { break };
            let Level { length, buckets } = &mut self.levels[level];
            buckets.copy_within(1.., 0);
            *length -= 1;
            self.count -= 1 << level;
            changed = true;
        }
        changed
    }

    /// Whether the window can be cut so that the means of its parts differ by more than chance allows.
    fn differs(&self) -> bool {
        let count = self.count as f64;
        let (mut all, mut squares) = (0.0, 0.0);
        for level in &self.levels {
            for bucket in &level.buckets[..level.length] {
                all += bucket.sum;
                squares += bucket.squares;
            }
        }
        let mean = all / count;
        let variance = (squares / count - mean * mean).max(0.0);
        let logarithm = (2.0 * count.ln().max(1.0) / CONFIDENCE).ln();
        let spread = 2.0 * variance * logarithm * count;
        let (mut older, mut sum) = (0, 0.0);
        for level in (0..self.levels.len()).rev() {
            let Level { length, buckets } = &self.levels[level];
            for bucket in &buckets[..*length] {
                older += 1 << level;
                sum += bucket.sum;
                let newer = self.count - older;
                if older < LEAST || newer < LEAST {
                    continue;
                }
                let (older, newer) = (older as f64, newer as f64);
                // The first term of the bound alone, without a division. The second is far above all rounding, so that whatever this passes over is no
                // change by the whole bound either.
                let apart = sum * count - all * older;
                if apart * apart <= spread * older * newer {
                    continue;
                }
                let harmonic = 1.0 / (1.0 / older + 1.0 / newer);
                let bound = (2.0 / harmonic * variance * logarithm).sqrt() + 2.0 / (3.0 * harmonic) * logarithm;
                if (sum / older - (all - sum) / newer).abs() > bound {
                    return true;
                }
            }
        }
        false
    }
}
