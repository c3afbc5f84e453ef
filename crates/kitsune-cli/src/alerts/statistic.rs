//! What the name of a statistic says: `HH_L0.1_weight` is the weight of the packets of a host, with a decay of 0.1 per second.

/// A statistic of a packet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Statistic {
    pub(super) stream: Stream,
    /// Per second: what is counted halves in its reciprocal.
    pub(super) decay: f64,
    pub(super) number: Number,
}

/// Whose packets are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// Those of a card with an address.
    Card,
    /// Those of a host alone.
    Host,
    /// Those of a host, beside those of its partner.
    Hosts,
    /// The times between packets from a host to another.
    Jitter,
    /// Those of a host with a port, beside those of its partner.
    Sockets,
}

/// What is told of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Weight,
    Mean,
    Variance,
    /// These are of both directions.
    Radius,
    Magnitude,
    Covariance,
    Correlation,
}

impl Statistic {
    /// The statistic of this name, if there is one.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (before, number) = name.rsplit_once('_')?;
        let (stream, decay) = before.rsplit_once("_L")?;
        let stream = match stream {
            "MI_dir" => Stream::Card,
            "H" => Stream::Host,
            "HH" => Stream::Hosts,
            "HH_jit" => Stream::Jitter,
            "HpHp" => Stream::Sockets,
            _ => return None,
        };
        let number = match number {
            "weight" => Number::Weight,
            "mean" => Number::Mean,
            "variance" => Number::Variance,
            "radius" => Number::Radius,
            "magnitude" => Number::Magnitude,
            "covariance" => Number::Covariance,
            "pcc" => Number::Correlation,
            _ => return None,
        };
        let decay = decay.parse().ok().filter(|&decay: &f64| decay.is_finite() && decay > 0.0)?;
        Some(Self { stream, decay, number })
    }
}

impl Number {
    /// Whether it is one of both directions.
    pub(super) fn is_of_both(self) -> bool {
        matches!(self, Self::Radius | Self::Magnitude | Self::Covariance | Self::Correlation)
    }
}

#[cfg(test)]
mod tests {
    use kitsune_data::packets::{FeatureExtractor, FeatureExtractorConfig, Statistics};

    use super::*;

    #[test]
    fn every_statistic_is_known_by_its_name() {
        let config = FeatureExtractorConfig::new().with_statistics(Statistics::WithSourceHost);
        let names = FeatureExtractor::new(config).feature_names();
        assert_eq!(names.len(), 115);
        for name in names {
            assert!(Statistic::named(&name).is_some(), "{name}");
        }
    }

    #[test]
    fn a_name_says_whose_packets_over_what_time_and_what_of_them() {
        let named = |name| Statistic::named(name).map(|found| (found.stream, found.decay, found.number));
        for (name, found) in [
            ("MI_dir_L5_weight", Some((Stream::Card, 5.0, Number::Weight))),
            ("H_L3_mean", Some((Stream::Host, 3.0, Number::Mean))),
            ("HH_L0.1_pcc", Some((Stream::Hosts, 0.1, Number::Correlation))),
            ("HH_jit_L0.01_variance", Some((Stream::Jitter, 0.01, Number::Variance))),
            ("HpHp_L1_covariance", Some((Stream::Sockets, 1.0, Number::Covariance))),
            ("HpHp_L1_std", None),
            ("HX_L1_mean", None),
            ("HH_L0_mean", None),
            ("HH_Lx_mean", None),
            ("bytes", None),
        ] {
            assert_eq!(named(name), found, "{name}");
        }
    }
}
