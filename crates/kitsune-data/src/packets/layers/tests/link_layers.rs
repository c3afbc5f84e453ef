//! A table for each link layer.

use super::super::super::link_type::LinkType;
use super::super::{LayerFlaw, Tunnels};
use super::{D, S, UDP, check, ethernet, ipv4, ipv6, joined, read};

const WITH_MACS: &str = "55>dd 10.0.0.1#1000>10.0.0.2#2000 udp";
const WITH_SOURCE: &str = "55>- 10.0.0.1#1000>10.0.0.2#2000 udp";
const WITHOUT_MACS: &str = "->- 10.0.0.1#1000>10.0.0.2#2000 udp";
const NO_ROW: &str = "no row: no addresses";

fn packet() -> Vec<u8> {
    ipv4(17, &UDP)
}

fn snap(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    joined(&[&[0xaa, 0xaa, 3, 0, 0, 0], &ether_type.to_be_bytes(), payload])
}

fn tags(types: &[u16], ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let tags: Vec<u8> = types.iter().flat_map(|tag| [&tag.to_be_bytes()[..], &[0, 7]].concat()).collect();
    joined(&[&D, &S, &tags, &ether_type.to_be_bytes(), payload])
}

#[test]
fn ethernet_frames_tell_macs_and_what_their_ether_type_says() {
    let udp = packet();
    let arp = |kind: u8| joined(&[&[0, 1, 8, 0, 6, 4, 0, kind], &S, &[10, 0, 0, 1], &[0; 6], &[10, 0, 0, 2]]);
    check(
        LinkType::ETHERNET,
        Tunnels::Outer,
        &[
            ("Ethernet II", ethernet(0x0800, &udp), WITH_MACS),
            ("IPv6", ethernet(0x86dd, &ipv6(17, &UDP)), "55>dd fe80::1#1000>fe80::2#2000 udp"),
            ("a version that the ether type does not say", ethernet(0x0800, &ipv6(17, &UDP)), "55>dd fe80::1#1000>fe80::2#2000 udp"),
            (
                "padding behind the packet",
                ethernet(0x0800, &joined(&[&ipv4(17, &[3, 0xe8, 7]), &[0; 20]])),
                "55>dd 10.0.0.1>10.0.0.2 udp; headers malformed",
            ),
            ("SNAP", ethernet(0x0030, &snap(0x0800, &udp)), WITH_MACS),
            ("SNAP of 802.1H", ethernet(0x0030, &joined(&[&[0xaa, 0xaa, 3, 0, 0, 0xf8, 8, 0], &udp])), WITH_MACS),
            ("SNAP of another organization", ethernet(0x0030, &joined(&[&[0xaa, 0xaa, 3, 0, 0, 0x0c, 8, 0], &udp])), "55>dd ->- unknown"),
            ("IP right over LLC", ethernet(0x0030, &joined(&[&[6, 6, 3], &udp])), WITH_MACS),
            ("a spanning tree", ethernet(0x0026, &[0x42, 0x42, 3, 0, 0, 0]), "55>dd ->- unknown"),
            ("ARP", ethernet(0x0806, &arp(1)), "55>dd 10.0.0.1>10.0.0.2 arp"),
            ("RARP", ethernet(0x8035, &arp(3)), "55>dd 10.0.0.1>10.0.0.2 rarp"),
            ("ARP that is cut", ethernet(0x0806, &arp(1)[..27]), "55>dd ->- arp; headers cut off"),
            (
                "ARP for other addresses",
                ethernet(0x0806, &joined(&[&[0, 1, 8, 0, 6, 2, 0, 1], &[0; 16]])),
                "55>dd ->- arp; headers malformed",
            ),
            (
                "ARP for another network",
                ethernet(0x0806, &joined(&[&[0, 1, 0x80, 0x9b, 6, 4, 0, 1], &[0; 20]])),
                "55>dd ->- arp; headers malformed",
            ),
            ("LLDP", ethernet(0x88cc, &[2, 7, 4]), "55>dd ->- ether-0x88cc"),
            ("no more than MACs", ethernet(0, &[])[..12].to_vec(), "55>dd ->- unknown; headers cut off"),
            ("less than MACs", ethernet(0, &[])[..11].to_vec(), "no row: headers cut off"),
            ("nothing", vec![], "no row: headers cut off"),
        ],
    );
}

