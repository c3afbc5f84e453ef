//! A detector that learns while the rows come: no row is kept, and no second pass is made.
//!
//! ```text
//! cargo run -p kitsune-core --example online
//! ```

use kitsune_core::Error;
use kitsune_core::online::{OnlineConfig, OnlineKitsune, OnlineState};

/// Requests and bytes of a server in one second, and its load: three columns that go together.
fn row(second: u32) -> [f64; 3] {
    let requests = 100.0 + 50.0 * (f64::from(second) / 60.0).sin() + f64::from(second * 7 % 13);
    [requests, 3_000.0 * requests + f64::from(second * 11 % 17), 0.004 * requests]
}

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn main() -> Result<(), Error> {
    let config = OnlineConfig::new().with_mapper_grace(500).with_train_grace(3_500);
    let mut detector = OnlineKitsune::new(config, 3)?;
    for second in 0..6_000 {
        let mut row = row(second);
        if second == 5_000 {
            // Many bytes for few requests.
            row[1] *= 1.8;
        }
        let Some(found) = detector.observe(&row)? else { continue };
        if found.is_anomaly == Some(true) && second == 5_000 {
            println!("second {second}: score {:.1}, expected in {:.2} % of the seconds", found.score, 100.0 * found.tail_probability);
            for reason in detector.reasons(&row, 1)? {
                println!("  column {} is {:.0}, expected {:.0}", reason.feature, reason.value, reason.expected);
            }
        }
    }
    assert_eq!(detector.state(), OnlineState::Executing);

    // The state is one file. A stream that goes on from it gives the same bits as one that was never interrupted.
    let mut resumed = OnlineKitsune::from_bytes(&detector.to_bytes()?)?;
    assert_eq!(resumed.process(&row(6_000))?, detector.process(&row(6_000))?);
    println!("{} of {} seconds were flagged", detector.counts().flagged, detector.counts().observed);
    Ok(())
}
