//! Protocols over IP that carry packets of their own: GRE, IP in IP, VXLAN, GENEVE.

use super::bytes::{head, skip};
use super::ethernet;
use super::layer::{Layer, Next};
use super::payload::Payload;

const IPV4: u8 = 4;
const IPV6: u8 = 41;
const GRE: u8 = 47;
const UDP: u8 = 17;
const VXLAN: u16 = 4_789;
const GENEVE: u16 = 6_081;
const UDP_HEADER_BYTES: usize = 8;
/// Bits of the first byte of GRE: each adds four bytes, but for routes, which add as many as they like, and are not in use any more.
const GRE_HAS_CHECKSUM: u8 = 0x80;
const GRE_HAS_ROUTES: u8 = 0x40;
const GRE_HAS_KEY: u8 = 0x20;
const GRE_HAS_SEQUENCE: u8 = 0x10;
/// Bits of the second byte.
const GRE_HAS_ACKNOWLEDGEMENT: u8 = 0x80;
const GRE_VERSION: u8 = 0x07;
/// Version 1 carries this alone.
const GRE_PPP: u16 = 0x880b;
/// The bit of VXLAN that says that the number of the network is valid. It must be set.
const VXLAN_HAS_NETWORK: u8 = 0x08;
/// The first byte of GENEVE is a version of two bits, and the number of four-byte words of options.
const GENEVE_VERSION: u8 = 0xc0;
const GENEVE_OPTION_WORDS: u8 = 0x3f;

/// The header that a tunnel has behind this one. Tunnels over UDP are known by the port that they are sent to.
pub(super) fn within(payload: Payload<'_>, destination_port: Option<u16>) -> Option<(Layer, &[u8])> {
    let layer = match (payload.protocol, destination_port) {
        (IPV4 | IPV6, _) => Layer::Ip,
        (GRE, _) => Layer::Gre,
        (UDP, Some(VXLAN)) => Layer::Vxlan,
        (UDP, Some(GENEVE)) => Layer::Geneve,
        _ => return None,
    };
    Some((layer, payload.bytes))
}

/// Generic routing encapsulation, and the kind of it that carries PPP.
pub(super) fn read_gre(bytes: &[u8]) -> Next<'_> {
    let (&[flags, version, high, low], rest) = head(bytes)?;
    let ether_type = u16::from_be_bytes([high, low]);
    let field = |flag| if flags & flag != 0 { 4 } else { 0 };
    let (layer, fields) = match (version & GRE_VERSION, ether_type) {
        (0, _) if flags & GRE_HAS_ROUTES != 0 => return Ok(None),
        (0, _) => (ethernet::tunnelled(ether_type), field(GRE_HAS_CHECKSUM) + field(GRE_HAS_KEY) + field(GRE_HAS_SEQUENCE)),
        // Without a sequence number it carries nothing.
        (1, GRE_PPP) if flags & GRE_HAS_SEQUENCE != 0 => (Some(Layer::Ppp), 8 + if version & GRE_HAS_ACKNOWLEDGEMENT != 0 { 4 } else { 0 }),
        _ => return Ok(None),
    };
    let rest = skip(rest, fields)?;
    Ok(layer.map(|layer| (layer, rest)))
}

/// UDP, then a header of VXLAN, then Ethernet.
pub(super) fn read_vxlan(bytes: &[u8]) -> Next<'_> {
    let (_udp, rest) = head::<UDP_HEADER_BYTES>(bytes)?;
    let (&[flags, _, _, _, _, _, _, _], rest) = head(rest)?;
    Ok((flags & VXLAN_HAS_NETWORK != 0).then_some((Layer::Ethernet, rest)))
}

/// UDP, then a header of GENEVE with options, then what an ether type says.
pub(super) fn read_geneve(bytes: &[u8]) -> Next<'_> {
    let (_udp, rest) = head::<UDP_HEADER_BYTES>(bytes)?;
    let (&[first, _, high, low, _, _, _, _], rest) = head(rest)?;
    if first & GENEVE_VERSION != 0 {
        return Ok(None);
    }
    let rest = skip(rest, 4 * usize::from(first & GENEVE_OPTION_WORDS))?;
    Ok(ethernet::tunnelled(u16::from_be_bytes([high, low])).map(|layer| (layer, rest)))
}
