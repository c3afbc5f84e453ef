//! Who is in the office, and whom it talks to outside. All addresses are for documentation (RFC 5737) or locally administered.

/// A hardware address.
pub(super) type Mac = [u8; 6];

/// A machine as the office's switch sees it: one outside has the hardware address of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Host {
    pub(super) mac: Mac,
    pub(super) ip: [u8; 4],
    /// The hops that its packets have left when the switch sees them.
    pub(super) ttl: u8,
}

/// The router, which resolves names too.
pub(super) const GATEWAY: Host = inside(1, 64);

/// The file server, which also backs itself up to the outside.
pub(super) const FILES: Host = inside(5, 64);

/// The printer.
pub(super) const PRINTER: Host = inside(6, 64);

/// The camera.
pub(super) const CAMERA: Host = inside(7, 64);

/// The thermostat, which hardly says anything.
pub(super) const THERMOSTAT: Host = inside(9, 64);

/// The machine that pings the others.
pub(super) const MONITOR: Host = inside(8, 64);

/// The computers at the desks.
pub(super) const DESKS: [Host; 7] =
    [inside(20, 128), inside(21, 128), inside(22, 128), inside(23, 128), inside(24, 128), inside(25, 128), inside(26, 128)];

/// What holds the backups.
pub(super) const VAULT: Host = outside([198, 51, 100, 200], 54);

/// What records the camera's pictures.
pub(super) const RECORDER: Host = outside([203, 0, 113, 40], 51);

/// What tells the desks of new mail.
pub(super) const MAIL: Host = outside([203, 0, 113, 25], 56);

/// The time server.
pub(super) const CLOCK: Host = outside([203, 0, 113, 123], 58);

/// The server that is flooded. The office has no other business with it.
pub(super) const SHOP: Host = outside([203, 0, 113, 80], 53);

/// The number of web servers.
pub(super) const WEB_SERVERS: usize = 24;

/// One of the web servers, with the seconds to it and back.
pub(super) fn web_server(number: usize) -> (Host, f64) {
    let number = number as u8;
    let host = outside([198, 51, 100, 10 + number], 48 + number % 10);
    (host, 0.03 + 0.001 * f64::from(number * 7 % WEB_SERVERS as u8))
}

/// All that have their own hardware address.
pub(super) fn residents() -> impl Iterator<Item = Host> {
    [GATEWAY, FILES, PRINTER, CAMERA, THERMOSTAT, MONITOR].into_iter().chain(DESKS)
}

const fn inside(number: u8, ttl: u8) -> Host {
    Host { mac: [0x02, 0x4b, 0x49, 0x54, 0x53, number], ip: [192, 0, 2, number], ttl }
}

const fn outside(ip: [u8; 4], ttl: u8) -> Host {
    Host { mac: GATEWAY.mac, ip, ttl }
}
