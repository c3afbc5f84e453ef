//! Random bytes, frames with random changes, and frames that another crate builds.

use std::net::IpAddr;

use etherparse::{IpHeaders, Ipv4Extensions, Ipv4Header, Ipv6Extensions, Ipv6Header, PacketBuilder, VlanId};
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::super::link_type::LinkType;
use super::super::super::packet::Protocol;
use super::super::{Frame, Tunnels, dissect};
use super::{UDP, ethernet, ipv4, ipv6, joined, line};

const LINK_TYPES: [u16; 19] = [0, 1, 9, 12, 14, 50, 51, 101, 104, 105, 108, 113, 127, 228, 229, 239, 276, 253, 65_535];

/// What holds of all frames, whatever their bytes.
fn check_any(link_type: u16, data: &[u8]) {
    for tunnels in [Tunnels::Outer, Tunnels::Inner] {
        let Ok(Frame { headers, length, .. }) = dissect(LinkType(link_type), data, 77, tunnels) else { continue };
        assert_eq!(length, 77);
        assert_eq!(headers.source.is_some(), headers.destination.is_some(), "{headers:?}");
        assert_eq!(headers.source_port.is_some(), headers.destination_port.is_some(), "{headers:?}");
        assert!(headers.source_port.is_none() || headers.source.is_some(), "{headers:?}");
        assert!(headers.source.is_some() || headers.source_mac.is_some() || headers.destination_mac.is_some(), "{headers:?}");
    }
}

/// Frames that lead into every file of the room.
fn seeds() -> Vec<(u16, Vec<u8>)> {
    let udp = ipv4(17, &UDP);
    let frame = ethernet(0x0800, &udp);
    let extended =
        ipv6(0, &joined(&[&[44, 0, 1, 4, 0, 0, 0, 0], &[51, 0, 0, 1, 0, 0, 0, 1], &[17, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1], &UDP]));
    let over_udp = |port: u16, rest: &[u8]| ethernet(0x0800, &ipv4(17, &joined(&[&[9, 9], &port.to_be_bytes(), &[0; 4], rest, &frame])));
    vec![
        (0, joined(&[&[2, 0, 0, 0], &udp])),
        (1, ethernet(0x8100, &joined(&[&[0, 1, 0x88, 0x47, 0, 0, 0x11, 9], &udp]))),
        (1, ethernet(0x8864, &joined(&[&[0x11, 0, 0, 1, 0, 40, 0, 0x57], &extended]))),
        (1, ethernet(0x0806, &[0, 1, 8, 0, 6, 4, 0, 1, 1, 2, 3, 4, 5, 6, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2])),
        (1, ethernet(0x0026, &joined(&[&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &udp]))),
        (1, over_udp(4789, &[8, 0, 0, 0, 0, 0, 1, 0])),
        (1, over_udp(6081, &[1, 0, 0x65, 0x58, 0, 0, 1, 0, 0, 0, 0, 0])),
        (1, ethernet(0x0800, &ipv4(47, &joined(&[&[0xb0, 0, 0x65, 0x58], &[0; 12], &frame])))),
        (50, joined(&[&[0x8f, 0, 8, 0], &udp])),
        (101, ipv4(41, &extended)),
        (113, joined(&[&[0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0], &udp])),
        (
            127,
            joined(&[
                &[0, 0, 17, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0x88, 0x83],
                &[7; 28],
                &[0x80, 0],
                &[6; 18],
                &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0],
                &udp,
            ]),
        ),
        (239, joined(&[&[2, 0, 0, 1], &[5, 0, 10, 0, 0, 0, 0, 0], &[32, 0, 9, 0], &udp])),
        (276, joined(&[&[8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0], &udp])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn random_bytes_do_no_harm(data in vec(any::<u8>(), 0..120)) {
        for link_type in LINK_TYPES {
            check_any(link_type, &data);
        }
    }

    #[test]
    fn changed_frames_do_no_harm(
        (link_type, mut data) in prop::sample::select(seeds()),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        length in any::<prop::sample::Index>(),
    ) {
        for (at, byte) in changes {
            let at = at.index(data.len());
            data[at] = byte;
        }
        check_any(link_type, &data);
        check_any(link_type, &data[..length.index(data.len() + 1)]);
    }

    #[test]
    fn frames_that_another_crate_builds_tell_what_was_put_in(
        macs in any::<([u8; 6], [u8; 6])>(),
        (v4, v6) in any::<(([u8; 4], [u8; 4]), ([u8; 16], [u8; 16]))>(),
        (source_port, destination_port) in any::<(u16, u16)>(),
        (tags, is_v4, is_tcp) in (0..3_u8, any::<bool>(), any::<bool>()),
        options in vec(Just(1_u8), 0..40),
        payload in vec(any::<u8>(), 0..30),
    ) {
        let ip = if is_v4 {
            let header = Ipv4Header { source: v4.0, destination: v4.1, time_to_live: 9, ..Ipv4Header::default() };
            IpHeaders::Ipv4(header, Ipv4Extensions::default())
        } else {
            let header = Ipv6Header { source: v6.0, destination: v6.1, ..Ipv6Header::default() };
            IpHeaders::Ipv6(header, Ipv6Extensions::default())
        };
        let link = PacketBuilder::ethernet2(macs.0, macs.1);
        let network = match tags {
            0 => link.ip(ip),
            1 => link.single_vlan(VlanId::ZERO).ip(ip),
            _ => link.double_vlan(VlanId::ZERO, VlanId::ZERO).ip(ip),
        };
        let mut data = Vec::new();
        if is_tcp {
            network.tcp(source_port, destination_port, 1, 1).options_raw(&options).unwrap().write(&mut data, &payload).unwrap();
        } else {
            network.udp(source_port, destination_port).write(&mut data, &payload).unwrap();
        }
        // Whatever is cut behind the ports changes nothing.
        let shortest = 14 + 4 * usize::from(tags.min(2)) + if is_v4 { 20 } else { 40 } + 4;
        let addresses: (IpAddr, IpAddr) = if is_v4 { (v4.0.into(), v4.1.into()) } else { (v6.0.into(), v6.1.into()) };
        for data in [&data[..], &data[..shortest]] {
            let Frame { headers, flaw, .. } = dissect(LinkType::ETHERNET, data, 90, Tunnels::Outer).unwrap();
            prop_assert_eq!(flaw, None);
            prop_assert_eq!((headers.source_mac, headers.destination_mac), (Some(macs.0), Some(macs.1)));
            prop_assert_eq!((headers.source, headers.destination), (Some(addresses.0), Some(addresses.1)), "{}", line(&headers));
            prop_assert_eq!((headers.source_port, headers.destination_port), (Some(source_port), Some(destination_port)));
            prop_assert_eq!(headers.protocol, if is_tcp { Protocol::TCP } else { Protocol::UDP });
        }
    }
}

#[test]
fn seeds_are_read_without_flaws() {
    for (link_type, data) in seeds() {
        let frame = dissect(LinkType(link_type), &data, 90, Tunnels::Inner).unwrap();
        assert!(frame.flaw.is_none() && frame.headers.source.is_some(), "{link_type}: {frame:?}");
    }
}
