//! What the times of an interface mean.

use super::super::super::timestamp::Timestamp;

const PICOSECONDS: u64 = 1_000_000_000_000;
/// Picoseconds are 10 to the power of minus this.
const PICO: u32 = 12;

/// How an interface counts time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    unit: Unit,
    /// Seconds to add.
    offset: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// A picosecond or a power of ten of them.
    Coarse { per_second: u64, picoseconds: u64 },
    /// So many units are a picosecond.
    Fine { per_picosecond: u128 },
    /// A second divided by two to this power.
    Binary { power: u32 },
}

impl Clock {
    /// A clock by the options of an interface: a byte whose upper bit says whether the rest is a power of two or ten, and seconds to add.
    pub(super) fn new(resolution: u8, offset: i64) -> Self {
        let power = u32::from(resolution & 0x7f);
        let unit = if resolution & 0x80 != 0 {
            Unit::Binary { power }
        } else if power <= PICO {
            Unit::Coarse { per_second: 10_u64.pow(power), picoseconds: 10_u64.pow(PICO - power) }
        } else {
            // From 10^20 on, not even the largest count is a picosecond.
            Unit::Fine { per_picosecond: 10_u128.saturating_pow(power - PICO) }
        };
        Self { unit, offset }
    }

    /// The moment at a count, cut to picoseconds.
    #[inline]
    pub(super) fn time(self, count: u64) -> Timestamp {
        let (seconds, picoseconds) = match self.unit {
            Unit::Coarse { per_second, picoseconds } => (count / per_second, count % per_second * picoseconds),
            Unit::Fine { per_picosecond } => {
                let picoseconds = (u128::from(count) / per_picosecond) as u64;
                (picoseconds / PICOSECONDS, picoseconds % PICOSECONDS)
            }
            Unit::Binary { power } => {
                let seconds = count.checked_shr(power).unwrap_or(0);
                let fraction = u128::from(count) - (u128::from(seconds) << power);
                (seconds, ((fraction * u128::from(PICOSECONDS)) >> power) as u64)
            }
        };
        Timestamp::new(self.offset.saturating_add_unsigned(seconds), picoseconds)
    }
}