#[test]
fn tags_and_labels_are_passed_over() {
    let udp = packet();
    let label = |is_last: u8| [0, 1, 0x10 | is_last, 64];
    let pppoe = |code: u8, protocol: &[u8]| joined(&[&[0x11, code, 0, 1, 0, 38], protocol, &udp]);
    check(
        LinkType::ETHERNET,
        Tunnels::Outer,
        &[
            ("each kind of tag", tags(&[0x88a8, 0x8100, 0x9100, 0x9200], 0x0800, &udp), WITH_MACS),
            ("eight tags", tags(&[0x8100; 8], 0x0800, &udp), WITH_MACS),
            ("29 tags", tags(&[0x8100; 29], 0x0800, &udp), WITH_MACS),
            ("more tags than are read", tags(&[0x8100; 40], 0x0800, &udp), "55>dd ->- ether-0x8100; too many headers in each other"),
            ("a tag that is cut", tags(&[0x8100], 0x0800, &[])[..17].to_vec(), "55>dd ->- ether-0x8100; headers cut off"),
            ("a tag before LLC", tags(&[0x8100], 0x0030, &snap(0x0800, &udp)), WITH_MACS),
            ("one label", ethernet(0x8847, &joined(&[&label(1), &udp])), WITH_MACS),
            (
                "three labels",
                ethernet(0x8848, &joined(&[&label(0), &label(0), &label(1), &ipv6(17, &UDP)])),
                "55>dd fe80::1#1000>fe80::2#2000 udp",
            ),
            ("a pseudowire", ethernet(0x8847, &joined(&[&label(1), &[0; 4], &ethernet(0x0800, &udp)])), "55>dd ->- ether-0x8847"),
            ("labels without an end", ethernet(0x8847, &label(0).repeat(100)), "55>dd ->- ether-0x8847; too many headers in each other"),
            ("a session", ethernet(0x8864, &pppoe(0, &[0, 0x21])), WITH_MACS),
            ("a session with a short protocol", ethernet(0x8864, &pppoe(0, &[0x21])), WITH_MACS),
            ("control of a link", ethernet(0x8864, &pppoe(0, &[0xc0, 0x21])), "55>dd ->- ether-0x8864"),
            ("no session", ethernet(0x8864, &pppoe(7, &[0, 0x21])), "55>dd ->- ether-0x8864"),
            ("another version of it", ethernet(0x8864, &[0x21; 30]), "55>dd ->- ether-0x8864; headers malformed"),
            ("discovery", ethernet(0x8863, &pppoe(9, &[])), "55>dd ->- ether-0x8863"),
        ],
    );
}

/// A header of version 1 or 2.
fn cooked(version: u8, device: u16, length: u8, protocol: u16, payload: &[u8]) -> Vec<u8> {
    let (device, protocol) = (device.to_be_bytes(), protocol.to_be_bytes());
    match version {
        1 => joined(&[&[0, 0], &device, &[0, length], &S, &[0, 0], &protocol, payload]),
        _ => joined(&[&protocol, &[0, 0, 0, 0, 0, 3], &device, &[0, length], &S, &[0, 0], payload]),
    }
}

#[test]
fn cooked_captures_tell_the_mac_of_the_source() {
    let udp = packet();
    let acknowledgement = joined(&[&[0, 0, 8, 0, 0, 0, 0, 0], &[0xd4, 0, 0, 0], &D]);
    for (version, link_type) in [(1, LinkType::LINUX_SLL), (2, LinkType::LINUX_SLL2)] {
        check(
            link_type,
            Tunnels::Outer,
            &[
                ("Ethernet", cooked(version, 1, 6, 0x0800, &udp), WITH_SOURCE),
                ("a tunnel without MACs", cooked(version, 0xfffe, 0, 0x0800, &udp), WITHOUT_MACS),
                ("an address that is no MAC", cooked(version, 778, 4, 0x0800, &udp), WITHOUT_MACS),
                ("a tag", cooked(version, 1, 6, 0x8100, &joined(&[&[0, 7, 8, 0], &udp])), WITH_SOURCE),
                ("LLC", cooked(version, 1, 6, 4, &snap(0x0800, &udp)), WITH_SOURCE),
                ("raw 802.3", cooked(version, 1, 6, 1, &[0xff; 30]), "55>- ->- unknown"),
                ("messages of the kernel", cooked(version, 824, 0, 0x0800, &udp), NO_ROW),
                ("802.11", cooked(version, 803, 0, 0x0800, &acknowledgement), "->dd ->- unknown"),
                ("a cut", cooked(version, 1, 6, 0x0800, &[])[..15].to_vec(), "no row: headers cut off"),
            ],
        );
    }
}

