//! IPv4.

use std::net::{IpAddr, Ipv4Addr};

use etherparse::Ipv4HeaderSlice;
use etherparse::err::ipv4::HeaderSliceError;

use super::super::packet::{Headers, Protocol};
use super::bytes::head;
use super::extensions::{AUTHENTICATION, authentication};
use super::flaw::LayerFlaw;
use super::payload::Payload;

/// Writes down the addresses and the protocol. Returns `None` for all fragments but the first: they carry the middle of something.
pub(super) fn read<'a>(bytes: &'a [u8], headers: &mut Headers) -> Result<Option<Payload<'a>>, LayerFlaw> {
    let header = Ipv4HeaderSlice::from_slice(bytes).map_err(|error| match error {
        HeaderSliceError::Len(_) => cut_in_options(bytes, headers),
        HeaderSliceError::Content(_) => LayerFlaw::Malformed,
    })?;
    headers.source = Some(IpAddr::V4(header.source_addr()));
    headers.destination = Some(IpAddr::V4(header.destination_addr()));
    headers.protocol = Protocol::Ip(header.protocol().0);
    if header.fragments_offset().value() != 0 {
        return Ok(None);
    }
    let header_length = header.slice().len();
    let length = usize::from(header.total_len()).checked_sub(header_length);
    let rest = bytes.get(header_length..).unwrap_or_default();
    let mut payload = Payload::new(header.protocol().0, rest, length);
    if payload.protocol == AUTHENTICATION {
        payload = authentication(payload)?;
        headers.protocol = Protocol::Ip(payload.protocol);
    }
    Ok(Some(payload))
}

/// The addresses are before the options, so that the fixed part of a header is enough for them.
fn cut_in_options(bytes: &[u8], headers: &mut Headers) -> LayerFlaw {
    if let Ok((&[_, _, _, _, _, _, _, _, _, protocol, _, _, s0, s1, s2, s3, d0, d1, d2, d3], _)) = head(bytes) {
        headers.source = Some(IpAddr::V4(Ipv4Addr::new(s0, s1, s2, s3)));
        headers.destination = Some(IpAddr::V4(Ipv4Addr::new(d0, d1, d2, d3)));
        headers.protocol = Protocol::Ip(protocol);
    }
    LayerFlaw::Truncated
}
