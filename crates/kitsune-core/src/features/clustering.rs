//! Single-linkage clustering of features and the cut of its dendrogram.

use rayon::prelude::*;

/// The number of leaves that one thread compares with the current one. Fewer are no work for several threads.
const SHARE: usize = 1024;

/// One merge of the dendrogram. Nodes below the number of leaves are leaves; merge `k` makes node `leaves + k`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Merge {
    pub(crate) left: usize,
    pub(crate) right: usize,
    pub(crate) height: f64,
    pub(crate) size: usize,
}

/// Single linkage over a minimum spanning tree (Prim's algorithm from leaf 0; among equals the lowest leaf comes first). Its edges in
/// stable order of their length are the merges. Equal heights therefore have the order of the usual implementations. It takes O(leaves²)
/// distances, which many leaves share among the threads, and O(leaves) memory.
pub(crate) fn single_linkage(leaves: usize, distance: impl Fn(usize, usize) -> f64 + Sync) -> Vec<Merge> {
    let mut edges = spanning_tree(leaves, distance);
    edges.sort_by(|a, b| a.2.total_cmp(&b.2));

    let mut sets = DisjointSets::new(leaves);
    edges
        .into_iter()
        .map(|(a, b, height)| {
            let (a, b) = (sets.node(a), sets.node(b));
            Merge { left: a.min(b), right: a.max(b), height, size: sets.join(a, b) }
        })
        .collect()
}

/// Edges (from, to, length) in the order in which they reach new leaves.
fn spanning_tree(leaves: usize, distance: impl Fn(usize, usize) -> f64 + Sync) -> Vec<(usize, usize, f64)> {
    let mut edges = Vec::with_capacity(leaves.saturating_sub(1));
    let mut reached = vec![false; leaves];
    let mut nearest = vec![f64::INFINITY; leaves];
    let mut current = 0;
    for _ in 1..leaves {
        reached[current] = true;
        // The nearest leaf of a share, after its leaves were compared with the current one.
        let nearest_of = |(share, nearest): (usize, &mut [f64])| {
            let (mut next, mut shortest) = (current, f64::INFINITY);
            for (leaf, nearest) in (share * SHARE..).zip(nearest).filter(|&(leaf, _)| !reached[leaf]) {
                *nearest = nearest.min(distance(current, leaf));
                if *nearest < shortest {
                    (next, shortest) = (leaf, *nearest);
                }
            }
            (next, shortest)
        };
        let first_of_nearest = |first: (usize, f64), other: (usize, f64)| if other.1 < first.1 { other } else { first };
        let (next, shortest) = if leaves > SHARE {
            nearest.par_chunks_mut(SHARE).enumerate().map(nearest_of).reduce(|| (current, f64::INFINITY), first_of_nearest)
        } else {
            nearest_of((0, &mut nearest))
        };
        edges.push((current, next, shortest));
        current = next;
    }
    edges
}

/// The dendrogram node that currently contains each leaf.
struct DisjointSets {
    parent: Vec<usize>,
    size: Vec<usize>,
}

impl DisjointSets {
    fn new(leaves: usize) -> Self {
        Self { parent: (0..leaves).collect(), size: vec![1; leaves] }
    }

    fn node(&mut self, leaf: usize) -> usize {
        let mut root = leaf;
        while self.parent[root] != root {
            root = self.parent[root];
        }
        let mut node = leaf;
        while self.parent[node] != root {
            node = std::mem::replace(&mut self.parent[node], root);
        }
        root
    }

    fn join(&mut self, a: usize, b: usize) -> usize {
        let node = self.parent.len();
        let size = self.size[a] + self.size[b];
        self.parent.push(node);
        self.size.push(size);
        self.parent[a] = node;
        self.parent[b] = node;
        size
    }
}

/// Cuts the dendrogram from the root down. A subtree of at most `max` leaves is a cluster; a larger one is split, left child first. It uses
/// an explicit stack, since a chain of features is as deep as it is long.
pub(crate) fn cut(leaves: usize, merges: &[Merge], max: usize) -> Vec<Vec<usize>> {
    let size = |node: usize| if node < leaves { 1 } else { merges[node - leaves].size };
    let mut clusters = Vec::new();
    let mut stack: Vec<usize> = if leaves == 0 { vec![] } else { vec![leaves + merges.len() - 1] };
    while let Some(node) = stack.pop() {
        if size(node) <= max {
            clusters.push(leaves_of(node, leaves, merges));
        } else {
            let merge = &merges[node - leaves];
            stack.extend([merge.right, merge.left]);
        }
    }
    clusters
}

/// The leaves below a node, from left to right.
fn leaves_of(node: usize, leaves: usize, merges: &[Merge]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut stack = vec![node];
    while let Some(node) = stack.pop() {
        if node < leaves {
            found.push(node);
        } else {
            let merge = &merges[node - leaves];
            stack.extend([merge.right, merge.left]);
        }
    }
    found
}

