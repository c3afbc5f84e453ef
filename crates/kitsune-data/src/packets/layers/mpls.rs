//! Label stacks of MPLS.

use super::bytes::head;
use super::layer::{Layer, Next};

/// Passes over a label. What follows the last is told by nothing but its first bits: anything that is not IP, a pseudowire for one, is left alone.
pub(super) fn read(bytes: &[u8]) -> Next<'_> {
    let (&[_, _, flags, _], rest) = head(bytes)?;
    let is_last = flags & 1 == 1;
    if !is_last {
        return Ok(Some((Layer::Mpls, rest)));
    }
    let (&[first], _) = head(rest)?;
    Ok(matches!(first >> 4, 4 | 6).then_some((Layer::Ip, rest)))
}
