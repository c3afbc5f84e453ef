//! Headers between an IP header and what it carries.
//!
//! `etherparse` can pass over them all at once, but takes what follows in the middle of a fragment for another of them.

use etherparse::err::ip_auth::HeaderSliceError;
use etherparse::{IpAuthHeaderSlice, Ipv6FragmentHeaderSlice, Ipv6RawExtHeaderSlice};

use super::flaw::LayerFlaw;
use super::payload::Payload;

pub(super) const AUTHENTICATION: u8 = 51;
const FRAGMENT: u8 = 44;
/// Hop-by-hop options, routing, destination options, mobility, host identity, multihoming: of one form.
const OTHERS: [u8; 6] = [0, 43, 60, 135, 139, 140];
/// A packet may have each once, and destination options twice.
const MOST_EXTENSIONS: usize = 16;

/// Passes over the extension headers of IPv6. `payload` is then what they carry, or the header that cannot be read. Returns whether it is the beginning: `false` for all fragments but the first.
pub(super) fn pass_over(payload: &mut Payload<'_>) -> Result<bool, LayerFlaw> {
    for _ in 0..MOST_EXTENSIONS {
        match payload.protocol {
            FRAGMENT => {
                let header = Ipv6FragmentHeaderSlice::from_slice(payload.bytes).map_err(|_| payload.shortage())?;
                *payload = payload.behind(header.slice().len(), header.next_header().0);
                if header.fragment_offset().value() != 0 {
                    return Ok(false);
                }
            }
            AUTHENTICATION => *payload = authentication(*payload)?,
            other if OTHERS.contains(&other) => {
                let header = Ipv6RawExtHeaderSlice::from_slice(payload.bytes).map_err(|_| payload.shortage())?;
                *payload = payload.behind(header.slice().len(), header.next_header().0);
            }
            _ => return Ok(true),
        }
    }
    Err(LayerFlaw::TooDeep)
}

/// What an authentication header stands before.
pub(super) fn authentication(payload: Payload<'_>) -> Result<Payload<'_>, LayerFlaw> {
    let header = IpAuthHeaderSlice::from_slice(payload.bytes).map_err(|error| match error {
        HeaderSliceError::Len(_) => payload.shortage(),
        HeaderSliceError::Content(_) => LayerFlaw::Malformed,
    })?;
    Ok(payload.behind(header.slice().len(), header.next_header().0))
}
