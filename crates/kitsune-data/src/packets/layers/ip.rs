//! IP of either version, and the ports of what it carries.

use super::super::packet::Headers;
use super::bytes::head;
use super::flaw::LayerFlaw;
use super::layer::Next;
use super::payload::Payload;
use super::{ipv4, ipv6, tunnel};

const TCP: u8 = 6;
const UDP: u8 = 17;
/// Datagram congestion control.
const DCCP: u8 = 33;
const SCTP: u8 = 132;
const UDP_LITE: u8 = 136;

/// Reads by the first four bits, which senders get right even where the header before names the other version.
pub(super) fn read<'a>(bytes: &'a [u8], headers: &mut Headers) -> Next<'a> {
    let (&[first], _) = head(bytes)?;
    let payload = match first >> 4 {
        4 => ipv4::read(bytes, headers)?,
        6 => ipv6::read(bytes, headers)?,
        _ => return Err(LayerFlaw::Malformed),
    };
    let Some(payload) = payload else { return Ok(None) };
    read_ports(payload, headers)?;
    Ok(tunnel::within(payload, headers.destination_port))
}

/// Writes down the ports. All protocols that have some begin with them, so that nothing behind them need be there.
fn read_ports(payload: Payload<'_>, headers: &mut Headers) -> Result<(), LayerFlaw> {
    if matches!(payload.protocol, TCP | UDP | DCCP | SCTP | UDP_LITE) {
        let &[s0, s1, d0, d1] = payload.bytes.first_chunk().ok_or_else(|| payload.shortage())?;
        headers.source_port = Some(u16::from_be_bytes([s0, s1]));
        headers.destination_port = Some(u16::from_be_bytes([d0, d1]));
    }
    Ok(())
}
