//! The random numbers by which a pass is shuffled.

/// `SplitMix64` (Steele, Lea and Flood, 2014), keyed by seed, epoch and purpose.
///
/// A pass must have the same order on every machine and with every version of every library, so the generator is our own: ten lines that
/// never change.
#[derive(Debug)]
pub(crate) struct Random {
    state: u64,
}

/// The purposes of random numbers, each of which has its own stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Files = 1,
    Rows = 2,
}

/// 2^64 divided by the golden ratio: the step of `SplitMix64`.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    pub(crate) fn new(seed: u64, epoch: usize, purpose: Purpose) -> Self {
        Self { state: mix(mix(mix(seed).wrapping_add(epoch as u64)).wrapping_add(purpose as u64)) }
    }

    /// A number from 0 to `bound - 1`. The bias of the multiplication is below `bound` / 2^64.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_add(STEP);
        ((u128::from(mix(self.state)) * bound as u128) >> 64) as usize
    }
}

fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(STEP);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
