//! Some consecutive packets of a capture, before they become a piece.

use super::line::Line;

/// Some thousand packets: so few that their statistics are still in the cache when they become a piece.
const BLOCK_LINES: usize = 2_048;

/// Some consecutive packets of a file.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) lines: Vec<Line>,
    /// The values of the packets that have some, row-major.
    pub(super) statistics: Vec<f64>,
    /// The number of statistics of a packet, which is 0 if none is needed.
    width: usize,
    /// The positions of the packets without values, ascending.
    pub(super) blank: Vec<usize>,
    /// The number of packets in the files before this one.
    pub(super) before: u64,
    /// The bytes of the file, as it is stored, that were read.
    pub(super) bytes: u64,
}

impl Block {
    pub(super) fn new(before: u64, width: usize) -> Self {
        let (lines, statistics) = (Vec::with_capacity(BLOCK_LINES), Vec::with_capacity(BLOCK_LINES * width));
        Self { lines, statistics, width, before, ..Self::default() }
    }

    pub(super) fn with_bytes(self, bytes: u64) -> Self {
        Self { bytes, ..self }
    }

    /// Whether there is no room for more than so many packets.
    pub(super) fn is_full(&self, waiting: usize) -> bool {
        self.lines.len() + waiting >= BLOCK_LINES
    }

    /// Adds a packet without values.
    pub(super) fn push_blank(&mut self, line: Line) {
        self.blank.push(self.lines.len());
        self.lines.push(line);
    }

    /// The packets with their statistics, which are `None` for packets without values.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&Line, Option<&[f64]>)> {
        let mut blank = self.blank.iter().peekable();
        let mut start = 0;
        self.lines.iter().enumerate().map(move |(position, line)| {
            if blank.next_if(|&&blank| blank == position).is_some() {
                return (line, None);
            }
            let statistics = self.statistics.get(start..start + self.width);
            start += self.width;
            (line, statistics)
        })
    }

    /// Some of the packets, by their positions.
    pub(super) fn part(&self, positions: &[usize]) -> Self {
        let mut part = Self { width: self.width, before: self.before, bytes: self.bytes, ..Self::default() };
        let mut wanted = positions.iter().peekable();
        for (position, (line, statistics)) in self.rows().enumerate() {
            if wanted.next_if(|&&wanted| wanted == position).is_none() {
                continue;
            }
            match statistics {
                Some(statistics) => {
                    part.statistics.extend_from_slice(statistics);
                    part.lines.push(*line);
                }
                None => part.push_blank(*line),
            }
        }
        part
    }
}
