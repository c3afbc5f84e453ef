//! The features of each tail.

use crate::features::map::{Coverage, FeatureMap};
use crate::kitsune::from_torch::places::descriptions;
use crate::kitsune::from_torch::state_dict::StateDict;
use crate::torch::{Fault, Node};

/// The names of the entries or attributes that may hold the clusters. The original's is the first.
const NAMES: [&str; 2] = ["_clusters", "clusters"];

/// The feature map of a checkpoint: the one in it, or else the given one.
pub(super) fn feature_map(root: Node<'_>, stored: &StateDict<'_>, given: Option<&FeatureMap>) -> Result<FeatureMap, Fault> {
    let map = match (in_file(root, stored)?, given) {
        (Some(found), Some(given)) if found != *given => return Err(Fault::foreign("its clusters are others than the given ones")),
        (Some(found), _) => found,
        (None, Some(given)) => given.clone(),
        (None, None) => return Err(Fault::NoClusters { tails: stored.tails.len() }),
    };
    let sizes = map.sizes();
    if sizes.len() != stored.tails.len() {
        return Err(Fault::foreign(format!("it has {} clusters, but {} tails", sizes.len(), stored.tails.len())));
    }
    match stored.tails.iter().zip(sizes).find(|(tail, size)| tail.visible != *size) {
        Some((tail, size)) => {
            Err(Fault::foreign(format!("{} has weights for {} features, but its cluster has {size}", tail.name, tail.visible)))
        }
        None => Ok(map),
    }
}

fn in_file(root: Node<'_>, stored: &StateDict<'_>) -> Result<Option<FeatureMap>, Fault> {
    let mut found = descriptions(root).flat_map(|holder| NAMES.map(|name| Some((holder, holder.get(name)?)))).flatten();
    let Some((holder, node)) = found.find(|(_, node)| !node.is_none()) else { return Ok(None) };
    // Lists may stand in lists many times over, so that they could have any number of features.
    let most: usize = stored.tails.iter().fold(0, |sum: usize, tail| sum.saturating_add(tail.visible));
    let clusters = clusters(node, most)?;
    let features = clusters.iter().map(Vec::len).sum();
    if let Some(dim) = holder.get("dim").and_then(Node::as_count).filter(|&dim| dim != features) {
        return Err(Fault::foreign(format!("its feature mapper was for {dim} features, but its clusters have {features}")));
    }
    let map = FeatureMap::new(features, clusters, Coverage::Exact).map_err(|error| Fault::foreign(error.to_string()))?;
    Ok(Some(map))
}

/// Lists of features, of which there are at most so many.
fn clusters(node: Node<'_>, most: usize) -> Result<Vec<Vec<usize>>, Fault> {
    let no_clusters =
        |found: Node<'_>| Fault::foreign(format!("its clusters should be lists of features from 0 on, but one is {}", found.described()));
    let mut clusters: Vec<Vec<usize>> = Vec::new();
    let mut left = most;
    for cluster in node.as_list().ok_or_else(|| no_clusters(node))? {
        let features = cluster.as_list().ok_or_else(|| no_clusters(cluster))?;
        let Some(rest) = left.checked_sub(features.len()).filter(|_| features.len() > 0) else {
            return Err(Fault::foreign(format!("its clusters have other features than the {most} that its tails see")));
        };
        left = rest;
        clusters.push(features.map(|feature| feature.as_count().ok_or_else(|| no_clusters(feature))).collect::<Result<_, _>>()?);
    }
    Ok(clusters)
}
