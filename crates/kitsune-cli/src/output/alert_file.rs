//! The name of the file of alerts.

use std::path::Path;

use anyhow::{Result, bail};

use super::Output;

/// Refuses a name that no file of alerts beside these scores can have.
pub(crate) fn check_alerts_name(path: Option<&Path>, scores: &Output) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    if path == Path::new("-") {
        bail!("alerts are written to a file: give --alerts a path, such as alerts.ndjson or /dev/stderr");
    }
    if path.is_dir() {
        bail!("{} is a folder: give --alerts a file, such as alerts.ndjson", path.display());
    }
    let [alerts, of_scores] = [path, &scores.path].map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    if alerts == of_scores {
        bail!("{} cannot be several things at once: give --alerts another path than the scores", path.display());
    }
    Ok(())
}
