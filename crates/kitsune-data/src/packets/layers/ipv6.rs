//! IPv6 and its extension headers.

use std::net::IpAddr;

use etherparse::Ipv6HeaderSlice;

use super::super::packet::{Headers, Protocol};
use super::extensions;
use super::flaw::LayerFlaw;
use super::payload::Payload;

const HEADER_BYTES: usize = 40;

/// Writes down the addresses and the protocol. Returns `None` for all fragments but the first: they carry the middle of something.
pub(super) fn read<'a>(bytes: &'a [u8], headers: &mut Headers) -> Result<Option<Payload<'a>>, LayerFlaw> {
    let header = Ipv6HeaderSlice::from_slice(bytes).map_err(|_| LayerFlaw::Truncated)?;
    headers.source = Some(IpAddr::V6(header.source_addr()));
    headers.destination = Some(IpAddr::V6(header.destination_addr()));
    let length = Some(usize::from(header.payload_length())).filter(|&length| length > 0);
    let rest = bytes.get(HEADER_BYTES..).unwrap_or_default();
    let mut payload = Payload::new(header.next_header().0, rest, length);
    let is_first = extensions::pass_over(&mut payload);
    headers.protocol = Protocol::Ip(payload.protocol);
    Ok(is_first?.then_some(payload))
}
