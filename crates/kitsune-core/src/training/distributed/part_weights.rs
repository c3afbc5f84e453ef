//! What a part has learnt in a round.

use serde::{Deserialize, Serialize};

use crate::archive::{Archive, ArchiveWriter, Kind};
use crate::error::Error;
use crate::optimizer::state::OptimizerState;
use crate::progress::Losses;
use crate::training::checkpoint::State;

const KIND: Kind = Kind { name: "part-weights", title: "weights of parts of a kitsune training", format: 1 };

/// The weights and moments that a part had at the end of a round, or their means over several parts.
#[derive(Debug, Clone, PartialEq)]
pub struct PartWeights {
    pub(super) round: u64,
    /// The parts in ascending order.
    pub(super) parts: Vec<u32>,
    /// Rows in the steps of the round: the weight of these numbers in a mean.
    pub(super) rows: u64,
    /// The values of the ensemble, of which the last are the lowest and then the highest errors of the tails.
    pub(super) ensemble: Vec<f64>,
    pub(super) optimizer: OptimizerState,
    pub(super) clusters: usize,
    /// Mean losses of the steps; `None` without a step.
    pub(super) losses: Option<Losses>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    round: u64,
    rows: u64,
    optimizer_steps: u64,
    clusters: usize,
    losses: Option<Losses>,
}

impl PartWeights {
    pub(super) fn new(round: u64, part: u32, state: State, rows: u64, clusters: usize, losses: Option<Losses>) -> Result<Self, Error> {
        let State { ensemble, optimizer, .. } = state;
        let optimizer = OptimizerState::from_bytes(&optimizer, (optimizer.len() / size_of::<f64>()).saturating_sub(1))?;
        let of_losses = losses.iter().flat_map(|losses| [Some(losses.tails), Some(losses.head), losses.body]).flatten();
        if !ensemble.iter().chain(&optimizer.moments).copied().chain(of_losses).all(f64::is_finite) {
            return Err(Error::Diverged { what: "the weights are" });
        }
        Ok(Self { round, parts: vec![part], rows, ensemble, optimizer, clusters, losses })
    }

    /// Rows in the steps of the round, of all these parts. Rows that were left out as too strange count as well.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds the weights of later parts: the mean weighted by rows. The result depends on the grouping of the parts by rounding errors only.
    ///
    /// # Errors
    /// [`Error::Parts`] if they are of another round or another training, or of a part that is there already or comes before these.
    pub fn merge(&mut self, later: Self) -> Result<(), Error> {
        let moments = |weights: &Self| weights.optimizer.moments.len();
        if (self.round, self.ensemble.len(), moments(self), self.clusters)
            != (later.round, later.ensemble.len(), moments(&later), later.clusters)
        {
            return Err(Error::parts("their weights are of another round or of another training".to_owned()));
        }
        if self.parts.last() >= later.parts.first() {
            let number = |part: Option<&u32>| part.copied().unwrap_or(0);
            let (last, next) = (number(self.parts.last()), number(later.parts.first()));
            return Err(Error::parts(format!(
                "the weights of part {next} come after those of part {last}: merge each part once, in ascending order"
            )));
        }
        let rows = self.rows.checked_add(later.rows).ok_or_else(|| Error::parts("they have more rows than can be counted".to_owned()))?;
        let share = if self.rows == 0 { 1.0 } else { later.rows as f64 / rows as f64 };
        let parameters = self.ensemble.len() - 2 * self.clusters;
        let (ours, lowest_and_highest) = self.ensemble.split_at_mut(parameters);
        let (theirs, their_ranges) = later.ensemble.split_at(parameters);
        average(ours, theirs, share);
        let (lowest, highest) = lowest_and_highest.split_at_mut(self.clusters);
        let (their_lowest, their_highest) = their_ranges.split_at(self.clusters);
        lowest.iter_mut().zip(their_lowest).for_each(|(ours, theirs)| *ours = ours.min(*theirs));
        highest.iter_mut().zip(their_highest).for_each(|(ours, theirs)| *ours = ours.max(*theirs));
        average(&mut self.optimizer.moments, &later.optimizer.moments, share);
        self.optimizer.steps = self.optimizer.steps.max(later.optimizer.steps);
        self.losses = match (self.losses, later.losses) {
            (Some(ours), Some(theirs)) => Some(mean(ours, theirs, share)),
            (ours, theirs) => ours.or(theirs),
        };
        self.rows = rows;
        self.parts.extend(later.parts);
        Ok(())
    }

    /// Writes the weights as a safetensors file.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] if they cannot be encoded.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let Self { round, parts, rows, ensemble, optimizer, clusters, losses } = self;
        let mut archive = ArchiveWriter::default();
        archive.u64("parts", &[parts.len()], &parts.iter().map(|&part| part.into()).collect::<Vec<_>>());
        archive.f64("ensemble", &[ensemble.len()], ensemble);
        archive.f64("moments", &[optimizer.moments.len()], &optimizer.moments);
        archive
            .finish(KIND, &Contents { round: *round, rows: *rows, optimizer_steps: optimizer.steps, clusters: *clusters, losses: *losses })
    }

    /// Reads weights that [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// Bytes that are no such weights, that are of a newer format, or that contradict themselves.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let archive = Archive::read(bytes, "the data", KIND)?;
        let Contents { round, rows, optimizer_steps, clusters, losses } = archive.contents()?;
        let length = |name: &str| Ok::<_, Error>(archive.shape(name)?.iter().product::<usize>());
        let parts = archive.u64("parts", &[length("parts")?])?.into_iter().map(u32::try_from).collect::<Result<Vec<_>, _>>();
        let parts = parts.map_err(|_| archive.inconsistent("a part has a number that none can have".to_owned()))?;
        let ensemble = archive.f64("ensemble", &[length("ensemble")?])?;
        if clusters.checked_mul(2).is_none_or(|ranges| ranges > ensemble.len()) {
            return Err(archive.inconsistent(format!("{clusters} clusters are more than there are weights")));
        }
        let optimizer = OptimizerState { steps: optimizer_steps, moments: archive.f64("moments", &[length("moments")?])? };
        Ok(Self { round, parts, rows, ensemble, optimizer, clusters, losses })
    }
}

/// Moves numbers towards others by a share of their distance.
fn average(ours: &mut [f64], theirs: &[f64], share: f64) {
    for (ours, theirs) in ours.iter_mut().zip(theirs) {
        *ours = between(*ours, *theirs, share);
    }
}

fn between(ours: f64, theirs: f64, share: f64) -> f64 {
    if share == 1.0 { theirs } else { ours + (theirs - ours) * share }
}

fn mean(ours: Losses, theirs: Losses, share: f64) -> Losses {
    Losses {
        tails: between(ours.tails, theirs.tails, share),
        head: between(ours.head, theirs.head, share),
        body: ours.body.zip(theirs.body).map(|(ours, theirs)| between(ours, theirs, share)),
    }
}
