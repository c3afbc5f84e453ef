//! The kinds of headers.

use super::super::packet::Protocol;
use super::flaw::LayerFlaw;

/// What begins at a byte of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// Two MACs, then an ether type or a length.
    Ethernet,
    /// What an ether type says, the type itself being passed already.
    EtherType(u16),
    /// Logical link control, 802.2, with or without SNAP.
    Llc,
    /// IPv4 or IPv6, by its first four bits.
    Ip,
    /// Address resolution, or its reverse.
    Arp(Protocol),
    /// A label and all behind it.
    Mpls,
    /// A session of PPP over Ethernet.
    Pppoe,
    /// The point-to-point protocol, with or without the address and control bytes of HDLC.
    Ppp,
    /// HDLC as Cisco has it.
    CiscoHdlc,
    /// PPP or Cisco's HDLC, by the first byte.
    Serial,
    /// A family of addresses, in either byte order.
    Loopback,
    /// Linux cooked, version 1.
    Cooked,
    /// Linux cooked, version 2.
    Cooked2,
    /// A packet from Linux' packet filter.
    Nflog,
    /// What a radio tells of an 802.11 frame.
    Radiotap,
    /// A frame of 802.11.
    Wifi {
        /// Whether bytes were put in behind the header, so that the payload begins at a multiple of four.
        is_padded: bool,
    },
    /// Generic routing encapsulation.
    Gre,
    /// UDP, then a header of VXLAN and Ethernet.
    Vxlan,
    /// UDP, then a header of GENEVE and what an ether type says.
    Geneve,
}

/// The header behind the one that was read, and its bytes; `None` where it ends, or nobody here knows what follows.
pub(super) type Next<'a> = Result<Option<(Layer, &'a [u8])>, LayerFlaw>;
