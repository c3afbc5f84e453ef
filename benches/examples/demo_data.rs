//! Rewrites the demo data of the repository: `cargo run -p kitsune-benches --example demo_data`.

use std::fs;
use std::io;
use std::path::Path;

use kitsune_benches::{Demo, demo};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo");
    let Demo { train: [first, second], test } = demo(0);
    for (name, text) in [("train/monday.csv", first), ("train/tuesday.csv", second), ("test/wednesday.csv", test)] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        fs::write(path, text)?;
    }
    Ok(())
}
