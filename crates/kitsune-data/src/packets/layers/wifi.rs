//! Frames of 802.11.

use super::super::packet::{Headers, Mac};
use super::bytes::{head, skip};
use super::flaw::LayerFlaw;
use super::layer::{Layer, Next};

/// Kinds of frames, of two bits.
const MANAGEMENT: u8 = 0;
const CONTROL: u8 = 1;
const DATA: u8 = 2;
/// Control frames that name nobody but their receiver: a wrapper, clear to send, an acknowledgement.
const RECEIVER_ONLY: [u8; 3] = [7, 12, 13];
/// The lowest control frame that is known to begin with a receiver and a transmitter: a request for block acknowledgements.
const FIRST_OF_TWO: u8 = 8;
/// Bits of a data frame's subtype.
const IS_EMPTY: u8 = 0b0100;
const HAS_QOS: u8 = 0b1000;
/// Bits of the second byte.
const TO_DISTRIBUTION: u8 = 0x01;
const FROM_DISTRIBUTION: u8 = 0x02;
const IS_PROTECTED: u8 = 0x40;
const HAS_HT_CONTROL: u8 = 0x80;
/// A bit of the field for quality of service: several packets in a frame, of which the first is read.
const IS_AGGREGATE: u8 = 0x80;

pub(super) fn read<'a>(bytes: &'a [u8], is_padded: bool, headers: &mut Headers) -> Next<'a> {
    let (&[control, flags, _, _], rest) = head(bytes)?;
    if control & 0b11 != 0 {
        return Err(LayerFlaw::Malformed);
    }
    let (kind, subtype) = (control >> 2 & 0b11, control >> 4);
    match kind {
        MANAGEMENT => two_addresses(rest, headers).map(|_| None),
        CONTROL if RECEIVER_ONLY.contains(&subtype) => {
            let (&receiver, _) = head(rest)?;
            headers.destination_mac = Some(receiver);
            Ok(None)
        }
        CONTROL if subtype >= FIRST_OF_TWO => two_addresses(rest, headers).map(|_| None),
        DATA => data(bytes, subtype, flags, is_padded, headers),
        _ => Ok(None),
    }
}

/// Receiver and transmitter.
fn two_addresses<'a>(bytes: &'a [u8], headers: &mut Headers) -> Result<&'a [u8], LayerFlaw> {
    let (&receiver, rest) = head::<6>(bytes)?;
    let (&transmitter, rest) = head::<6>(rest)?;
    (headers.destination_mac, headers.source_mac) = (Some(receiver), Some(transmitter));
    Ok(rest)
}

fn data<'a>(frame: &'a [u8], subtype: u8, flags: u8, is_padded: bool, headers: &mut Headers) -> Next<'a> {
    let rest = two_addresses(skip(frame, 4)?, headers)?;
    let (&third, rest): (&Mac, _) = head(rest)?;
    // The number of the frame.
    let mut rest = skip(rest, 2)?;
    match (flags & TO_DISTRIBUTION != 0, flags & FROM_DISTRIBUTION != 0) {
        (false, false) => {}
        (false, true) => headers.source_mac = Some(third),
        (true, false) => headers.destination_mac = Some(third),
        (true, true) => {
            let (&fourth, behind) = head(rest)?;
            (headers.destination_mac, headers.source_mac) = (Some(third), Some(fourth));
            rest = behind;
        }
    }
    if flags & IS_PROTECTED != 0 || subtype & IS_EMPTY != 0 {
        return Ok(None);
    }
    let mut is_aggregate = false;
    if subtype & HAS_QOS != 0 {
        let (&[quality, _], behind) = head(rest)?;
        is_aggregate = quality & IS_AGGREGATE != 0;
        rest = if flags & HAS_HT_CONTROL != 0 { skip(behind, 4)? } else { behind };
    }
    if is_padded {
        let header = frame.len() - rest.len();
        rest = skip(rest, header.next_multiple_of(4) - header)?;
    }
    if is_aggregate {
        rest = two_addresses(rest, headers)?;
        rest = skip(rest, 2)?;
    }
    Ok(Some((Layer::Llc, rest)))
}
