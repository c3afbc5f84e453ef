//! The numbers of rows that a pass left out, in words.

use kitsune_data::PassProgress;

use super::counted;

/// What was skipped, left out or filled in a pass, one text for each reason that occurred.
pub(crate) fn row_counts(counts: &PassProgress) -> Vec<String> {
    let skipped = [(counts.repeated_headers(), "repeated header"), (counts.comments(), "comment")];
    let skipped = skipped.into_iter().filter(|&(number, _)| number > 0);
    let mut texts: Vec<_> = skipped.map(|(number, thing)| format!("{} skipped", counted(number, thing))).collect();
    texts.extend(remarks(counts));
    texts.extend(rows_left_out(counts));
    if counts.filled() > 0 {
        texts.push(format!("{} filled", counted(counts.filled(), "missing value")));
    }
    texts
}

/// What was odd about the packets of captures, one text for each kind.
pub(crate) fn remarks(counts: &PassProgress) -> Vec<String> {
    counts.remarks().iter().map(|remark| format!("{}: {}", counted(remark.number, &remark.thing), remark.text)).collect()
}

/// The rows that were left out of a pass, one text for each reason that occurred.
pub(crate) fn rows_left_out(counts: &PassProgress) -> Vec<String> {
    let reasons = [
        (counts.unmatched(), "left out by --where"),
        (counts.left_out(), "left out because the label is not normal"),
        (counts.incomplete(), "dropped because their file has too few rows before them (--lags)"),
        (counts.dropped(), "dropped because a value is missing"),
    ];
    reasons.into_iter().filter(|&(rows, _)| rows > 0).map(|(rows, why)| format!("{} {why}", counted(rows, "row"))).collect()
}
