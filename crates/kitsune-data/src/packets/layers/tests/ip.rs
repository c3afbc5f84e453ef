//! Traps of IP: fragments, extensions, cuts and lengths that are not told.

use super::super::super::link_type::LinkType;
use super::super::Tunnels;
use super::{UDP, check, ethernet, ipv4, ipv4_fragment, ipv6, joined};

const WITHOUT_PORTS: &str = "->- 10.0.0.1>10.0.0.2";
const WITH_PORTS: &str = "->- 10.0.0.1#1000>10.0.0.2#2000";

fn with(mut packet: Vec<u8>, changes: &[(usize, u8)]) -> Vec<u8> {
    for &(at, byte) in changes {
        packet[at] = byte;
    }
    packet
}

#[test]
fn protocols_that_have_ports_have_them() {
    for (protocol, name, has_ports) in [
        (6, "tcp", true),
        (17, "udp", true),
        (33, "ip-33", true),
        (132, "sctp", true),
        (136, "udp-lite", true),
        (1, "icmp", false),
        (2, "ip-2", false),
        (50, "ip-50", false),
        (58, "icmpv6", false),
        (103, "ip-103", false),
    ] {
        let (v4, v6) = if has_ports { (WITH_PORTS, "->- fe80::1#1000>fe80::2#2000") } else { (WITHOUT_PORTS, "->- fe80::1>fe80::2") };
        check(
            LinkType::RAW,
            Tunnels::Outer,
            &[("IPv4", ipv4(protocol, &UDP), &format!("{v4} {name}")), ("IPv6", ipv6(protocol, &UDP), &format!("{v6} {name}"))],
        );
    }
}

#[test]
fn only_first_fragments_have_ports() {
    let fragment = |next: u8, offset: u16, payload: &[u8]| {
        let [f0, f1] = (offset << 3 | 1).to_be_bytes();
        joined(&[&[next, 0, f0, f1, 0, 0, 0, 1], payload])
    };
    check(
        LinkType::RAW,
        Tunnels::Outer,
        &[
            ("the first", ipv4_fragment(17, 0x2000, &UDP), &format!("{WITH_PORTS} udp")),
            ("the first, with a header that is cut", ipv4_fragment(6, 0x2000, &UDP[..4]), &format!("{WITH_PORTS} tcp")),
            ("the second", ipv4_fragment(17, 0x2001, &UDP), &format!("{WITHOUT_PORTS} udp")),
            ("the last", ipv4_fragment(17, 0x1fff, &UDP), &format!("{WITHOUT_PORTS} udp")),
            ("not to be fragmented", ipv4_fragment(17, 0x4000, &UDP), &format!("{WITH_PORTS} udp")),
            ("the first of IPv6", ipv6(44, &fragment(17, 0, &UDP)), "->- fe80::1#1000>fe80::2#2000 udp"),
            ("the second of IPv6", ipv6(44, &fragment(17, 1, &UDP)), "->- fe80::1>fe80::2 udp"),
            // What follows is the middle of options: it is not to be taken for their beginning.
            ("the second of options", ipv6(44, &fragment(60, 1, &[17, 0, 0, 0, 0, 0, 0, 0])), "->- fe80::1>fe80::2 ip-60"),
            ("the second of a header for authentication", ipv4_fragment(51, 1, &[17, 0]), &format!("{WITHOUT_PORTS} ip-51")),
        ],
    );
}

