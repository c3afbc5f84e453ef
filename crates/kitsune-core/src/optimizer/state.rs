//! The state of the recipe's optimizer as bytes.

use crate::error::Error;

/// The state of the recipe's optimizer in a checkpoint, the same on every backend.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OptimizerState {
    pub(crate) steps: u64,
    /// First moments or velocities of all parameters in their order, followed by second moments if the optimizer has them.
    pub(crate) moments: Vec<f64>,
}

impl OptimizerState {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let moments = self.moments.iter().flat_map(|value| value.to_le_bytes());
        self.steps.to_le_bytes().into_iter().chain(moments).collect()
    }

    /// Reads a state of `count` moments.
    pub(crate) fn from_bytes(bytes: &[u8], count: usize) -> Result<Self, Error> {
        let (numbers, rest) = bytes.as_chunks::<8>();
        match numbers.split_first() {
            Some((steps, moments)) if rest.is_empty() && moments.len() == count => {
                Ok(Self { steps: u64::from_le_bytes(*steps), moments: moments.iter().map(|value| f64::from_le_bytes(*value)).collect() })
            }
            _ => Err(Error::foreign_optimizer("it is not the moments of all parameters")),
        }
    }
}
