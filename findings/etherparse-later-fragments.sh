#!/usr/bin/env bash
# etherparse takes the middle of a packet for a header: that of an IPv6 fragment that is not the first, if the fragment header names an extension header.
#
# Version: etherparse 0.21.0.
# A good guess: behind the fragment header of a later fragment comes payload. What the `next header` field names is at the beginning of the first fragment
# alone (RFC 8200, section 4.5), and etherparse knows this for transport headers: a later fragment of a UDP packet
# gets none.
# What happens: if the field names an extension header (destination options here), the bytes of the payload are read as one. The packet has an extension that
# nobody sent, and the number of the payload is whatever byte stood there: here 6, so that a fragment of a UDP packet passes for TCP. The strict and the lax form agree.
# What Kitsune does: `packets/layers/ipv6.rs` stops at the header of a later fragment.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"

[dependencies]
etherparse = "=0.21.0"
TOML

cat >src/main.rs <<'RUST'
use std::process::exit;

use etherparse::{LaxSlicedPacket, NetSlice, SlicedPacket};

const FRAGMENT: u8 = 44;
const UDP: u8 = 17;
const DESTINATION_OPTIONS: u8 = 60;

/// A later fragment of a UDP packet: IPv6, the fragment header with an offset of 8 bytes, and 16 bytes of what the packet carried.
fn fragment(next: u8) -> Vec<u8> {
    let payload = [6, 0, 1, 4, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9];
    let mut bytes = vec![0x60, 0, 0, 0, 0, 24, FRAGMENT, 64];
    for end in [1, 2] {
        bytes.extend([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, end]);
    }
    bytes.extend([next, 0, 0, 8, 0, 0, 0, 1]);
    bytes.extend(payload);
    bytes
}

fn main() {
    let mut seen = Vec::new();
    for next in [UDP, DESTINATION_OPTIONS] {
        let bytes = fragment(next);
        let strict = SlicedPacket::from_ip(&bytes).expect("a valid packet");
        let lax = LaxSlicedPacket::from_ip(&bytes).expect("a valid packet");
        let Some(NetSlice::Ipv6(ip)) = &strict.net else { exit(1) };
        let payload = ip.payload();
        let lax_payload = lax.net.as_ref().and_then(|net| net.ip_payload_ref()).expect("a payload");
        println!("next header {next}: payload of protocol {:?} in {} bytes, transport {:?}", payload.ip_number, payload.payload.len(), strict.transport);
        assert_eq!((payload.ip_number, payload.payload), (lax_payload.ip_number, lax_payload.payload));
        seen.push((payload.ip_number.0, payload.payload.len()));
    }
    // Right would be 16 bytes of payload both times.
    if seen != [(UDP, 16), (6, 8)] {
        println!("this has changed");
        exit(1);
    }
}
RUST

echo "etherparse 0.21.0:"
cargo run --quiet
