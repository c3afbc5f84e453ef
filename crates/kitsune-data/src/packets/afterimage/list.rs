//! Lists of pairs, one or two for each stream.

/// No node.
const NONE: u32 = u32::MAX;

/// The first and the last node of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    first: u32,
    last: u32,
}

impl Ends {
    /// A list without nodes.
    pub(super) const EMPTY: Self = Self { first: NONE, last: NONE };

    pub(super) fn first(self) -> Option<u32> {
        (self.first != NONE).then_some(self.first)
    }
}

/// The links of all lists. Whoever has a list keeps its ends.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    links: Vec<Link>,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    previous: u32,
    next: u32,
}

impl Links {
    /// The node after one of a list. Most lists have a single node, whose link, somewhere else in memory, is not looked at.
    #[inline(always)]
    pub(super) fn next(&self, list: Ends, node: u32) -> Option<u32> {
        (node != list.last).then(|| self.links[node as usize].next)
    }

    pub(super) fn append(&mut self, list: &mut Ends, node: u32) {
        if node as usize >= self.links.len() {
            self.links.resize(node as usize + 1, Link { previous: NONE, next: NONE });
        }
        self.links[node as usize] = Link { previous: list.last, next: NONE };
        match list.last {
            NONE => list.first = node,
            last => self.links[last as usize].next = node,
        }
        list.last = node;
    }

    pub(super) fn remove(&mut self, list: &mut Ends, node: u32) {
        let Link { previous, next } = self.links[node as usize];
        match previous {
            NONE => list.first = next,
            previous => self.links[previous as usize].next = next,
        }
        match next {
            NONE => list.last = previous,
            next => self.links[next as usize].previous = previous,
        }
    }
}
