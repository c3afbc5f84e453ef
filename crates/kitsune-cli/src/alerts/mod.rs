//! Alerts that a person reads: one line for each source and destination while packets above the threshold last.
//!
//! An alert is open from its first packet above the threshold until [`QUIET_SECONDS`](open_alerts::QUIET_SECONDS) have passed without another one,
//! by the clock of the statistics. Its reason is that of the packet with the highest score, in words made from the name of the statistic.

mod alert;
mod figure;
mod file;
mod moment;
mod open_alerts;
mod packet;
mod statistic;
mod watch;
mod words;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use self::alert::Alert;
pub(crate) use self::figure::duration;
pub(crate) use self::moment::Moment;
pub(crate) use self::packet::FlaggedPacket;
pub(crate) use self::watch::AlertWatch;
pub(crate) use self::writer::{AlertProgress, AlertWriter};
