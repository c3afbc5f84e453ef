//! The loopback of BSD and its kin: a family of addresses in the byte order of the machine or of the network.

use super::bytes::head;
use super::layer::{Layer, Next};

/// `AF_INET` is 2 everywhere; `AF_INET6` is 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS and 10 on Linux.
const IP: [u32; 5] = [2, 24, 28, 30, 10];

pub(super) fn read(bytes: &[u8]) -> Next<'_> {
    let (&family, rest) = head(bytes)?;
    let is_ip = IP.contains(&u32::from_le_bytes(family)) || IP.contains(&u32::from_be_bytes(family));
    Ok(is_ip.then_some((Layer::Ip, rest)))
}
