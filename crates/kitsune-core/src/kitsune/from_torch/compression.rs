//! The compression rate behind the hidden units of a checkpoint.

use crate::kinds::HiddenSize;

/// Units of an autoencoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Units {
    pub(super) visible: usize,
    pub(super) hidden: usize,
}

/// Whether a compression rate gives these units. Where the original has no hidden unit we have one, which adds nothing.
pub(super) fn fits(rate: f64, units: Units) -> bool {
    HiddenSize::CompressionRate(rate).units(units.visible) == units.hidden.max(1)
}

/// A compression rate that gives all of these units; `None` if there is none. Of those that do, it is the original's default, or the one with
/// the fewest digits, since somebody typed it.
pub(super) fn inferred(units: &[Units]) -> Option<f64> {
    const DEFAULT: f64 = 0.6;
    // hidden <= visible * share < hidden + 1. One hidden unit may also stand for none.
    let least = units.iter().filter(|units| units.hidden > 1).map(|units| units.hidden as f64 / units.visible as f64);
    let most = units.iter().map(|units| (units.hidden + 1) as f64 / units.visible as f64);
    let (least, most) = (least.fold(0.0, f64::max), most.fold(1.0, f64::min));
    let digits = [10, 100, 1_000].into_iter().flat_map(|parts| (0..parts).map(move |part| f64::from(part) / f64::from(parts)));
    let candidates = std::iter::once(DEFAULT).chain(digits).chain([1.0 - f64::midpoint(least, most)]);
    candidates.into_iter().find(|&rate| (0.0..1.0).contains(&rate) && units.iter().all(|&units| fits(rate, units)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The original's number of hidden units.
    fn of_original(rate: f64, visible: usize) -> Units {
        Units { visible, hidden: (visible as f64 * (1.0 - rate)) as usize }
    }

    #[test]
    fn a_rate_is_inferred_that_gives_the_same_units() {
        for rate in [0.6, 0.0, 0.25, 0.333, 0.5, 0.75, 0.9, 0.987_654_3] {
            for sizes in [&[10, 9, 4, 30][..], &[1], &[2, 3], &[13, 2_000, 7]] {
                let units: Vec<_> = sizes.iter().map(|&visible| of_original(rate, visible)).collect();
                let found = inferred(&units).unwrap();
                assert!(units.iter().all(|&units| fits(found, units)), "{rate} {sizes:?} {found}");
            }
        }
        assert_eq!(inferred(&[of_original(0.6, 10), of_original(0.6, 2)]), Some(0.6));
        assert_eq!(inferred(&[of_original(0.3, 10)]), Some(0.3));
        assert_eq!(inferred(&[of_original(0.25, 100)]), Some(0.25));
    }

    #[test]
    fn units_of_different_shares_have_no_rate() {
        assert_eq!(inferred(&[Units { visible: 10, hidden: 4 }, Units { visible: 10, hidden: 7 }]), None);
        assert_eq!(inferred(&[Units { visible: 6, hidden: 6 }, Units { visible: 100, hidden: 40 }]), None);
    }
}
