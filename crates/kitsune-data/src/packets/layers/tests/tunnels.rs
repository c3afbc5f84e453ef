//! Packets within packets.

use super::super::super::link_type::LinkType;
use super::super::Tunnels;
use super::{D, S, UDP, check, ethernet, ipv4, ipv4_fragment, ipv6, joined, read};

const INNER: &str = "55>dd fe80::1#1000>fe80::2#2000 udp";
const INNER_MACS: &str = "bb>aa fe80::1#1000>fe80::2#2000 udp";

fn inner() -> Vec<u8> {
    ipv6(17, &UDP)
}

/// A frame of Ethernet from `bb` to `aa`.
fn inner_frame(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = ethernet(ether_type, payload);
    (frame[5], frame[11]) = (0xaa, 0xbb);
    frame
}

fn udp_to(port: u16, payload: &[u8]) -> Vec<u8> {
    joined(&[&[0xc0, 0], &port.to_be_bytes(), &[0, 0, 0, 0], payload])
}

/// Frames with the headers around and within their tunnel.
fn tunnels() -> Vec<(&'static str, Vec<u8>, &'static str, &'static str)> {
    let frame = |protocol: u8, payload: &[&[u8]]| ethernet(0x0800, &ipv4(protocol, &payload.concat()));
    let (gre, vxlan, geneve) =
        ("55>dd 10.0.0.1>10.0.0.2 ip-47", "55>dd 10.0.0.1#49152>10.0.0.2#4789 udp", "55>dd 10.0.0.1#49152>10.0.0.2#6081 udp");
    let network: &[u8] = &[8, 0, 0, 0, 0, 0, 1, 0];
    let lldp = inner_frame(0x88cc, &[2, 7, 4]);
    let arp = inner_frame(0x0806, &joined(&[&[0, 1, 8, 0, 6, 4, 0, 1], &S, &[10, 9, 9, 1], &D, &[10, 9, 9, 2]]));
    vec![
        ("IPv6 in IPv4", frame(41, &[&inner()]), "55>dd 10.0.0.1>10.0.0.2 ip-41", INNER),
        ("IPv4 in IPv6", ethernet(0x86dd, &ipv6(4, &ipv4(6, &UDP))), "55>dd fe80::1>fe80::2 ip-4", "55>dd 10.0.0.1#1000>10.0.0.2#2000 tcp"),
        ("GRE", frame(47, &[&[0, 0, 0x86, 0xdd], &inner()]), gre, INNER),
        ("GRE with all fields", frame(47, &[&[0xb0, 0, 0x86, 0xdd], &[0; 12], &inner()]), gre, INNER),
        ("GRE with a label", frame(47, &[&[0, 0, 0x88, 0x47, 0, 0, 0x11, 9], &inner()]), gre, INNER),
        ("GRE with Ethernet", frame(47, &[&[0x20, 0, 0x65, 0x58, 0, 0, 0, 1], &inner_frame(0x86dd, &inner())]), gre, INNER_MACS),
        ("GRE with PPP", frame(47, &[&[0x30, 0x81, 0x88, 0x0b], &[0; 12], &[0xff, 3, 0, 0x57], &inner()]), gre, INNER),
        ("GRE with nothing but an acknowledgement", frame(47, &[&[0x20, 0x81, 0x88, 0x0b], &[0; 8]]), gre, gre),
        ("GRE with routes", frame(47, &[&[0x40, 0, 0x86, 0xdd], &[0; 4], &inner()]), gre, gre),
        ("GRE that keeps itself alive", frame(47, &[&[0, 0, 0, 0]]), gre, gre),
        ("VXLAN", frame(17, &[&udp_to(4789, network), &inner_frame(0x86dd, &inner())]), vxlan, INNER_MACS),
        ("VXLAN with a tag", frame(17, &[&udp_to(4789, network), &inner_frame(0x8100, &[0, 1, 0x86, 0xdd]), &inner()]), vxlan, INNER_MACS),
        ("VXLAN with ARP", frame(17, &[&udp_to(4789, network), &arp]), vxlan, "bb>aa 10.9.9.1>10.9.9.2 arp"),
        // Nobody within has an IP address, so that all is of the frame around.
        ("VXLAN with LLDP", frame(17, &[&udp_to(4789, network), &lldp]), vxlan, vxlan),
        ("VXLAN of no network", frame(17, &[&udp_to(4789, &[0; 8]), &inner_frame(0x86dd, &inner())]), vxlan, vxlan),
        (
            "GENEVE",
            frame(17, &[&udp_to(6081, &[2, 0, 0x65, 0x58, 0, 0, 1, 0]), &[0; 8], &inner_frame(0x86dd, &inner())]),
            geneve,
            INNER_MACS,
        ),
        ("GENEVE with IP", frame(17, &[&udp_to(6081, &[0, 0, 0x86, 0xdd, 0, 0, 1, 0]), &inner()]), geneve, INNER),
        ("GENEVE of another version", frame(17, &[&udp_to(6081, &[0x40, 0, 0x86, 0xdd, 0, 0, 1, 0]), &inner()]), geneve, geneve),
        (
            "an answer from the port",
            frame(17, &[&[0x12, 0xb5, 0xc0, 0, 0, 0, 0, 0], network]),
            "55>dd 10.0.0.1#4789>10.0.0.2#49152 udp",
            "55>dd 10.0.0.1#4789>10.0.0.2#49152 udp",
        ),
        ("a tunnel in a tunnel", frame(4, &[&ipv4(47, &joined(&[&[0, 0, 0x86, 0xdd], &inner()]))]), "55>dd 10.0.0.1>10.0.0.2 ip-4", INNER),
        (
            "a fragment within",
            frame(17, &[&udp_to(4789, network), &inner_frame(0x0800, &ipv4_fragment(17, 7, &UDP))]),
            vxlan,
            "bb>aa 10.0.0.1>10.0.0.2 udp",
        ),
        (
            "a fragment of a tunnel",
            ethernet(0x0800, &ipv4_fragment(41, 7, &inner())),
            "55>dd 10.0.0.1>10.0.0.2 ip-41",
            "55>dd 10.0.0.1>10.0.0.2 ip-41",
        ),
    ]
}

