//! Parts of messages that are made of several.

/// The message of an error and those of its causes, each once, since a message may contain that of its cause.
pub(super) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        cause = error.source();
    }
    text
}

/// The columns that are missing and those that are unknown, by name.
pub(super) fn differing_columns(missing: &[String], unknown: &[String]) -> String {
    let parts = [("the rows lack ", missing), ("it does not know ", unknown)];
    let said = parts.iter().filter(|(_, names)| !names.is_empty()).map(|(what, names)| format!("{what}{}", names.join(", ")));
    said.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::error::Error;

    #[derive(Debug, thiserror::Error)]
    #[error("line 3 of flows.csv")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn a_message_contains_those_of_all_causes_once() {
        let cause = || std::io::Error::other("the disk is gone");
        let path = || PathBuf::from("model");
        let nested = Error::Rows(Box::new(Outer(cause())));
        let cases = [
            (Error::Rows(Box::new(Outer(cause()))), "the rows could not be read: line 3 of flows.csv: the disk is gone"),
            (
                Error::Rows(Box::new(nested)),
                "the rows could not be read: the rows could not be read: line 3 of flows.csv: the disk is gone",
            ),
            (Error::Checkpoint(Box::new(cause())), "the checkpoint could not be saved or loaded: the disk is gone"),
            (Error::Read { path: path(), source: cause() }, "model cannot be read: the disk is gone"),
            (Error::Write { path: path(), source: cause() }, "model cannot be written: the disk is gone"),
        ];
        for (error, message) in cases {
            assert_eq!(error.to_string(), message);
            assert!(std::error::Error::source(&error).is_some(), "{message}");
        }
    }
}
