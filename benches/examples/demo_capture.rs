//! Rewrites the demo's capture: `cargo run -p kitsune-benches --example demo_capture`. It takes another seed than 0, and another folder than that of the
//! repository, as arguments: `-- 1 /tmp/packets`.

use std::env;
use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use kitsune_benches::demo_capture;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let seed = arguments.next().map_or(Ok(0), |seed| seed.parse())?;
    let folder = arguments.next().map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/packets"), PathBuf::from);
    let capture = demo_capture(seed);
    fs::create_dir_all(&folder)?;
    let mut packed = GzEncoder::new(fs::File::create(folder.join("capture.pcap.gz"))?, Compression::best());
    packed.write_all(&capture.pcap)?;
    packed.finish()?;
    fs::write(folder.join("labels.csv"), capture.labels())?;
    Ok(())
}
