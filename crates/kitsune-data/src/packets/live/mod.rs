//! The packets of a network interface as they come.
//!
//! libpcap has no other use here. What it hands over is written as the blocks of a capture, so that [`CaptureReader`](super::CaptureReader)
//! and everything behind it read an interface as they read what another program captures into a pipe.

mod blocks;
#[cfg(feature = "live")]
mod error;
#[cfg(feature = "live")]
mod live_capture;
#[cfg(feature = "live")]
mod stop_handle;

#[cfg(feature = "live")]
pub use self::error::LiveError;
#[cfg(feature = "live")]
pub use self::live_capture::LiveCapture;
#[cfg(feature = "live")]
pub use self::stop_handle::StopHandle;
