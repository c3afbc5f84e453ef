//! What a frame of a link type begins with.

use super::super::link_type::LinkType;
use super::flaw::LayerFlaw;
use super::layer::Layer;

pub(super) fn first_layer(link_type: LinkType) -> Result<Layer, LayerFlaw> {
    Ok(match link_type {
        LinkType::ETHERNET => Layer::Ethernet,
        LinkType::RAW_BSD | LinkType::RAW_OPENBSD | LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 => Layer::Ip,
        LinkType::LINUX_SLL => Layer::Cooked,
        LinkType::LINUX_SLL2 => Layer::Cooked2,
        LinkType::NULL | LinkType::LOOP => Layer::Loopback,
        LinkType::PPP => Layer::Ppp,
        LinkType::PPP_HDLC => Layer::Serial,
        LinkType::PPP_ETHER => Layer::Pppoe,
        LinkType::C_HDLC => Layer::CiscoHdlc,
        LinkType::IEEE802_11 => Layer::Wifi { is_padded: false },
        LinkType::IEEE802_11_RADIOTAP => Layer::Radiotap,
        LinkType::NFLOG => Layer::Nflog,
        _ => return Err(LayerFlaw::UnknownLinkType),
    })
}