#[test]
fn extensions_are_passed_over() {
    let options = |next: u8| [next, 0, 1, 4, 0, 0, 0, 0];
    let authentication = |next: u8| [next, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let long = joined(&[&[17, 1], &[0; 14]]);
    let udp = "->- fe80::1#1000>fe80::2#2000 udp";
    check(
        LinkType::RAW,
        Tunnels::Outer,
        &[
            ("hop by hop, options, routes", ipv6(0, &joined(&[&options(60), &options(43), &options(17), &UDP])), udp),
            ("sixteen bytes", ipv6(43, &joined(&[&long, &UDP])), udp),
            ("mobility", ipv6(135, &joined(&[&options(17), &UDP])), udp),
            ("authentication", ipv6(51, &joined(&[&authentication(17), &UDP])), udp),
            ("authentication over IPv4", ipv4(51, &joined(&[&authentication(17), &UDP])), &format!("{WITH_PORTS} udp")),
            (
                "authentication of no length",
                ipv6(51, &[17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
                "->- fe80::1>fe80::2 ip-51; headers malformed",
            ),
            ("nothing behind", ipv6(0, &options(59)), "->- fe80::1>fe80::2 ip-59"),
            ("fifteen", ipv6(60, &joined(&[&options(60).repeat(14), &options(17), &UDP])), udp),
            ("more than are read", ipv6(60, &options(60).repeat(40)), "->- fe80::1>fe80::2 ip-60; too many headers in each other"),
            ("longer than the packet", ipv6(60, &[17, 9, 0, 0, 0, 0, 0, 0]), "->- fe80::1>fe80::2 ip-60; headers malformed"),
            ("a cut", ipv6(60, &joined(&[&long, &UDP]))[..50].to_vec(), "->- fe80::1>fe80::2 ip-60; headers cut off"),
        ],
    );
}

#[test]
fn the_first_four_bytes_are_enough_for_ports() {
    let syn = joined(&[&UDP[..4], &[0, 0, 0, 1, 0, 0, 0, 0, 0xa0, 2, 0xff, 0xff, 0, 0, 0, 0], &[2, 4, 5, 0xb4, 4, 2, 8, 10], &[0; 12]]);
    let (tcp, udp) = (ipv4(6, &syn), ipv4(17, &UDP));
    check(
        LinkType::RAW,
        Tunnels::Outer,
        &[
            ("TCP cut in its options", tcp[..54].to_vec(), &format!("{WITH_PORTS} tcp")),
            ("TCP cut behind its ports", tcp[..24].to_vec(), &format!("{WITH_PORTS} tcp")),
            ("TCP cut in its ports", tcp[..23].to_vec(), &format!("{WITHOUT_PORTS} tcp; headers cut off")),
            ("UDP cut behind its ports", udp[..24].to_vec(), &format!("{WITH_PORTS} udp")),
            ("IP cut behind its addresses", udp[..20].to_vec(), &format!("{WITHOUT_PORTS} udp; headers cut off")),
            ("IP cut in its addresses", udp[..19].to_vec(), "no row: headers cut off"),
            ("IP cut in its options", with(udp.clone(), &[(0, 0x4f)]), &format!("{WITHOUT_PORTS} udp; headers cut off")),
            ("IP shorter than its header", with(udp.clone(), &[(0, 0x44)]), "no row: headers malformed"),
            ("IPv6 cut in its addresses", ipv6(17, &UDP)[..39].to_vec(), "no row: headers cut off"),
        ],
    );
    let cut = ethernet(0x0800, &udp[..19]);
    check(LinkType::ETHERNET, Tunnels::Outer, &[("IP cut in its addresses", cut, "55>dd ->- ether-0x0800; headers cut off")]);
}

#[test]
fn lengths_that_are_not_told_are_those_of_the_frame() {
    let options = joined(&[&[0x46], &ipv4(17, &UDP)[1..20], &[1, 1, 1, 0], &UDP]);
    let (v4, v6) = (ipv4(17, &UDP), ipv6(0, &joined(&[&[17, 0, 0xc2, 4, 0, 1, 0, 0], &UDP])));
    check(
        LinkType::RAW,
        Tunnels::Outer,
        &[
            ("IPv4 of length 0", with(v4.clone(), &[(3, 0)]), &format!("{WITH_PORTS} udp")),
            ("IPv4 shorter than its header", with(v4.clone(), &[(3, 10)]), &format!("{WITH_PORTS} udp")),
            ("IPv4 longer than the frame", with(v4, &[(2, 0xff)]), &format!("{WITH_PORTS} udp")),
            ("IPv4 with options", with(options, &[(3, 32)]), &format!("{WITH_PORTS} udp")),
            ("an IPv6 jumbogram", with(v6.clone(), &[(5, 0)]), "->- fe80::1#1000>fe80::2#2000 udp"),
            ("IPv6 longer than the frame", with(v6.clone(), &[(4, 0xff)]), "->- fe80::1#1000>fe80::2#2000 udp"),
            ("IPv6 that ends before the ports", with(v6, &[(5, 8)]), "->- fe80::1>fe80::2 udp; headers malformed"),
        ],
    );
}
