//! An interface as a capture that is being written.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pcap::{Active, Capture, Linktype, PacketHeader};

use super::super::layers::{LayerFlaw, Tunnels, dissect};
use super::super::link_type::LinkType;
use super::blocks;
use super::error::{LiveError, words};
use super::stop_handle::StopHandle;

/// Bytes of each packet that are kept: its headers, those inside a tunnel included.
const KEPT_BYTES: u16 = 256;

/// Bytes of packets that the system keeps until they are read, instead of losing them: some 40,000 packets.
const WAITING_BYTES: i32 = 16 << 20;

/// Packets that are taken at once, at most.
const MOST_PACKETS: usize = 1_024;

/// The longest wait for packets in milliseconds, where the system cannot be asked to end it.
const LONGEST_WAIT: i32 = 100;

/// The name by which Linux calls all interfaces together.
const ALL_INTERFACES: &str = "any";

/// The packets of a network interface from now on, as the bytes of a capture that is being written, for a
/// [`CaptureReader`](super::super::CaptureReader) or as a [stream](crate::Location::stream) of a source.
///
/// A read waits until there is a packet, and returns those that have come. Of each packet the first 256 bytes are kept, and its length on the wire
/// is told. Times have microseconds, as those of tcpdump. The interface is in promiscuous mode: packets for others are seen as well, as far as they reach it.
///
/// The capture ends when it is [stopped](StopHandle::stop). Its end tells how many packets were lost:
/// [`CaptureCounts::lost`](super::super::capture::CaptureCounts::lost). A read fails if the interface has vanished.
///
/// ```no_run
/// use kitsune_data::packets::CaptureReader;
/// use kitsune_data::packets::live::LiveCapture;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut interface = LiveCapture::open("eth0")?;
/// let handle = interface.stop_handle();
/// let mut capture = CaptureReader::new(interface)?;
/// for _ in 0..10 {
///     println!("{:?}", capture.next_packet()?);
/// }
/// handle.stop();
/// while capture.next_packet()?.is_some() {}
/// println!("{} packets lost", capture.counts().lost);
/// # Ok(())
/// # }
/// ```
pub struct LiveCapture {
    interface: String,
    capture: Capture<Active>,
    is_stopped: Arc<AtomicBool>,
    has_ended: bool,
    /// What was written and not read yet.
    bytes: VecDeque<u8>,
}

impl LiveCapture {
    /// Opens an interface, such as `eth0`; on Linux `any` is all of them.
    ///
    /// # Errors
    ///
    /// If there is no such interface or it is down, if it takes more rights to see its packets, or if they begin with a link layer that is not known.
    pub fn open(interface: &str) -> Result<Self, LiveError> {
        let not_opened = |error| LiveError::not_opened(interface, &error);
        let capture = Capture::from_device(interface).map_err(not_opened)?;
        let is_one = interface != ALL_INTERFACES;
        let capture = capture.promisc(is_one).immediate_mode(true).timeout(LONGEST_WAIT);
        let mut capture = capture.snaplen(KEPT_BYTES.into()).buffer_size(WAITING_BYTES).open().map_err(not_opened)?;
        if !is_one {
            // As tcpdump does; otherwise packets have an older header, of another length. Older libpcaps know no other.
            capture.set_datalink(Linktype(LinkType::LINUX_SLL2.0.into())).ok();
        }
        let link_type = in_files(capture.get_datalink());
        if dissect(link_type, &[], 0, Tunnels::Outer) == Err(LayerFlaw::UnknownLinkType) {
            return Err(LiveError::UnknownLinkType { interface: interface.to_owned(), link_type: link_type.to_string() });
        }
        let mut bytes = VecDeque::new();
        blocks::put_start(&mut bytes, link_type, KEPT_BYTES.into());
        Ok(Self { interface: interface.to_owned(), capture, is_stopped: Arc::default(), has_ended: false, bytes })
    }

    /// What ends the capture.
    pub fn stop_handle(&mut self) -> StopHandle {
        StopHandle::new(Arc::clone(&self.is_stopped), self.capture.breakloop_handle())
    }

    /// Waits for packets and writes those that have come; or the end, if the capture was stopped.
    fn advance(&mut self) -> io::Result<()> {
        if !self.is_stopped() {
            let bytes = &mut self.bytes;
            let write = |packet: pcap::Packet<'_>| blocks::put_packet(bytes, microseconds(packet.header), packet.header.len, packet.data);
            match self.capture.dispatch(Some(MOST_PACKETS), write) {
                Ok(_) => return Ok(()),
                // A wait that is broken off is an error of libpcap as well.
                Err(_) if self.is_stopped() => {}
                Err(error) => return Err(io::Error::other(words(&error))),
            }
        }
        self.has_ended = true;
        if let Ok(counts) = self.capture.stats() {
            blocks::put_lost(&mut self.bytes, counts.if_dropped.into(), counts.dropped.into());
        }
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::SeqCst)
    }
}

impl Read for LiveCapture {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.bytes.is_empty() && !self.has_ended {
            self.advance()?;
        }
        self.bytes.read(buffer)
    }
}

impl fmt::Debug for LiveCapture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveCapture").field("interface", &self.interface).field("has_ended", &self.has_ended).finish_non_exhaustive()
    }
}

/// The link type that a file would name. Systems have another number for packets that begin with their IP header.
fn in_files(link_type: Linktype) -> LinkType {
    match u16::try_from(link_type.0).map_or(LinkType::BEYOND, LinkType) {
        LinkType::RAW_BSD | LinkType::RAW_OPENBSD => LinkType::RAW,
        same => same,
    }
}

/// Microseconds since 1970.
fn microseconds(header: &PacketHeader) -> u64 {
    header.ts.tv_sec as u64 * 1_000_000 + header.ts.tv_usec as u64
}
