//! What the packets of a capture begin with.

use std::fmt;

/// The kind of link layer, by its number in the registry of link types that tcpdump keeps (`LINKTYPE_…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

/// One constant for each row, and the name by which it is printed.
macro_rules! registry {
    ($($(#[$doc:meta])+ $name:ident = $number:literal;)+) => {
        impl LinkType {
            $($(#[$doc])+ pub const $name: Self = Self($number);)+

            /// The registry's name, for the types that are known here.
            pub fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some(stringify!($name)),)+
                    _ => None,
                }
            }
        }
    };
}

registry! {
    /// BSD's loopback: the family of addresses as a number of four bytes, in the order of the host that captured.
    NULL = 0;
    /// Ethernet.
    ETHERNET = 1;
    /// Token Ring.
    IEEE802_5 = 6;
    /// SLIP with the direction and a compressed header.
    SLIP = 8;
    /// PPP, with or without HDLC's framing.
    PPP = 9;
    /// FDDI.
    FDDI = 10;
    /// An IP header, as most BSDs number it.
    RAW_BSD = 12;
    /// An IP header, as OpenBSD numbers it.
    RAW_OPENBSD = 14;
    /// PPP with HDLC's framing.
    PPP_HDLC = 50;
    /// PPP over Ethernet, from the session's header on.
    PPP_ETHER = 51;
    /// LLC over ATM.
    ATM_RFC1483 = 100;
    /// An IPv4 or IPv6 header.
    RAW = 101;
    /// Cisco's HDLC.
    C_HDLC = 104;
    /// A wireless frame.
    IEEE802_11 = 105;
    /// Frame Relay.
    FRELAY = 107;
    /// OpenBSD's loopback: the family of addresses as a number of four bytes, big end first.
    LOOP = 108;
    /// Linux, cooked.
    LINUX_SLL = 113;
    /// OpenBSD's firewall log.
    PFLOG = 117;
    /// A wireless frame behind a Prism header.
    IEEE802_11_PRISM = 119;
    /// A wireless frame behind a radiotap header.
    IEEE802_11_RADIOTAP = 127;
    /// A wireless frame behind an AVS header.
    IEEE802_11_AVS = 163;
    /// PPP behind a byte for the direction, as pppd writes it.
    PPP_PPPD = 166;
    /// Per-packet information, then a packet of the type that it names.
    PPI = 192;
    /// Endace's extensible records.
    ERF = 197;
    /// PPP behind a byte for the direction.
    PPP_WITH_DIR = 204;
    /// USB, as Linux sees it.
    USB_LINUX_MMAPPED = 220;
    /// Controller area network.
    CAN_SOCKETCAN = 227;
    /// An IPv4 header.
    IPV4 = 228;
    /// An IPv6 header.
    IPV6 = 229;
    /// Linux's firewall log.
    NFLOG = 239;
    /// Wireshark's exported upper layers.
    WIRESHARK_UPPER_PDU = 252;
    /// Linux's netlink.
    NETLINK = 253;
    /// Apple's packet tap.
    PKTAP = 258;
    /// Linux, cooked, the second version: what tcpdump writes for the interface `any`.
    LINUX_SLL2 = 276;
    /// A type that 16 bits do not hold. The registry has none.
    BEYOND = 0xffff;
}

impl fmt::Display for LinkType {
    /// The registry's name without `LINKTYPE_`, or the number.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => formatter.write_str(name),
            None => write!(formatter, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_types_are_printed_by_name_or_number() {
        for (link_type, printed) in [(LinkType(1), "ETHERNET"), (LinkType::LINUX_SLL2, "LINUX_SLL2"), (LinkType(299), "299")] {
            assert_eq!(link_type.to_string(), printed);
        }
    }
}
