//! Address resolution and its reverse.

use std::net::{IpAddr, Ipv4Addr};

use etherparse::{ArpPacketSlice, EtherType};

use super::super::packet::{Headers, Protocol};
use super::flaw::LayerFlaw;
use super::layer::Next;

pub(super) fn read<'a>(protocol: Protocol, bytes: &'a [u8], headers: &mut Headers) -> Next<'a> {
    headers.protocol = protocol;
    let packet = ArpPacketSlice::from_slice(bytes).map_err(|_| LayerFlaw::Truncated)?;
    let address = |bytes: &[u8]| <[u8; 4]>::try_from(bytes).map(|bytes| IpAddr::V4(Ipv4Addr::from(bytes))).ok();
    let addresses = (address(packet.sender_protocol_addr()), address(packet.target_protocol_addr()));
    if packet.proto_addr_type() != EtherType::IPV4 || addresses.0.is_none() {
        return Err(LayerFlaw::Malformed);
    }
    (headers.source, headers.destination) = addresses;
    Ok(None)
}
