//! The columns of packets that are no features.

use anyhow::{Result, anyhow};
use kitsune_data::Source;

/// When a packet came, in seconds since 1970.
pub(crate) const TIME: &str = "time";
/// Who sent it.
pub(crate) const SOURCE: &str = "source";

/// The columns that an option needs, and those of the `further` ones that are there.
///
/// # Errors
///
/// If the rows lack one that is needed.
pub(crate) fn with_needed(source: &Source, option: &str, needed: &[&'static str], further: &[&'static str]) -> Result<Vec<&'static str>> {
    let is_there = |name: &&&str| source.clone().keep([**name]).is_ok();
    if let Some(lacking) = needed.iter().find(|name| !is_there(name)) {
        let needed = needed.join(", ");
        return Err(anyhow!("{option} needs the columns {needed}, which captures have, but these rows have no column {lacking}"));
    }
    Ok(needed.iter().chain(further.iter().filter(is_there)).copied().collect())
}
