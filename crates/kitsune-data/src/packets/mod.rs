//! Packets: from a capture to the damped statistics of `AfterImage`.
//!
//! [`CaptureReader`] turns a file into packets, or with the feature `live` an interface, [`dissect`] the bytes of a packet into
//! addresses, ports and length, and [`FeatureExtractor`] these into statistics. None of the three knows the
//! others, and nothing here knows Polars, Burn or the rest of this crate: [`Source`](crate::Source) joins them, so that a capture is read
//! like any other file of rows.
//!
//! ```
//! use kitsune_data::packets::afterimage::{FeatureExtractor, FeatureExtractorConfig};
//! use kitsune_data::packets::capture::CaptureReader;
//! use kitsune_data::packets::layers::{Tunnels, dissect};
//! use kitsune_data::packets::packet::Packet;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The header of a capture of Ethernet frames, and one packet of 14 bytes, which names two cards.
//! let mut file = [&0xa1b2_c3d4_u32.to_le_bytes()[..], &[2, 0, 4, 0], &[0; 8], &[255, 255, 0, 0, 1, 0, 0, 0]].concat();
//! file.extend([&1_700_000_000_u32.to_le_bytes()[..], &[0; 4], &[14, 0, 0, 0, 14, 0, 0, 0], &[1; 6], &[2; 6], &[8, 6]].concat());
//!
//! let mut extractor = FeatureExtractor::new(FeatureExtractorConfig::new());
//! let mut capture = CaptureReader::new(&file[..])?;
//! while let Some(raw) = capture.next_packet()? {
//!     let Ok(frame) = dissect(raw.link_type, raw.data, raw.length, Tunnels::Outer) else { continue };
//!     let row = extractor.push(&Packet { time: raw.time, headers: frame.headers, length: frame.length })?;
//!     assert_eq!((row.len(), row[1]), (100, 14.0), "the mean length of the frames of a card is that of its only frame");
//! }
//! assert_eq!(capture.counts().packets, 1);
//! # Ok(())
//! # }
//! ```

pub mod afterimage;
pub mod capture;
pub mod clock;
pub mod layers;
pub mod link_type;
#[cfg(any(feature = "live", test))]
pub mod live;
pub mod packet;
pub mod timestamp;

pub use self::afterimage::{FeatureExtractor, FeatureExtractorConfig, Statistics};
pub use self::capture::{CaptureError, CaptureReader};
pub use self::clock::Clock;
pub use self::layers::{Tunnels, dissect};
pub use self::link_type::LinkType;
pub use self::packet::{Headers, Mac, Packet, Protocol};
pub use self::timestamp::{NoTimestamp, Timestamp};
