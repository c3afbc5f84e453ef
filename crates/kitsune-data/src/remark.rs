//! What a pass has to say of the packets of captures.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something odd about packets, and how often it occurred: see [`PassProgress::remarks`](crate::PassProgress::remarks).
///
/// `Display` prints one line: `3 packets: headers cut off`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Remark {
    /// How often it occurred.
    pub number: u64,
    /// What is counted, in the singular: `packet`.
    pub thing: String,
    /// What is odd, or what became of the things.
    pub text: String,
}

impl Remark {
    pub(crate) fn new(number: u64, thing: &str, text: impl Into<String>) -> Self {
        Self { number, thing: thing.into(), text: text.into() }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, thing, text } = self;
        write!(f, "{number} {thing}{}: {text}", if *number == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_is_one_line() {
        assert_eq!(Remark::new(1, "packet", "no addresses").to_string(), "1 packet: no addresses");
        assert_eq!(Remark::new(3, "block", "of kinds that nobody knows").to_string(), "3 blocks: of kinds that nobody knows");
    }
}
