//! What is kept beside hosts and beside pairs of hosts, instead of in tables of its own.

use super::damped::Damped;
use super::key::{CardName, EndKey, Keys};
use super::store::Store;

/// Which cards the packets of a host came from.
///
/// The stream of a card and an address has the values of the address alone, as long as all packets of the address come from this card. So it begins only
/// with the second card, as a copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum CardsOfHost {
    /// The host has sent nothing.
    #[default]
    None,
    /// All packets came from one card, whose stream is that of the host.
    One(CardName),
    /// Each card has a stream of its own.
    Several,
}

impl CardsOfHost {
    /// The stream of the card that a packet comes from: `None` if it is that of its host. `streams` are those of cards.
    pub(super) fn find(&mut self, keys: &Keys, host: &Damped, streams: &mut Store<EndKey, Damped>, packet: u64) -> Option<u32> {
        let of_card = |card| keys.hosts[0].with_card(card);
        match *self {
            Self::One(known) if known == keys.card => return None,
            Self::One(known) => {
                streams.find_or_insert(of_card(known), packet, || *host);
            }
            // A host that was forgotten may have left a stream of this card.
            Self::None if streams.is_empty() || streams.find(&of_card(keys.card)).is_none() => {
                *self = Self::One(keys.card);
                return None;
            }
            Self::None | Self::Several => {}
        }
        *self = Self::Several;
        Some(streams.find_or_insert(of_card(keys.card), packet, || Damped::NOTHING))
    }
}

/// The times between packets on each of the two ways of a pair, by the end that sends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ways(pub(super) [Damped; 2]);

impl Default for Ways {
    fn default() -> Self {
        Self([Damped::NOTHING; 2])
    }
}
