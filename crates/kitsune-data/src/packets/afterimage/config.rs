//! How packets become statistics.

/// The statistics of a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Statistics {
    /// 100 numbers: card and address of the source, the pair of hosts, the jitter between them, and the pair of sockets.
    #[default]
    Hundred,
    /// 115 numbers: those of the source host alone as well, as in the published data sets.
    WithSourceHost,
}

impl Statistics {
    /// The number of statistics of a packet.
    pub fn width(self) -> usize {
        match self {
            Self::Hundred => 100,
            Self::WithSourceHost => 115,
        }
    }
}

/// The least number of streams: those of one packet are held together.
pub(super) const FEWEST_STREAMS: usize = 64;

/// How packets become statistics.
///
/// | Name | Default | Purpose | Range |
/// | --- | --- | --- | --- |
/// | `statistics` | 100 | which statistics a packet has | 100 or 115 |
/// | `max_streams` | 1,000,000 | streams and pairs of streams that are held; the others are forgotten | 64 or more |
/// | `original_arithmetic` | no | whether rounding is that of the original | |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeatureExtractorConfig {
    pub(super) statistics: Statistics,
    pub(super) max_streams: usize,
    pub(super) original_arithmetic: bool,
}

impl Default for FeatureExtractorConfig {
    fn default() -> Self {
        Self { statistics: Statistics::default(), max_streams: 1_000_000, original_arithmetic: false }
    }
}

impl FeatureExtractorConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Chooses the statistics.
    #[must_use]
    pub fn with_statistics(mut self, statistics: Statistics) -> Self {
        self.statistics = statistics;
        self
    }

    /// Holds at most so many streams and pairs, and at least 64: a million takes some 350 MB. A packet may need eight of them, for which there is room before it comes:
    /// what has faded below a millionth of a packet goes, and what was not used for a whole round of the others.
    #[must_use]
    pub fn with_max_streams(mut self, streams: usize) -> Self {
        self.max_streams = streams.max(FEWEST_STREAMS);
        self
    }

    /// Rounds as the original does, to compare figures: times are seconds since 1970 with steps of a quarter of a microsecond, and the variance of equal values is the noise that
    /// subtraction leaves of it instead of 0. A scaler would stretch this noise to its whole range.
    #[must_use]
    pub fn with_original_arithmetic(mut self) -> Self {
        self.original_arithmetic = true;
        self
    }
}
