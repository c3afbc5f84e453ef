//! Serial lines and what stands for them: PPP, alone and over Ethernet, and HDLC as Cisco has it.

use super::bytes::head;
use super::flaw::LayerFlaw;
use super::layer::{Layer, Next};

/// The address and control bytes of HDLC, which most links leave out.
const FRAMING: [u8; 2] = [0xff, 0x03];
const IPV4: u16 = 0x0021;
const IPV6: u16 = 0x0057;
const MPLS: u16 = 0x0281;
const MPLS_MULTICAST: u16 = 0x0283;
/// Address bytes of Cisco's HDLC.
const UNICAST: u8 = 0x0f;
const MULTICAST: u8 = 0x8f;
/// The number of reverse ARP means the keep-alives of the line here, which have another form.
const KEEP_ALIVE: u16 = 0x8035;
/// Of the header of PPP over Ethernet.
const PPPOE_VERSION_AND_TYPE: u8 = 0x11;
const PPPOE_SESSION: u8 = 0;

/// The point-to-point protocol.
pub(super) fn read_ppp(bytes: &[u8]) -> Next<'_> {
    let bytes = bytes.strip_prefix(&FRAMING).unwrap_or(bytes);
    let (&[first], rest) = head(bytes)?;
    // The last byte of a protocol's number is odd, all before it even: a first byte that is odd is all of it.
    let (protocol, rest) = if first & 1 == 1 {
        (u16::from(first), rest)
    } else {
        let (&number, rest) = head(bytes)?;
        (u16::from_be_bytes(number), rest)
    };
    Ok(match protocol {
        IPV4 | IPV6 => Some((Layer::Ip, rest)),
        MPLS | MPLS_MULTICAST => Some((Layer::Mpls, rest)),
        _ => None,
    })
}

/// A session of PPP over Ethernet.
pub(super) fn read_pppoe(bytes: &[u8]) -> Next<'_> {
    let (&[version, code, _, _, _, _], rest) = head(bytes)?;
    if version != PPPOE_VERSION_AND_TYPE {
        return Err(LayerFlaw::Malformed);
    }
    Ok((code == PPPOE_SESSION).then_some((Layer::Ppp, rest)))
}

/// HDLC as Cisco has it: an address, a control byte, and an ether type.
pub(super) fn read_cisco_hdlc(bytes: &[u8]) -> Next<'_> {
    let (&[_, _, high, low], rest) = head(bytes)?;
    let ether_type = u16::from_be_bytes([high, low]);
    Ok((ether_type != KEEP_ALIVE).then_some((Layer::EtherType(ether_type), rest)))
}

/// A serial line speaks PPP or Cisco's HDLC, whose address bytes differ.
pub(super) fn read_line(bytes: &[u8]) -> Next<'_> {
    let (&[address], _) = head(bytes)?;
    let is_cisco = matches!(address, UNICAST | MULTICAST);
    Ok(Some((if is_cisco { Layer::CiscoHdlc } else { Layer::Ppp }, bytes)))
}