#[test]
fn tunnels_are_read_by_their_outer_headers() {
    let rows: Vec<_> = tunnels().into_iter().map(|(name, data, outer, _)| (name, data, outer)).collect();
    check(LinkType::ETHERNET, Tunnels::Outer, &rows);
}

#[test]
fn tunnels_are_read_by_their_inner_headers_where_asked() {
    let rows: Vec<_> = tunnels().into_iter().map(|(name, data, _, inner)| (name, data, inner)).collect();
    check(LinkType::ETHERNET, Tunnels::Inner, &rows);
}

#[test]
fn a_tunnel_that_is_cut_tells_the_innermost_addresses_that_are_there() {
    let vxlan = ethernet(0x0800, &ipv4(17, &joined(&[&udp_to(4789, &[8, 0, 0, 0, 0, 0, 1, 0]), &inner_frame(0x86dd, &inner())])));
    let outer = "55>dd 10.0.0.1#49152>10.0.0.2#4789 udp";
    for (length, within) in [
        (14 + 20 + 4, &format!("{outer}; headers cut off")[..]),
        (14 + 20 + 8 + 8 + 14 + 39, &format!("{outer}; headers cut off")),
        (14 + 20 + 8 + 8 + 14 + 40, "bb>aa fe80::1>fe80::2 udp; headers cut off"),
        (14 + 20 + 8 + 8 + 14 + 44, INNER_MACS),
    ] {
        assert_eq!(read(LinkType::ETHERNET, &vxlan[..length], Tunnels::Inner), within, "{length}");
        assert_eq!(read(LinkType::ETHERNET, &vxlan[..length], Tunnels::Outer), outer, "{length}");
    }
}

#[test]
fn nesting_has_an_end() {
    let mut packet = ipv4(17, &UDP);
    for _ in 0..40 {
        packet = ipv4(4, &packet);
    }
    assert_eq!(read(LinkType::RAW, &packet, Tunnels::Inner), "->- 10.0.0.1>10.0.0.2 ip-4; too many headers in each other");
    assert_eq!(read(LinkType::RAW, &packet, Tunnels::Outer), "->- 10.0.0.1>10.0.0.2 ip-4");
}
