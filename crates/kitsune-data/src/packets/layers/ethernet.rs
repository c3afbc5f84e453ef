//! Ethernet II and 802.3: two MACs, then an ether type, or a length and logical link control.

use super::super::packet::{Headers, Protocol};
use super::bytes::head;
use super::layer::{Layer, Next};

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const ARP: u16 = 0x0806;
const RARP: u16 = 0x8035;
const MPLS: u16 = 0x8847;
const MPLS_MULTICAST: u16 = 0x8848;
const PPPOE_SESSION: u16 = 0x8864;
/// 802.1Q, 802.1ad, and the types that were used for outer tags before that.
const VLAN_TAGS: [u16; 4] = [0x8100, 0x88a8, 0x9100, 0x9200];
/// Ethernet itself: only a tunnel has it.
const BRIDGED_ETHERNET: u16 = 0x6558;
/// In the place of an ether type, up to this is the length of an 802.3 frame.
const LONGEST_LENGTH: u16 = 1_500;
/// Access points of LLC: IP itself and the sub-network access protocol (SNAP).
const LLC_IP: u8 = 0x06;
const LLC_SNAP: u8 = 0xaa;
const UNNUMBERED_INFORMATION: u8 = 0x03;
/// Organizations whose protocol numbers are ether types: that of RFC 1042, and the bridge tunnels of 802.1H.
const ETHER_TYPES: [[u8; 3]; 2] = [[0, 0, 0], [0, 0, 0xf8]];

pub(super) fn read<'a>(bytes: &'a [u8], headers: &mut Headers) -> Next<'a> {
    let (&[d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5], rest) = head(bytes)?;
    headers.destination_mac = Some([d0, d1, d2, d3, d4, d5]);
    headers.source_mac = Some([s0, s1, s2, s3, s4, s5]);
    let (&ether_type, rest) = head(rest)?;
    Ok(Some((Layer::EtherType(u16::from_be_bytes(ether_type)), rest)))
}

/// What an ether type says that follows. VLAN tags are passed over, one at a time.
pub(super) fn read_ether_type<'a>(ether_type: u16, bytes: &'a [u8], headers: &mut Headers) -> Next<'a> {
    headers.protocol = Protocol::Ethernet(ether_type);
    Ok(Some(match ether_type {
        IPV4 | IPV6 => (Layer::Ip, bytes),
        ARP => (Layer::Arp(Protocol::Arp), bytes),
        RARP => (Layer::Arp(Protocol::Rarp), bytes),
        MPLS | MPLS_MULTICAST => (Layer::Mpls, bytes),
        PPPOE_SESSION => (Layer::Pppoe, bytes),
        0..=LONGEST_LENGTH => {
            headers.protocol = Protocol::Unknown;
            (Layer::Llc, bytes)
        }
        tag if VLAN_TAGS.contains(&tag) => {
            let (&[_, _, high, low], rest) = head(bytes)?;
            (Layer::EtherType(u16::from_be_bytes([high, low])), rest)
        }
        _ => return Ok(None),
    }))
}

/// Logical link control, which 802.3 and 802.11 have in place of an ether type.
pub(super) fn read_llc(bytes: &[u8]) -> Next<'_> {
    let (&[destination, source, control], rest) = head(bytes)?;
    match (destination, source, control) {
        (LLC_SNAP, LLC_SNAP, UNNUMBERED_INFORMATION) => {
            let (&[o0, o1, o2, high, low], rest) = head(rest)?;
            let is_ether_type = ETHER_TYPES.contains(&[o0, o1, o2]);
            Ok(is_ether_type.then_some((Layer::EtherType(u16::from_be_bytes([high, low])), rest)))
        }
        (LLC_IP, LLC_IP, UNNUMBERED_INFORMATION) => Ok(Some((Layer::Ip, rest))),
        _ => Ok(None),
    }
}

/// What follows where a tunnel names an ether type. Below the types that are in use are those of signs of life, which carry nothing.
pub(super) fn tunnelled(ether_type: u16) -> Option<Layer> {
    match ether_type {
        0..=LONGEST_LENGTH => None,
        BRIDGED_ETHERNET => Some(Layer::Ethernet),
        _ => Some(Layer::EtherType(ether_type)),
    }
}