#[test]
fn raw_packets_are_ip_by_their_first_bits() {
    for link_type in [12, 14, 101, 228, 229].map(LinkType) {
        check(
            link_type,
            Tunnels::Outer,
            &[
                ("IPv4", packet(), WITHOUT_MACS),
                ("IPv6", ipv6(17, &UDP), "->- fe80::1#1000>fe80::2#2000 udp"),
                ("neither", vec![0x55; 60], "no row: headers malformed"),
                ("nothing", vec![], "no row: headers cut off"),
            ],
        );
    }
}

#[test]
fn families_of_addresses_are_read_in_either_byte_order() {
    for link_type in [LinkType::NULL, LinkType::LOOP] {
        for family in [2_u32, 24, 28, 30, 10] {
            let (payload, expected) =
                if family == 2 { (packet(), WITHOUT_MACS) } else { (ipv6(17, &UDP), "->- fe80::1#1000>fe80::2#2000 udp") };
            let rows = [family.to_le_bytes(), family.to_be_bytes()].map(|family| ("IP", joined(&[&family, &payload]), expected));
            check(link_type, Tunnels::Outer, &rows);
        }
        check(
            link_type,
            Tunnels::Outer,
            &[("IPX", joined(&[&[23, 0, 0, 0], &packet()]), NO_ROW), ("a cut", vec![2, 0, 0], "no row: headers cut off")],
        );
    }
}

#[test]
fn serial_lines_speak_ppp_or_the_hdlc_of_cisco() {
    let udp = packet();
    let ppp = [
        ("without framing", joined(&[&[0, 0x21], &udp]), WITHOUT_MACS),
        ("with framing", joined(&[&[0xff, 3, 0, 0x21], &udp]), WITHOUT_MACS),
        ("a short protocol", joined(&[&[0xff, 3, 0x57], &ipv6(17, &UDP)]), "->- fe80::1#1000>fe80::2#2000 udp"),
        ("a label", joined(&[&[2, 0x81, 0, 1, 0x11, 64], &udp]), WITHOUT_MACS),
        ("control of the link", joined(&[&[0xff, 3, 0xc0, 0x21], &udp]), NO_ROW),
        ("a cut", vec![0xff, 3, 0], "no row: headers cut off"),
    ];
    let cisco = [
        ("IP", joined(&[&[0x0f, 0, 8, 0], &udp]), WITHOUT_MACS),
        ("IP to all", joined(&[&[0x8f, 0, 8, 0], &udp]), WITHOUT_MACS),
        ("a keep-alive", joined(&[&[0x8f, 0, 0x80, 0x35, 0, 0, 0, 2], &[0; 20]]), NO_ROW),
    ];
    check(LinkType::PPP, Tunnels::Outer, &ppp);
    check(LinkType::PPP_HDLC, Tunnels::Outer, &ppp);
    check(LinkType::PPP_HDLC, Tunnels::Outer, &cisco);
    check(LinkType::C_HDLC, Tunnels::Outer, &cisco);
    check(LinkType::PPP_ETHER, Tunnels::Outer, &[("a session", joined(&[&[0x11, 0, 0, 1, 0, 38, 0, 0x21], &udp]), WITHOUT_MACS)]);
}

