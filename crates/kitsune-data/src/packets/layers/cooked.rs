//! Linux cooked captures, which `any` interface gives. They hold the address of the sender only.

use super::super::packet::{Headers, Mac};
use super::bytes::head;
use super::layer::{Layer, Next};

/// Kinds of devices whose protocol is no ether type: `ARPHRD_` of Linux.
const NETLINK: u16 = 824;
const RADIOTAP: u16 = 803;
/// In the place of an ether type: logical link control.
const LLC: u16 = 0x0004;
/// Numbers below this are no ether types but others of Linux', such as those of raw 802.3 and of CAN.
const FIRST_ETHER_TYPE: u16 = 0x0600;

/// Version 1: kind of packet, kind of device, length of the address, address, protocol.
pub(super) fn read<'a>(bytes: &'a [u8], headers: &mut Headers) -> Next<'a> {
    let (&[_, _, d0, d1, l0, l1, a0, a1, a2, a3, a4, a5, _, _, p0, p1], rest) = head(bytes)?;
    headers.source_mac = mac(u16::from_be_bytes([l0, l1]), [a0, a1, a2, a3, a4, a5]);
    Ok(payload(u16::from_be_bytes([d0, d1]), u16::from_be_bytes([p0, p1])).map(|layer| (layer, rest)))
}

/// Version 2: protocol, two bytes without use, interface, kind of device, kind of packet, length of the address, address.
pub(super) fn read_v2<'a>(bytes: &'a [u8], headers: &mut Headers) -> Next<'a> {
    let (&[p0, p1, _, _, _, _, _, _, d0, d1, _, length], rest) = head(bytes)?;
    let (&[a0, a1, a2, a3, a4, a5, _, _], rest) = head(rest)?;
    headers.source_mac = mac(u16::from(length), [a0, a1, a2, a3, a4, a5]);
    Ok(payload(u16::from_be_bytes([d0, d1]), u16::from_be_bytes([p0, p1])).map(|layer| (layer, rest)))
}

/// The address of a card; other devices have other addresses, or none.
fn mac(length: u16, address: Mac) -> Option<Mac> {
    (length == 6).then_some(address)
}

fn payload(device: u16, protocol: u16) -> Option<Layer> {
    match (device, protocol) {
        (NETLINK, _) => None,
        (RADIOTAP, _) => Some(Layer::Radiotap),
        (_, LLC) => Some(Layer::Llc),
        (_, FIRST_ETHER_TYPE..) => Some(Layer::EtherType(protocol)),
        _ => None,
    }
}
