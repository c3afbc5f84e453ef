//! How rows were read, in the terms of whoever read them.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;

use crate::error::Error;

/// Most bytes of a reading as JSON, so that a file cannot claim any amount of memory for it.
const MOST_BYTES: usize = 1 << 20;

/// A JSON object of bounded size. It is recorded as text, since not every format of Burn's recorders can tell what type follows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading(Value);

impl Reading {
    /// # Errors
    /// [`Error::Reading`] for a value that is no object, has more than 1 MiB, or is nested too deeply to be read back.
    pub(crate) fn new(value: Value) -> Result<Self, Error> {
        let refused = |found: String| Err(Error::Reading { found });
        if !value.is_object() {
            return refused("no JSON object".to_owned());
        }
        let text = value.to_string();
        if text.len() > MOST_BYTES {
            return refused(format!("{} bytes long", text.len()));
        }
        // In a file it is nested once more.
        match serde_json::from_str::<[Value; 1]>(&format!("[{text}]")) {
            Ok(_) => Ok(Self(value)),
            Err(error) => refused(format!("unreadable ({error})")),
        }
    }

    pub(crate) fn value(&self) -> &Value {
        &self.0
    }
}

impl Serialize for Reading {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Reading {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(serde_json::from_str(&text).map_err(D::Error::custom)?).map_err(D::Error::custom)
    }
}
