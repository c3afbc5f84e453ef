//! The reasons for flagged rows, as columns of the output.

use anyhow::Result;
use kitsune_core::scoring::Reason;
use kitsune_data::Records;

use crate::scoring::Reasons;

/// Appends reasons to the records of `rows` rows: seven columns for the strongest reason, seven for the next, up to `count` reasons. A row
/// without reasons has nulls, and so has the range of a column that the model does not know.
/// `names` are those of the features.
pub(crate) fn explain(mut records: Records, reasons: &Reasons, rows: usize, count: usize, names: &[String]) -> Result<Records> {
    // There are never more reasons than features.
    for rank in 0..count.min(names.len()) {
        let ranked = |row| reasons.get(&row).and_then(|reasons| reasons.get(rank));
        let numbers = |of: fn(&Reason) -> Option<f64>| (0..rows).map(|row| ranked(row).and_then(of)).collect::<Vec<_>>();
        let columns = (0..rows).map(|row| ranked(row).map(|reason| names[reason.feature].clone())).collect();
        let clusters = (0..rows).map(|row| ranked(row).and_then(|reason| reason.cluster).map(|cluster| cluster as u64)).collect();
        let column = |what: &str| format!("reason_{}{what}", rank + 1);
        records = records
            .with_texts(&column(""), columns)?
            .with_optional_numbers(&column("_value"), numbers(|reason| Some(reason.value)))?
            .with_optional_numbers(&column("_expected"), numbers(|reason| Some(reason.expected)))?
            .with_optional_numbers(&column("_lowest"), numbers(|reason| reason.lowest))?
            .with_optional_numbers(&column("_highest"), numbers(|reason| reason.highest))?
            .with_optional_numbers(&column("_deviations"), numbers(|reason| Some(reason.deviations.into())))?
            .with_optional_counts(&column("_cluster"), clusters)?;
    }
    Ok(records)
}
