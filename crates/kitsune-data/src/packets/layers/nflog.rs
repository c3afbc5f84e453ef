//! Packets from Linux' packet filter: attributes, one of which is the packet.

use super::bytes::{head, skip};
use super::flaw::LayerFlaw;
use super::layer::{Layer, Next};

/// `AF_INET` and `AF_INET6` of Linux.
const IPV4: u8 = 2;
const IPV6: u8 = 10;
const PAYLOAD: u16 = 9;
/// A packet has some twelve.
const MOST_ATTRIBUTES: usize = 64;

pub(super) fn read(bytes: &[u8]) -> Next<'_> {
    let (&[family, _, _, _], mut rest) = head(bytes)?;
    if !matches!(family, IPV4 | IPV6) {
        return Ok(None);
    }
    for _ in 0..MOST_ATTRIBUTES {
        let (&[l0, l1, k0, k1], value) = head(rest)?;
        // Both are in the byte order of the machine that captured. The length is no less than its own four bytes, and attributes have small numbers.
        let (length, kind) =
            if k1 == 0 { (u16::from_le_bytes([l0, l1]), u16::from(k0)) } else { (u16::from_be_bytes([l0, l1]), u16::from(k1)) };
        if kind == PAYLOAD {
            return Ok(Some((Layer::Ip, value)));
        }
        if length < 4 {
            return Err(LayerFlaw::Malformed);
        }
        rest = skip(rest, usize::from(length).next_multiple_of(4))?;
    }
    Err(LayerFlaw::TooDeep)
}
