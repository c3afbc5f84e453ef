//! What makes the demo's capture easier or harder to judge.
//!
//! A detector scales each statistic by its range over ordinary traffic. So it is the ranges that decide: an attack is plain if it leaves those of many
//! statistics at once. In ordinary traffic no single host is as busy as the scanner for seconds; all of them together are busier for moments,
//! because the desks refresh their pages at the same time. That is why packets per second say little, and statistics of each host say much.

/// Packets of ordinary traffic before the first attack. A grace period of 2,000 and 12,500 packets ends before.
pub(super) const ORDINARY_PACKETS: usize = 16_000;

/// Seconds of ordinary traffic that are made. What is too much is cut off.
pub(super) const MOST_SECONDS: f64 = 900.0;

/// Seconds of ordinary traffic after each attack.
pub(super) const PAUSES_S: [f64; 3] = [50.0, 40.0, 5.0];

/// Pictures of the camera per second: the one steady stream, and with 24 packets per second the busiest one over ten seconds and more. If it were faster,
/// the capture would be over before enough pages have been learned.
pub(super) const PICTURES_PER_S: f64 = 20.0;

/// Mean seconds from one page of a desk to the next.
pub(super) const PAGE_EVERY_S: f64 = 150.0;

/// Median and spread of the requests of a page. One in so many pages has the most.
pub(super) const REQUESTS: (f64, f64) = (5.0, 0.8);
pub(super) const LARGE_PAGE_EVERY: usize = 12;
pub(super) const MOST_REQUESTS: usize = 50;

/// Seconds from one refresh of all desks to the next, and requests of each. Together they send some 300 packets within a second, twice as many as the scan.
pub(super) const REFRESH_EVERY_S: f64 = 30.0;
pub(super) const REFRESH_REQUESTS: usize = 5;

/// Mean seconds from one document of a desk to the next.
pub(super) const FILE_EVERY_S: f64 = 300.0;

/// Seconds from one backup to the next, and full segments of one. A single long backup would be something new.
pub(super) const BACKUP_EVERY_S: f64 = 90.0;
pub(super) const BACKUP_SEGMENTS: f64 = 70.0;

/// Seconds from one round of pings to the next, from one question of a host for hardware addresses, for the time, and from one telling of its name. What
/// is seldom is never learned well, and scores high for good.
pub(super) const PING_EVERY_S: f64 = 30.0;
pub(super) const ARP_EVERY_S: f64 = 120.0;
pub(super) const CLOCK_EVERY_S: f64 = 128.0;
pub(super) const NAMES_EVERY_S: f64 = 120.0;

/// Ports that are tried, and per second.
pub(super) const SCAN_PROBES: usize = 2_000;
pub(super) const SCAN_PER_S: f64 = 80.0;

/// Datagrams of the flood, per second, and bytes in each.
pub(super) const FLOOD_PACKETS: usize = 2_500;
pub(super) const FLOOD_PER_S: f64 = 500.0;
pub(super) const FLOOD_PAYLOAD: usize = 512;

/// Seconds of the spoof, and from one claim to the next. Claims that follow each other at ten seconds keep an address book wrong, and are few among what
/// they redirect.
pub(super) const SPOOF_S: f64 = 40.0;
pub(super) const CLAIM_EVERY_S: f64 = 10.0;
