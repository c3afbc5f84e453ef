//! The feature map: the features that each tail sees.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Clusters of features, one per tail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureMap {
    features: usize,
    clusters: Vec<Vec<usize>>,
}

/// Constraint on the features of a hand-made [`FeatureMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// Each feature is in exactly one cluster.
    Exact,
    /// A feature may be in no cluster or in several.
    Free,
}

impl FeatureMap {
    /// Makes a map for rows of `features` features. Clusters and the features in them stay in the given order.
    ///
    /// # Errors
    /// No cluster or an empty one, a feature that does not exist, a feature that is twice in a cluster, and, unless `coverage` is
    /// [`Coverage::Free`], a feature that is in no cluster or in several.
    pub fn new(features: usize, clusters: Vec<Vec<usize>>, coverage: Coverage) -> Result<Self, Error> {
        let map = Self { features, clusters };
        map.validate(coverage)?;
        Ok(map)
    }

    /// Makes a map of clusters that have each feature once, for rows of as many features as they hold together.
    ///
    /// # Errors
    /// Those of [`new`](Self::new) with [`Coverage::Exact`].
    pub fn partition(clusters: Vec<Vec<usize>>) -> Result<Self, Error> {
        let features = clusters.iter().map(Vec::len).sum();
        Self::new(features, clusters, Coverage::Exact)
    }

    /// Number of features of the rows.
    pub fn features(&self) -> usize {
        self.features
    }

    /// The features of each cluster, as indices into a row.
    pub fn clusters(&self) -> &[Vec<usize>] {
        &self.clusters
    }

    /// The number of features of each cluster.
    pub fn sizes(&self) -> Vec<usize> {
        self.clusters.iter().map(Vec::len).collect()
    }

    /// The size of the largest cluster.
    pub(crate) fn visible(&self) -> usize {
        self.clusters.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Weight of each visible unit of the padded clusters in the reconstruction of its feature: [clusters · visible]. It is one over the
    /// number of clusters with that feature, and 0 for padding.
    pub(crate) fn shares(&self) -> Vec<f32> {
        let mut holders = vec![0.0; self.features];
        self.clusters.iter().flatten().for_each(|&feature| holders[feature] += 1.0);
        let visible = self.visible();
        let share = |cluster: &[usize], unit: usize| cluster.get(unit).map_or(0.0, |&feature| 1.0 / holders[feature]);
        self.clusters.iter().flat_map(|cluster| (0..visible).map(move |unit| share(cluster, unit)).collect::<Vec<_>>()).collect()
    }

    /// 1 for features that are in no cluster, 0 for the others: `[features]`.
    pub(crate) fn unseen(&self) -> Vec<f32> {
        let mut unseen = vec![1.0; self.features];
        self.clusters.iter().flatten().for_each(|&feature| unseen[feature] = 0.0);
        unseen
    }

    pub(crate) fn validate(&self, coverage: Coverage) -> Result<(), Error> {
        if self.clusters.is_empty() {
            return Err(Error::EmptyCluster { found: "there is no cluster".to_owned() });
        }
        let mut uses = vec![0; self.features];
        for (cluster, members) in self.clusters.iter().enumerate() {
            if members.is_empty() {
                return Err(Error::EmptyCluster { found: format!("cluster {cluster} is empty") });
            }
            let mut seen = HashSet::with_capacity(members.len());
            for &feature in members {
                if feature >= self.features {
                    return Err(Error::FeatureOutOfRange { cluster, feature, features: self.features });
                }
                if !seen.insert(feature) {
                    return Err(Error::DuplicateFeature { cluster, feature });
                }
                uses[feature] += 1;
            }
        }
        match uses.iter().position(|&found| found != 1) {
            Some(feature) if coverage == Coverage::Exact => Err(Error::Coverage { feature, found: uses[feature] }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_made_map_is_checked() {
        let map = |clusters: &[&[usize]], coverage| FeatureMap::new(4, clusters.iter().map(|c| c.to_vec()).collect(), coverage);
        assert_eq!(map(&[&[3, 0], &[1, 2]], Coverage::Exact).unwrap().sizes(), [2, 2]);
        assert!(map(&[&[3], &[3, 1]], Coverage::Free).is_ok());
        assert!(matches!(map(&[&[3], &[3, 1, 0, 2]], Coverage::Exact), Err(Error::Coverage { feature: 3, found: 2 })));
        assert!(matches!(map(&[&[0, 1, 2]], Coverage::Exact), Err(Error::Coverage { feature: 3, found: 0 })));
        assert!(matches!(map(&[&[0, 4]], Coverage::Free), Err(Error::FeatureOutOfRange { cluster: 0, feature: 4, features: 4 })));
        assert!(matches!(map(&[&[0], &[1, 2, 1]], Coverage::Free), Err(Error::DuplicateFeature { cluster: 1, feature: 1 })));
        assert!(matches!(map(&[&[0, 1], &[]], Coverage::Free), Err(Error::EmptyCluster { .. })));
        assert!(matches!(map(&[], Coverage::Free), Err(Error::EmptyCluster { .. })));
    }
}
