//! The names of the statistics, as the published data sets have them.

use super::config::Statistics;
use super::decay::DECAYS;

const OF_ONE: &[&str] = &["weight", "mean", "variance"];
const OF_TWO: &[&str] = &["weight", "mean", "variance", "radius", "magnitude", "covariance", "pcc"];

/// `MI_dir_L5_weight`: what is counted, the decay per second, and the statistic.
pub(super) fn names(statistics: Statistics) -> Vec<String> {
    let host: &[_] = if statistics == Statistics::WithSourceHost { &[("H", OF_ONE)] } else { &[] };
    let groups = [&[("MI_dir", OF_ONE)], host, &[("HH", OF_TWO), ("HH_jit", OF_ONE), ("HpHp", OF_TWO)]].concat();
    let name = |(group, numbers): (&'static str, &'static [&'static str])| {
        DECAYS.into_iter().flat_map(move |decay| numbers.iter().map(move |number| format!("{group}_L{decay}_{number}")))
    };
    groups.into_iter().flat_map(name).collect()
}
