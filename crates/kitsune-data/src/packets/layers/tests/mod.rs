//! Frames made by hand, and what they tell.

mod ip;
mod link_layers;
mod random;
mod tunnels;

use std::net::IpAddr;

use super::super::link_type::LinkType;
use super::super::packet::{Headers, Mac, Protocol};
use super::{Frame, LayerFlaw, Tunnels, dissect};

const D: Mac = [2, 0, 0, 0, 0, 0xdd];
const S: Mac = [2, 0, 0, 0, 0, 0x55];
/// UDP from port 1000 to 2000, eight bytes long.
const UDP: [u8; 8] = [3, 0xe8, 7, 0xd0, 0, 8, 0, 0];

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// An Ethernet frame.
fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    joined(&[&D, &S, &ether_type.to_be_bytes(), payload])
}

/// IPv4 from 10.0.0.1 to 10.0.0.2.
fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv4_fragment(protocol, 0, payload)
}

/// The same with flags and offset of a fragment.
fn ipv4_fragment(protocol: u8, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let [l0, l1] = (20 + payload.len() as u16).to_be_bytes();
    let [f0, f1] = fragment.to_be_bytes();
    joined(&[&[0x45, 0, l0, l1, 0, 1, f0, f1, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], payload])
}

/// IPv6 from `fe80::1` to `fe80::2`.
fn ipv6(next_header: u8, payload: &[u8]) -> Vec<u8> {
    let [l0, l1] = (payload.len() as u16).to_be_bytes();
    let address = |last: u8| [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
    joined(&[&[0x60, 0, 0, 0, l0, l1, next_header, 64], &address(1), &address(2), payload])
}

/// Headers in a line: MACs, addresses with ports, protocol. `-` is what is not there.
fn line(headers: &Headers) -> String {
    let mac = |mac: Option<Mac>| mac.map_or("-".to_owned(), |mac| format!("{:02x}", mac[5]));
    let end = |address: Option<IpAddr>, port: Option<u16>| {
        let address = address.map_or("-".to_owned(), |address| address.to_string());
        port.map_or(address.clone(), |port| format!("{address}#{port}"))
    };
    format!(
        "{}>{} {}>{} {}",
        mac(headers.source_mac),
        mac(headers.destination_mac),
        end(headers.source, headers.source_port),
        end(headers.destination, headers.destination_port),
        headers.protocol
    )
}

/// The headers and the flaw of a frame in a line.
fn told(frame: Result<Frame, LayerFlaw>) -> String {
    match frame {
        Ok(Frame { headers, flaw: None, .. }) => line(&headers),
        Ok(Frame { headers, flaw: Some(flaw), .. }) => format!("{}; {flaw}", line(&headers)),
        Err(flaw) => format!("no row: {flaw}"),
    }
}

fn read(link_type: LinkType, data: &[u8], tunnels: Tunnels) -> String {
    told(dissect(link_type, data, 1_000, tunnels))
}

/// Checks rows of a name, the bytes of a frame, and what it tells.
fn check(link_type: LinkType, tunnels: Tunnels, rows: &[(&str, Vec<u8>, &str)]) {
    for (name, data, expected) in rows {
        assert_eq!(read(link_type, data, tunnels), *expected, "{name}");
    }
}

#[test]
fn the_length_is_that_on_the_wire() {
    let frame = dissect(LinkType::ETHERNET, &ethernet(0x0800, &ipv4(17, &UDP)), 1_500, Tunnels::Outer).unwrap();
    assert_eq!((frame.length, frame.headers.protocol, frame.flaw), (1_500, Protocol::UDP, None));
}

#[test]
fn public_types_go_between_threads() {
    fn check<T: Send + Sync + Copy>() {}
    check::<(Frame, LayerFlaw, Tunnels, super::LayerCounts)>();
}
