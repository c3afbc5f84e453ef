//! The packets of a pass, one after another through all files.

use std::io::ErrorKind;

use super::block::Block;
use super::line::{Line, Seen};
use super::met::LinkTypes;
use super::open::{Next, Open};
use crate::packets::afterimage::{ExtractorCounts, FeatureExtractor};
use crate::packets::capture::{CaptureError, RawPacket};
use crate::packets::layers::{LayerCounts, Tunnels, dissect};
use crate::packets::link_type::LinkType;

/// Packets whose streams are looked at together before their statistics are computed.
const TOGETHER: usize = 16;

/// The packets of a pass so far.
pub(super) struct Packets {
    extractor: FeatureExtractor,
    needs: Needs,
    /// The number of packets, those included that were left out.
    number: u64,
    frames: Frames,
    /// The number of packets that name no source, and so have no statistics.
    pub(super) without_source: u64,
}

/// What a pass needs of each packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// That it is there.
    Nothing,
    Headers,
    /// So many statistics.
    Statistics(usize),
}

/// How frames are taken apart, and how they were.
struct Frames {
    tunnels: Tunnels,
    link_types: LinkTypes,
    last_link_type: Option<LinkType>,
    needs_headers: bool,
    counts: LayerCounts,
}

impl Packets {
    pub(super) fn new(extractor: FeatureExtractor, tunnels: Tunnels, link_types: LinkTypes, needs: Needs) -> Self {
        let needs_headers = needs != Needs::Nothing;
        let frames = Frames { tunnels, link_types, last_link_type: None, needs_headers, counts: LayerCounts::default() };
        Self { extractor, needs, number: 0, frames, without_source: 0 }
    }

    /// The next packets of a capture: as many as a block holds, or those that have arrived. `None` at the end.
    pub(super) fn next_block(&mut self, open: &mut Open) -> Result<Option<Block>, CaptureError> {
        if let Some(problem) = open.problem.take() {
            return Err(problem);
        }
        let width = if let Needs::Statistics(width) = self.needs { width } else { 0 };
        let mut block = Block::new(open.before, width);
        let mut waiting = Vec::with_capacity(TOGETHER);
        while !block.is_full(waiting.len()) {
            match open.next(|raw| self.frames.see(raw)) {
                Ok(Next::Packet(seen)) => {
                    waiting.push(seen);
                    if waiting.len() == TOGETHER {
                        self.push(&mut waiting, &mut block);
                    }
                }
                Ok(Next::LeftOut) => {
                    self.push(&mut waiting, &mut block);
                    self.number += 1;
                    block.push_blank(Line { number: self.number, packet: None });
                }
                Ok(Next::End) => break,
                Err(error) if block.lines.is_empty() && waiting.is_empty() => return Err(error),
                Err(CaptureError::Read(error)) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => {
                    open.problem = Some(error);
                    break;
                }
            }
            open.held.set(true);
        }
        self.push(&mut waiting, &mut block);
        open.held.set(false);
        Ok(Some(block).filter(|block| !block.lines.is_empty()))
    }

    /// The number of packets so far, those included that were left out.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn frame_counts(&self) -> &LayerCounts {
        &self.frames.counts
    }

    pub(super) fn extractor_counts(&self) -> ExtractorCounts {
        self.extractor.counts()
    }

    /// Adds packets that were seen to a block, and their statistics where these are needed.
    fn push(&mut self, waiting: &mut Vec<Seen>, block: &mut Block) {
        if matches!(self.needs, Needs::Statistics(_)) {
            self.extractor.look_ahead(waiting.iter().filter_map(Seen::packet));
        }
        for seen in waiting.drain(..) {
            self.number += 1;
            let line = Line { number: self.number, packet: Some(seen) };
            let has_values = match (self.needs, seen.packet()) {
                (Needs::Nothing, _) | (Needs::Headers, Some(_)) => true,
                (Needs::Statistics(_), Some(packet)) => match self.extractor.push(&packet) {
                    Ok(statistics) => {
                        block.statistics.extend_from_slice(statistics);
                        true
                    }
                    Err(_) => false,
                },
                (_, None) => false,
            };
            if has_values {
                block.lines.push(line);
            } else {
                self.without_source += 1;
                block.push_blank(line);
            }
        }
    }
}

impl Frames {
    fn see(&mut self, raw: RawPacket<'_>) -> Seen {
        let RawPacket { time, link_type, data, length } = raw;
        if self.last_link_type != Some(link_type) {
            self.link_types.meet(link_type);
            self.last_link_type = Some(link_type);
        }
        if !self.needs_headers {
            return Seen { time, length, headers: None };
        }
        let frame = dissect(link_type, data, length, self.tunnels);
        if let Some(flaw) = frame.as_ref().map_or_else(|&flaw| Some(flaw), |frame| frame.flaw) {
            self.counts.add(flaw);
        }
        let length = frame.as_ref().map_or(length, |frame| frame.length);
        Seen { time, length, headers: frame.ok().map(|frame| frame.headers) }
    }
}
