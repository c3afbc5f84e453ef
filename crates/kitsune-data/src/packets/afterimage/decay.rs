//! How fast the past fades: one number for each decay, side by side in the lanes of a vector register.

/// Decays per second, fastest first. A value counts half after 0.2, 0.33, 1, 10 and 100 seconds.
pub const DECAYS: [f64; LANES] = [5.0, 3.0, 1.0, 0.1, 0.01];

/// The number of decays.
pub(super) const LANES: usize = 5;

/// One number for each decay.
pub(super) type Lanes = [f64; LANES];

/// `f` of each decay. Loops over the lanes are written by this function alone, so that the compiler keeps them in registers.
#[inline(always)]
pub(super) fn lanes(f: impl FnMut(usize) -> f64) -> Lanes {
    std::array::from_fn(f)
}

/// Below this power of two a factor counts as 0: the next ones have no full precision.
const LOWEST: f64 = -1020.0;

/// 1.5 · 2^52: what is added to it is rounded to a whole number, which its low bits then hold.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// `ln(2)^n / n!` for n from 0: 2^x for x from -1/2 to 1/2 within 2 · 10^-16.
const POWERS: [f64; 14] = [
    1.0,
    std::f64::consts::LN_2,
    0.240_226_506_959_100_7,
    0.055_504_108_664_821_58,
    0.009_618_129_107_628_477,
    0.001_333_355_814_642_844_3,
    0.000_154_035_303_933_816_1,
    1.525_273_380_405_984_1e-5,
    1.321_548_679_014_431e-6,
    1.017_808_600_923_97e-7,
    7.054_911_620_801_123e-9,
    4.445_538_271_870_811_6e-10,
    2.567_843_599_348_820_6e-11,
    1.369_148_885_390_412_8e-12,
];

/// What is left of weights of these ages in seconds, 2^(-decay · age) for each decay. Ages must not be negative.
///
/// The operations are the same on every machine, so that the same capture gives the same numbers. Several ages at once fill the registers.
#[inline(always)]
pub(super) fn factors<const AGES: usize>(ages: [f64; AGES]) -> [Lanes; AGES] {
    let mut factors = ages.map(|age| lanes(|lane| -DECAYS[lane] * age));
    for factor in factors.as_flattened_mut() {
        *factor = power_of_two(*factor);
    }
    factors
}

/// Two to a power that is not positive.
#[inline(always)]
fn power_of_two(exponent: f64) -> f64 {
    let bounded = exponent.max(LOWEST);
    let rounded = bounded + ROUNDER;
    let x = bounded - (rounded - ROUNDER);
    // Terms are added in pairs, pairs of pairs and so on, since a chain of fourteen would be slow.
    let (square, pair) = (x * x, |at: usize| POWERS[at] + POWERS[at + 1] * x);
    let fourth = square * square;
    let four = |at: usize| pair(at) + pair(at + 2) * square;
    let sum = (four(0) + four(4) * fourth) + (four(8) + pair(12) * fourth) * (fourth * fourth);
    // The low bits of the rounded exponent, moved to where a number has its own.
    let scale = f64::from_bits((rounded.to_bits() << 52).wrapping_add(1.0f64.to_bits()));
    if exponent > LOWEST { sum * scale } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_powers_of_two_within_two_units_in_the_last_place() {
        let mut seconds = vec![0.0, 1e-12, 0.2, 1.0, 10.0, 100.0, 203.9, 204.1, 1e4, 1e9, f64::MAX];
        seconds.extend((0..10_000).map(|step| f64::from(step) * 0.013_7));
        for seconds in seconds {
            for (factor, decay) in factors([seconds])[0].into_iter().zip(DECAYS) {
                let exact = if -decay * seconds > LOWEST { (-decay * seconds).exp2() } else { 0.0 };
                assert!((factor - exact).abs() <= 2.0 * f64::EPSILON * exact, "{seconds} s at {decay}: {factor}, not {exact}");
            }
        }
    }
}
