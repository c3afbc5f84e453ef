//! Where the streams of packets with the same headers were found last.

use ahash::RandomState;

use super::channels::Found;
use super::key::Keys;

/// Streams and pairs for each place at most.
const STREAMS_PER_PLACE: usize = 2;

/// The fewest places.
const FEWEST: usize = 1 << 10;

/// A cache before the tables of streams, so that one place in memory is looked at for a packet instead of sixteen.
///
/// What it says may be out of date: whoever asks compares the keys of the streams.
#[derive(Clone, Debug)]
pub(super) struct Flows {
    /// A power of two of them, each with the hash of the headers.
    places: Vec<(u64, Flow)>,
    hasher: RandomState,
}

/// The streams of a packet.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flow {
    pub(super) card: u32,
    pub(super) path: u32,
    pub(super) hosts: Found,
    pub(super) sockets: Found,
}

impl Flows {
    pub(super) fn new() -> Self {
        Self { places: vec![(0, Flow::default()); FEWEST], hasher: RandomState::new() }
    }

    #[inline(always)]
    pub(super) fn hash(&self, keys: &Keys) -> u64 {
        self.hasher.hash_one(keys.all())
    }

    /// The streams that packets of this hash had.
    #[inline(always)]
    pub(super) fn find(&self, hash: u64) -> Option<&Flow> {
        let (known, flow) = &self.places[self.place(hash)];
        (*known == hash).then_some(flow)
    }

    /// Remembers the streams of a packet.
    pub(super) fn keep(&mut self, hash: u64, flow: Flow) {
        let place = self.place(hash);
        self.places[place] = (hash, flow);
    }

    /// Has enough places for so many streams and pairs.
    #[inline(always)]
    pub(super) fn fit(&mut self, streams: usize) {
        if streams / STREAMS_PER_PLACE > self.places.len() {
            self.grow();
        }
    }

    #[cold]
    fn grow(&mut self) {
        let places = vec![(0, Flow::default()); self.places.len() * 2];
        for (hash, flow) in std::mem::replace(&mut self.places, places) {
            self.keep(hash, flow);
        }
    }

    fn place(&self, hash: u64) -> usize {
        hash as usize & (self.places.len() - 1)
    }
}
