//! From packets to alerts, one packet at a time: a capture is read, each packet becomes a row of statistics, and a detector learns and scores it.
//!
//! ```text
//! cargo run -p kitsune-data --example packets_to_alerts --features kitsune-core
//! ```

use std::error::Error;
use std::fs::File;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use kitsune_core::online::{OnlineConfig, OnlineKitsune};
use kitsune_data::packets::packet::Packet;
use kitsune_data::packets::{CaptureReader, FeatureExtractor, FeatureExtractorConfig, Tunnels, dissect};

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/packets/capture.pcap.gz");
    let mut capture = CaptureReader::new(MultiGzDecoder::new(File::open(path)?))?;
    let mut extractor = FeatureExtractor::new(FeatureExtractorConfig::new());
    let names = extractor.feature_names();
    let config = OnlineConfig::new().with_mapper_grace(2_000).with_train_grace(12_500);
    let mut detector = OnlineKitsune::new(config, names.len())?;

    let (mut flagged, mut last_source) = (0, None);
    while let Some(raw) = capture.next_packet()? {
        // A frame without addresses, or of an unknown kind, is no row.
        let Ok(frame) = dissect(raw.link_type, raw.data, raw.length, Tunnels::Outer) else { continue };
        let packet = Packet { time: raw.time, headers: frame.headers, length: frame.length };
        let row = extractor.push(&packet)?;
        let Some(found) = detector.observe(row)? else { continue };
        if found.is_anomaly != Some(true) {
            continue;
        }
        flagged += 1;
        // One line where the source is another one than before.
        if last_source != packet.headers.source
            && let Some(source) = packet.headers.source
        {
            let reasons = detector.reasons(row, 1)?;
            let reason = reasons.first().map_or("", |reason| names[reason.feature].as_str());
            println!("{}: {source} has the score {:.1}, above all by {reason}", packet.time, found.score);
        }
        last_source = packet.headers.source;
    }
    println!("{flagged} of {} packets were flagged", extractor.counts().packets);
    assert!(flagged > 0);
    Ok(())
}
