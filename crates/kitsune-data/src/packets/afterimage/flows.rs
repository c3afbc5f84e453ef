//! Where the streams of packets with the same headers were found last.

use ahash::RandomState;

use super::channels::Found;
use super::key::Keys;

/// The fewest pairs of places.
const FEWEST: usize = 1 << 9;

/// No stream.
const NONE: u32 = u32::MAX;

/// A cache before the tables of streams, so that one cache line is looked at for a packet instead of a dozen.
///
/// What it says may be out of date: whoever asks compares the keys of the streams.
#[derive(Clone, Debug)]
pub(super) struct Flows {
    /// A power of two of them.
    lines: Vec<Line>,
    hasher: RandomState,
}

/// Two places, one cache line: the flow that came last is in the first.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Line([Place; 2]);

/// A flow with a part of the hash of its headers.
#[derive(Clone, Copy, Debug)]
struct Place {
    tag: u32,
    card: u32,
    hosts: [u32; 3],
    sockets: [u32; 3],
}

/// The streams of a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow {
    /// The stream of the card and the address; `None` if it is that of the address.
    pub(super) card: Option<u32>,
    pub(super) hosts: Found,
    pub(super) sockets: Found,
}

impl Line {
    /// Its indices are those of no stream.
    const EMPTY: Self = Self([Place { tag: 0, card: NONE, hosts: [NONE; 3], sockets: [NONE; 3] }; 2]);
}

impl Place {
    fn flow(&self) -> Flow {
        let some = |index: u32| (index != NONE).then_some(index);
        let found = |[own, other, pair]: [u32; 3]| Found { own, other, pair: some(pair) };
        Flow { card: some(self.card), hosts: found(self.hosts), sockets: found(self.sockets) }
    }
}

impl Flows {
    pub(super) fn new() -> Self {
        Self { lines: vec![Line::EMPTY; FEWEST], hasher: RandomState::new() }
    }

    #[inline(always)]
    pub(super) fn hash(&self, keys: &Keys) -> u64 {
        self.hasher.hash_one(keys.all())
    }

    /// The streams that packets of this hash had.
    #[inline(always)]
    pub(super) fn find(&self, hash: u64) -> Option<Flow> {
        let Line(places) = &self.lines[self.line(hash)];
        places.iter().find(|place| place.tag == tag(hash)).map(Place::flow)
    }

    /// Remembers the streams of a packet.
    pub(super) fn keep(&mut self, hash: u64, flow: Flow) {
        let indices = |found: Found| [found.own, found.other, found.pair.unwrap_or(NONE)];
        let place = Place { tag: tag(hash), card: flow.card.unwrap_or(NONE), hosts: indices(flow.hosts), sockets: indices(flow.sockets) };
        let at = self.line(hash);
        let Line(places) = &mut self.lines[at];
        if places[0].tag != place.tag {
            places[1] = places[0];
        }
        places[0] = place;
    }

    /// Has a place for each of so many streams and pairs, of which a flow needs two or more: few flows are lost to others then.
    #[inline(always)]
    pub(super) fn fit(&mut self, streams: usize) {
        if streams > 2 * self.lines.len() {
            self.lines = vec![Line::EMPTY; self.lines.len() * 2];
        }
    }

    fn line(&self, hash: u64) -> usize {
        hash as usize & (self.lines.len() - 1)
    }
}

/// What tells the flows of a line apart.
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}
