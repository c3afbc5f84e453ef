//! From the bytes of a frame to addresses, ports, protocol and length.
//!
//! A frame is headers in each other. Each file here reads one kind of them, writes down what it tells, and names the header that follows; [`dissect`] goes from one to the next until the addresses and ports are known. Nothing here allocates.

mod arp;
mod bytes;
mod cooked;
mod counts;
mod ethernet;
mod extensions;
mod flaw;
mod ip;
mod ipv4;
mod ipv6;
mod layer;
mod link;
mod loopback;
mod mpls;
mod nflog;
mod payload;
mod radiotap;
mod serial;
#[cfg(test)]
mod tests;
mod tunnel;
mod wifi;

use self::layer::Layer;
use super::link_type::LinkType;
use super::packet::{Headers, Protocol};

pub use self::counts::LayerCounts;
pub use self::flaw::LayerFlaw;

/// The most headers that are read of a frame: VLAN tags, labels and tunnels count one each. Nothing that a network carries has as many.
const MOST_HEADERS: usize = 32;

/// What a frame tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Who speaks to whom.
    pub headers: Headers,
    /// Bytes on the wire, which the statistics use.
    pub length: u32,
    /// Why not all was read that a whole frame has, if so.
    pub flaw: Option<LayerFlaw>,
}

/// Whose addresses a packet in a tunnel has. Known tunnels are GRE, IP in IP, VXLAN and GENEVE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tunnels {
    /// Those of the ends of the tunnel.
    #[default]
    Outer,
    /// The innermost that can be read, with the ports of the same level. MACs are those of the innermost Ethernet header before these addresses: where the tunnel carries no Ethernet, those of the frame.
    Inner,
}

/// Reads the headers of a frame, of which `data` are the bytes that the capture holds, and `length` the number of those on the wire.
///
/// - A frame without IP and ARP has MACs alone and the protocol of its ether type, LLC frames without one [`Protocol::Unknown`].
/// - ARP and RARP have the IP addresses of their payload and the MACs of the frame.
/// - Where an IP packet is in fragments, only the first has ports. A first fragment has them even if its header is cut.
/// - Management, control and encrypted frames of 802.11 have MACs alone; an acknowledgement has that of its receiver only.
/// - Linux cooked captures have the MAC of the source only.
///
/// # Errors
/// If the packet has no address of any kind, or `link_type` is unknown. A frame that is cut or malformed further in gives what was there, with its flaw.
pub fn dissect(link_type: LinkType, data: &[u8], length: u32, tunnels: Tunnels) -> Result<Frame, LayerFlaw> {
    let first = link::first_layer(link_type)?;
    let mut headers = Headers {
        source_mac: None,
        destination_mac: None,
        source: None,
        destination: None,
        source_port: None,
        destination_port: None,
        protocol: Protocol::Unknown,
    };
    let flaw = read_all(first, data, tunnels, &mut headers).err();
    let is_addressed = headers.source.is_some() || headers.source_mac.is_some() || headers.destination_mac.is_some();
    if is_addressed { Ok(Frame { headers, length, flaw }) } else { Err(flaw.unwrap_or(LayerFlaw::NoAddresses)) }
}

/// Goes from header to header: up to the first addresses of IP, or on into tunnels.
fn read_all(mut layer: Layer, mut bytes: &[u8], tunnels: Tunnels, headers: &mut Headers) -> Result<(), LayerFlaw> {
    // What the headers around a tunnel say. It stands if nobody within it has an address.
    let mut around = None;
    let mut result = Err(LayerFlaw::TooDeep);
    for _ in 0..MOST_HEADERS {
        match read(layer, bytes, headers) {
            Ok(Some(next)) => (layer, bytes) = next,
            last => {
                result = last.map(|_| ());
                break;
            }
        }
        if headers.source.is_some() {
            if tunnels == Tunnels::Outer {
                return Ok(());
            }
            around = Some(*headers);
            (headers.source, headers.destination) = (None, None);
            (headers.source_port, headers.destination_port) = (None, None);
        }
    }
    if let Some(around) = around.filter(|_| headers.source.is_none()) {
        *headers = around;
    }
    result
}

fn read<'a>(layer: Layer, bytes: &'a [u8], headers: &mut Headers) -> layer::Next<'a> {
    match layer {
        Layer::Ethernet => ethernet::read(bytes, headers),
        Layer::EtherType(ether_type) => ethernet::read_ether_type(ether_type, bytes, headers),
        Layer::Llc => ethernet::read_llc(bytes),
        Layer::Ip => ip::read(bytes, headers),
        Layer::Arp(protocol) => arp::read(protocol, bytes, headers),
        Layer::Mpls => mpls::read(bytes),
        Layer::Pppoe => serial::read_pppoe(bytes),
        Layer::Ppp => serial::read_ppp(bytes),
        Layer::CiscoHdlc => serial::read_cisco_hdlc(bytes),
        Layer::Serial => serial::read_line(bytes),
        Layer::Loopback => loopback::read(bytes),
        Layer::Cooked => cooked::read(bytes, headers),
        Layer::Cooked2 => cooked::read_v2(bytes, headers),
        Layer::Nflog => nflog::read(bytes),
        Layer::Radiotap => radiotap::read(bytes),
        Layer::Wifi { is_padded } => wifi::read(bytes, is_padded, headers),
        Layer::Gre => tunnel::read_gre(bytes),
        Layer::Vxlan => tunnel::read_vxlan(bytes),
        Layer::Geneve => tunnel::read_geneve(bytes),
    }
}