#[test]
fn wireless_frames_tell_macs_by_their_direction() {
    const A: [u8; 6] = [2, 0, 0, 0, 0, 0xaa];
    const B: [u8; 6] = [2, 0, 0, 0, 0, 0xbb];
    let llc = snap(0x0800, &packet());
    let frame = |control: u8, flags: u8, a: &[[u8; 6]; 3], rest: &[&[u8]]| {
        joined(&[&[control, flags, 0, 0], &a[0], &a[1], &a[2], &[0, 0], &rest.concat()])
    };
    let quality: &[u8] = &[0, 0];
    check(
        LinkType::IEEE802_11,
        Tunnels::Outer,
        &[
            ("between stations", frame(0x08, 0, &[D, S, B], &[&llc]), WITH_MACS),
            ("to a station", frame(0x08, 2, &[D, B, S], &[&llc]), WITH_MACS),
            ("from a station", frame(0x08, 1, &[B, S, D], &[&llc]), WITH_MACS),
            ("between access points", frame(0x08, 3, &[A, B, D], &[&S, &llc]), WITH_MACS),
            ("quality of service", frame(0x88, 2, &[D, B, S], &[quality, &llc]), WITH_MACS),
            ("high throughput", frame(0x88, 0x82, &[D, B, S], &[quality, &[0; 4], &llc]), WITH_MACS),
            ("several in one", frame(0x88, 3, &[A, B, A], &[&B, &[0x80, 0], &D, &S, &[0, 36], &llc]), WITH_MACS),
            ("no data", frame(0x48, 1, &[B, S, D], &[]), "55>dd ->- unknown"),
            ("encrypted", frame(0x88, 0x41, &[B, S, D], &[quality, &llc]), "55>dd ->- unknown"),
            ("a beacon", frame(0x80, 0, &[D, S, S], &[&[0; 12]]), "55>dd ->- unknown"),
            ("a request to send", joined(&[&[0xb4, 0, 0, 0], &D, &S]), "55>dd ->- unknown"),
            ("an acknowledgement", joined(&[&[0xd4, 0, 0, 0], &D]), "->dd ->- unknown"),
            ("another version", joined(&[&[0xd5, 0, 0, 0], &D]), "no row: headers malformed"),
            ("an extension", joined(&[&[0x1c, 0, 0, 0], &D]), NO_ROW),
            ("a cut before the payload", frame(0x88, 2, &[D, B, S], &[&[0]]), "55>dd ->- unknown; headers cut off"),
        ],
    );
    // 26 bytes of header, and two that are put in, only if the flags say so.
    let (plain, padded) = (frame(0x88, 2, &[D, B, S], &[quality, &llc]), frame(0x88, 2, &[D, B, S], &[quality, &[0, 0], &llc]));
    check(
        LinkType::IEEE802_11_RADIOTAP,
        Tunnels::Outer,
        &[
            ("no fields", joined(&[&[0, 0, 8, 0, 0, 0, 0, 0], &plain]), WITH_MACS),
            ("flags", joined(&[&[0, 0, 9, 0, 2, 0, 0, 0, 0x20], &padded]), WITH_MACS),
            ("a time and flags", joined(&[&[0, 0, 17, 0, 3, 0, 0, 0], &[0xff; 8], &[0x20], &padded]), WITH_MACS),
            ("more bits, a time and flags", joined(&[&[0, 0, 25, 0, 3, 0, 0, 0x80, 0, 0, 0, 0], &[0xff; 12], &[0x10], &plain]), WITH_MACS),
            ("flags beyond the header", joined(&[&[0, 0, 8, 0, 2, 0, 0, 0], &plain]), "no row: headers malformed"),
            ("a header beyond the frame", vec![0, 0, 200, 0, 0, 0, 0, 0, 1], "no row: headers cut off"),
            ("another version", vec![1, 0, 8, 0, 0, 0, 0, 0, 1], "no row: headers malformed"),
        ],
    );
}

#[test]
fn packets_from_the_packet_filter_are_one_of_its_attributes() {
    let udp = packet();
    let length = udp.len() as u8 + 4;
    check(
        LinkType::NFLOG,
        Tunnels::Outer,
        &[
            ("little-endian", joined(&[&[2, 0, 0, 1], &[5, 0, 10, 0, 0, 0, 0, 0], &[length, 0, 9, 0], &udp]), WITHOUT_MACS),
            ("big-endian", joined(&[&[2, 0, 0, 1], &[0, 5, 0, 10, 0, 0, 0, 0], &[0, length, 0, 9], &udp]), WITHOUT_MACS),
            ("another family", joined(&[&[7, 0, 0, 1], &[length, 0, 9, 0], &udp]), NO_ROW),
            ("an attribute shorter than its head", joined(&[&[2, 0, 0, 1], &[3, 0, 10, 0], &udp]), "no row: headers malformed"),
            ("no packet", vec![2, 0, 0, 1, 4, 0, 10, 0], "no row: headers cut off"),
        ],
    );
}

#[test]
fn link_types_that_nobody_knows_give_no_row() {
    for number in [3, 147, 189, 253, 65_535] {
        assert_eq!(read(LinkType(number), &ethernet(0x0800, &packet()), Tunnels::Outer), format!("no row: {}", LayerFlaw::UnknownLinkType));
    }
}