/// Joins clusters of fewer than `min` features. A single small cluster joins the smallest other cluster. Of several small clusters, the
/// first two become one, which moves to the end. With fewer than `min` features in all, one cluster remains.
pub(crate) fn join_small(mut clusters: Vec<Vec<usize>>, min: usize) -> Vec<Vec<usize>> {
    loop {
        let mut small = (0..clusters.len()).filter(|&c| clusters[c].len() < min);
        match (small.next(), small.next()) {
            (None, _) => return clusters,
            (Some(_), None) if clusters.len() == 1 => return clusters,
            (Some(only), None) => {
                let features = clusters.remove(only);
                if let Some(smallest) = clusters.iter_mut().min_by_key(|cluster| cluster.len()) {
                    smallest.extend(features);
                }
            }
            (Some(first), Some(second)) => {
                let features = clusters.remove(second);
                let mut joined = clusters.remove(first);
                joined.extend(features);
                clusters.push(joined);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use crate::kinds::CorrelationDistance;
    use crate::random::{Draws, Purpose};

    use super::*;

    #[derive(Deserialize)]
    struct Figures {
        from_rows: Vec<RowsCase>,
        from_distances: Vec<DistancesCase>,
    }

    #[derive(Deserialize)]
    struct RowsCase {
        name: String,
        rows: Vec<Vec<f64>>,
        /// Left and right child, height and size of each merge.
        linkage: Vec<[f64; 4]>,
    }

    #[derive(Deserialize)]
    struct DistancesCase {
        name: String,
        features: usize,
        distance_upper: Vec<f64>,
        linkage: Vec<[f64; 4]>,
        cuts: Vec<Cut>,
    }

    #[derive(Deserialize)]
    struct Cut {
        max: usize,
        clusters: Vec<Vec<usize>>,
        clusters_min_4: Vec<Vec<usize>>,
    }

    fn figures() -> Figures {
        serde_json::from_str(include_str!("../../tests/golden/feature_mapper.json")).unwrap()
    }

    /// Distances by pair, from the upper triangle.
    fn lookup(features: usize, upper: &[f64]) -> impl Fn(usize, usize) -> f64 + '_ {
        move |a, b| {
            let (i, j) = (a.min(b), a.max(b));
            upper[i * (2 * features - i - 1) / 2 + j - i - 1]
        }
    }

    fn check_merges(name: &str, merges: &[Merge], linkage: &[[f64; 4]], tolerance: f64) {
        assert_eq!(merges.len(), linkage.len(), "{name}");
        for (merge, &[left, right, height, size]) in merges.iter().zip(linkage) {
            assert_eq!([merge.left as f64, merge.right as f64, merge.size as f64], [left, right, size], "{name}: {merge:?}");
            assert!((merge.height - height).abs() <= tolerance, "{name}: {merge:?} instead of {height}");
        }
    }

    #[test]
    fn ties_and_chains_are_merged_and_cut_as_scipy_and_the_originals_do() {
        for case in figures().from_distances {
            let merges = single_linkage(case.features, lookup(case.features, &case.distance_upper));
            check_merges(&case.name, &merges, &case.linkage, 0.0);
            for expected in &case.cuts {
                let clusters = cut(case.features, &merges, expected.max);
                assert_eq!(clusters, expected.clusters, "{}, at most {}", case.name, expected.max);
                assert_eq!(join_small(clusters, 4), expected.clusters_min_4, "{}, at most {}, at least 4", case.name, expected.max);
            }
        }
    }

    #[test]
    fn features_of_rows_are_merged_as_scipy_does() {
        for case in figures().from_rows {
            let features = case.rows[0].len();
            let mut mapper = crate::FeatureMapper::new(features, 0);
            mapper.partial_fit(&burn::tensor::TensorData::new(case.rows.concat(), [case.rows.len(), features])).unwrap();
            let merges = single_linkage(features, lookup(features, &mapper.correlation_distance(CorrelationDistance::Signed)));
            check_merges(&case.name, &merges, &case.linkage, 1e-14);
        }
    }

    #[test]
    fn a_long_chain_of_features_overflows_no_stack() {
        // The gaps grow from leaf to leaf, so that each merge adds one leaf to all earlier ones.
        let leaves = 20_000;
        let position = |leaf: usize| (leaf * leaf) as f64;
        let merges: Vec<Merge> = (1..leaves)
            .map(|k| Merge { left: k, right: if k == 1 { 0 } else { leaves + k - 2 }, height: position(k), size: k + 1 })
            .collect();
        let clusters = cut(leaves, &merges, 10);
        assert_eq!(clusters.iter().map(Vec::len).sum::<usize>(), leaves);
        assert_eq!(clusters.iter().map(Vec::len).max(), Some(10));
    }

    #[test]
    fn fewer_features_than_the_minimum_stay_one_cluster() {
        assert_eq!(join_small(vec![vec![0], vec![1, 2]], 4), [vec![0, 1, 2]]);
        assert_eq!(join_small(vec![vec![0, 1]], 4), [vec![0, 1]]);
    }

    /// The reference: leaf by leaf, on one thread.
    fn naive_tree(leaves: usize, distance: impl Fn(usize, usize) -> f64) -> Vec<(usize, usize, f64)> {
        let (mut left, mut nearest): (Vec<usize>, _) = ((1..leaves).collect(), vec![f64::INFINITY; leaves]);
        let (mut current, mut edges) = (0, Vec::new());
        while !left.is_empty() {
            for &leaf in &left {
                nearest[leaf] = nearest[leaf].min(distance(current, leaf));
            }
            let at = (0..left.len()).min_by(|&a, &b| nearest[left[a]].total_cmp(&nearest[left[b]])).unwrap();
            let next = left.remove(at);
            edges.push((current, next, nearest[next]));
            current = next;
        }
        edges
    }

    #[test]
    fn threads_find_the_tree_that_one_thread_finds() {
        let leaves = 2 * SHARE + 300;
        let position: Vec<f32> = (0..leaves).map(|leaf| Draws::new(3, Purpose::Sample, 0).row(leaf as u64).uniform(0)).collect();
        // Of few different distances many are equal.
        for steps in [7.0, 1e6] {
            let distance = |a: usize, b: usize| f64::from(((position[a] - position[b]).abs() * steps).round());
            assert_eq!(spanning_tree(leaves, distance), naive_tree(leaves, distance));
        }
    }
}
