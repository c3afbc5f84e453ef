//! Streams by their names, in a table that an attacker cannot fill with collisions.

use std::collections::VecDeque;
use std::hash::Hash;

use ahash::RandomState;
use hashbrown::HashTable;

/// Entries by their keys. An entry keeps its index until it is removed.
///
/// The hash has a random key for each process, since whoever sends packets chooses addresses and ports. Nothing else depends on it: indices, and which entry
/// is forgotten, follow the order in which entries come and are used.
#[derive(Clone, Debug)]
pub(super) struct Store<K, V> {
    indices: HashTable<u32>,
    entries: Vec<Entry<K, V>>,
    free: Vec<u32>,
    /// All entries, each with a packet that used it: the first of these may not be forgotten before the others.
    queue: VecDeque<Queued>,
    hasher: RandomState,
}

/// It begins with a cache line, so that it fills as few of them as can be.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Entry<K, V> {
    key: K,
    /// The number of the packet that used the entry last.
    used: u64,
    /// The packet with which it stands in the queue, or [`NEVER`] if the entry is free.
    queued: u64,
    value: V,
}

#[derive(Clone, Copy, Debug)]
struct Queued {
    index: u32,
    used: u64,
}

/// Packets are counted from 1.
const NEVER: u64 = 0;

impl<K: Copy + Eq + Hash, V: Copy> Store<K, V> {
    /// The bytes of an entry.
    #[cfg(test)]
    pub(super) const BYTES: usize = size_of::<Entry<K, V>>();

    pub(super) fn new() -> Self {
        Self { indices: HashTable::new(), entries: Vec::new(), free: Vec::new(), queue: VecDeque::new(), hasher: RandomState::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.indices.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The index of the entry with this key, if there is one.
    #[inline]
    pub(super) fn find(&self, key: &K) -> Option<u32> {
        self.indices.find(self.hasher.hash_one(key), |&index| self.entries[index as usize].key == *key).copied()
    }

    /// The index of the entry with this key, which a packet uses. A new entry has the value that `new` makes.
    #[inline]
    pub(super) fn find_or_insert(&mut self, key: K, packet: u64, new: impl FnOnce() -> V) -> u32 {
        let hash = self.hasher.hash_one(key);
        if let Some(&index) = self.indices.find(hash, |&index| self.entries[index as usize].key == key) {
            self.touch(index, packet);
            return index;
        }
        let entry = Entry { key, used: packet, queued: packet, value: new() };
        let index = self.free.pop().unwrap_or(self.entries.len() as u32);
        match self.entries.get_mut(index as usize) {
            Some(place) => *place = entry,
            None => self.entries.push(entry),
        }
        self.indices.insert_unique(hash, index, |&index| self.hasher.hash_one(self.entries[index as usize].key));
        self.queue.push_back(Queued { index, used: packet });
        index
    }

    /// Some bits of the places in the table for these keys, so that these are in the cache.
    #[inline(always)]
    pub(super) fn bits<const KEYS: usize>(&self, keys: &[K; KEYS]) -> u64 {
        keys.iter().fold(0, |bits, key| bits ^ self.find(key).map_or(0, u64::from))
    }

    /// A packet uses an entry.
    #[inline(always)]
    pub(super) fn touch(&mut self, index: u32, packet: u64) {
        self.entries[index as usize].used = packet;
    }

    /// The packet of the first entry in the queue.
    pub(super) fn first_in_queue(&self) -> Option<u64> {
        self.queue.front().map(|queued| queued.used)
    }

    /// Takes the entries that packets up to `last` put into the queue out of it, and returns those that may be forgotten: what was not used since, or holds
    /// nothing any more. The others go to the end of the queue, so that what is forgotten was not used for a whole round.
    pub(super) fn forgettable(&mut self, last: u64, is_nothing: impl Fn(&V) -> bool) -> Vec<u32> {
        let mut forgettable = Vec::new();
        while let Some(&Queued { index, used }) = self.queue.front().filter(|queued| queued.used <= last) {
            self.queue.pop_front();
            let entry = &mut self.entries[index as usize];
            if entry.queued != used {
                // It was removed with another entry.
                continue;
            }
            if entry.used == used || is_nothing(&entry.value) {
                forgettable.push(index);
            } else {
                entry.queued = entry.used;
                self.queue.push_back(Queued { index, used: entry.used });
            }
        }
        forgettable
    }

    /// Whether an entry has this key.
    #[inline(always)]
    pub(super) fn holds(&self, index: u32, key: &K) -> bool {
        self.entries.get(index as usize).is_some_and(|entry| entry.key == *key && entry.queued != NEVER)
    }

    /// An entry, if it is there.
    #[inline(always)]
    pub(super) fn get(&self, index: u32) -> Option<&V> {
        self.entries.get(index as usize).map(|entry| &entry.value)
    }

    #[inline(always)]
    pub(super) fn key(&self, index: u32) -> &K {
        &self.entries[index as usize].key
    }

    #[inline(always)]
    pub(super) fn at(&self, index: u32) -> &V {
        &self.entries[index as usize].value
    }

    #[inline(always)]
    pub(super) fn at_mut(&mut self, index: u32) -> &mut V {
        &mut self.entries[index as usize].value
    }

    /// Removes entries. Their places in the table are looked up one after another, so that the processor waits for several at once.
    pub(super) fn remove(&mut self, indices: &[u32]) {
        for &index in indices {
            let entry = &mut self.entries[index as usize];
            entry.queued = NEVER;
            if let Ok(place) = self.indices.find_entry(self.hasher.hash_one(entry.key), |&other| other == index) {
                place.remove();
                self.free.push(index);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is forgotten of entries 0 to 5, which were made in this order and of which some were used again, until one is left.
    fn forgotten(used_again: &[u32], is_nothing: impl Fn(&u32) -> bool) -> Vec<u32> {
        let mut store = Store::new();
        for number in 0..6 {
            store.find_or_insert([u64::from(number)], u64::from(number) + 1, || number);
        }
        for (&number, packet) in used_again.iter().zip(10..) {
            assert_eq!(store.find_or_insert([u64::from(number)], packet, || 99), number);
        }
        let mut forgotten = Vec::new();
        while store.len() > 1 {
            let first = store.first_in_queue().unwrap();
            let indices = store.forgettable(first, &is_nothing);
            forgotten.extend(indices.iter().map(|&index| *store.at(index)));
            store.remove(&indices);
        }
        forgotten
    }

    #[test]
    fn what_was_used_since_is_forgotten_later_unless_it_holds_nothing() {
        assert_eq!(forgotten(&[], |_| false), [0, 1, 2, 3, 4]);
        assert_eq!(forgotten(&[0, 2], |_| false), [1, 3, 4, 5, 0]);
        assert_eq!(forgotten(&[0, 2], |&number| number == 0), [0, 1, 3, 4, 5]);
    }

    #[test]
    fn an_entry_that_is_gone_leaves_its_place_to_another() {
        let mut store = Store::new();
        let indices = [7, 8, 9].map(|key| store.find_or_insert([key], key, || key));
        store.remove(&indices[1..2]);
        assert_eq!((store.find(&[8]), store.len()), (None, 2));
        assert_eq!(store.find_or_insert([5], 10, || 5), indices[1]);
        // Its place in the queue belongs to the entry that is gone.
        assert_eq!(store.forgettable(9, |_| false), [indices[0], indices[2]]);
        assert_eq!(store.forgettable(10, |_| false), [indices[1]]);
    }
}
