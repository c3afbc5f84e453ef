//! Training on several machines, each of which has a part of the rows.
//!
//! Each machine takes [`PartStatistics`] of its rows, which are merged in the order of the parts. A [`DistributedTraining`] makes of them what a
//! [`Training`](crate::training::Training) makes of all rows: feature map, scaler, rough fit, held-out rows. Then it trains by rounds. In a [`Round`]
//! every part takes steps from the same weights, and the weights and the optimizer's moments that come back are averaged, weighted by rows
//! (Zinkevich, Weimer, Smola and Li 2010; `McMahan` et al. 2017). The machines do not know each other: what is sent is bytes, and whoever sends them is free.
//!
//! With one part, and as many rounds as epochs, the model is that of a [`Training`](crate::training::Training) to the bit.

mod part_rows;
mod part_statistics;
mod part_statistics_file;
mod part_weights;
mod plan;
mod round;
mod round_file;
mod run;

pub use part_statistics::PartStatistics;
pub use part_weights::PartWeights;
pub use round::Round;
pub use run::DistributedTraining;
