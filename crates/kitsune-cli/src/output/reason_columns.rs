//! The reasons for flagged rows, as columns of the output.

use anyhow::Result;
use burn::tensor::backend::Backend;
use kitsune_core::Kitsune;
use kitsune_core::scoring::Reason;
use kitsune_data::Records;

use crate::input::for_model::feature_name;
use crate::scoring::Reasons;

/// Appends reasons to the records of `rows` rows: five columns for the strongest reason, five for the next, up to `count` reasons. A row
/// without reasons has nulls.
pub(crate) fn explain<B: Backend>(
    mut records: Records,
    reasons: &Reasons,
    rows: usize,
    count: usize,
    model: &Kitsune<B>,
) -> Result<Records> {
    // There are never more reasons than features.
    for rank in 0..count.min(model.feature_map().features()) {
        let ranked = |row| reasons.get(&row).and_then(|reasons| reasons.get(rank));
        let numbers = |of: fn(&Reason) -> Option<f64>| (0..rows).map(|row| ranked(row).and_then(of)).collect::<Vec<_>>();
        let names = (0..rows).map(|row| ranked(row).map(|reason| feature_name(model, reason.feature))).collect();
        let clusters = (0..rows).map(|row| ranked(row).and_then(|reason| reason.cluster).map(|cluster| cluster as u64)).collect();
        let column = |what: &str| format!("reason_{}{what}", rank + 1);
        records = records
            .with_texts(&column(""), names)?
            .with_optional_numbers(&column("_value"), numbers(|reason| Some(reason.value)))?
            .with_optional_numbers(&column("_expected"), numbers(|reason| Some(reason.expected)))?
            .with_optional_numbers(&column("_deviations"), numbers(|reason| Some(reason.deviations.into())))?
            .with_optional_counts(&column("_cluster"), clusters)?;
    }
    Ok(records)
}
