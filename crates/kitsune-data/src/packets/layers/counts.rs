//! How often frames were not read as whole ones are.

use super::flaw::LayerFlaw;

/// A counter for each [`LayerFlaw`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayerCounts {
    counts: [u64; LayerFlaw::ALL.len()],
}

impl LayerCounts {
    /// Counts a packet.
    pub fn add(&mut self, flaw: LayerFlaw) {
        self.counts[flaw as usize] += 1;
    }

    /// How many packets were counted by this flaw.
    pub fn count(&self, flaw: LayerFlaw) -> u64 {
        self.counts[flaw as usize]
    }

    /// The flaws that were met, with the number of packets.
    pub fn iter(&self) -> impl Iterator<Item = (LayerFlaw, u64)> + '_ {
        LayerFlaw::ALL.into_iter().zip(self.counts).filter(|&(_, count)| count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_counted_by_flaw() {
        let mut counts = LayerCounts::default();
        assert_eq!(counts.iter().count(), 0);
        for (times, flaw) in (1..).zip(LayerFlaw::ALL) {
            for _ in 0..times {
                counts.add(flaw);
            }
        }
        assert_eq!(counts.iter().collect::<Vec<_>>(), LayerFlaw::ALL.into_iter().zip(1..).collect::<Vec<_>>());
        assert_eq!(counts.count(LayerFlaw::Malformed), 2);
        assert_eq!(counts.iter().map(|(flaw, count)| format!("{count}: {flaw}")).next().as_deref(), Some("1: headers cut off"));
    }
}
