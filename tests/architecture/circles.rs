//! Circles of files that import each other.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::Import;

/// The files that each file imports from.
type Graph<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// One line for each circle among the imports inside rooms: files that reach each other, in order of their names.
pub(super) fn circles(imports: &[Import]) -> Vec<String> {
    let mut graph = Graph::new();
    for import in imports {
        if let Some(target) = import.target.as_deref().filter(|&target| target != import.file) {
            graph.entry(&import.file).or_default().insert(target);
        }
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = graph.keys().map(|&file| (file, reached_from(&graph, file))).collect();
    let circle_of = |file: &str| -> BTreeSet<&str> {
        reached[file].iter().copied().filter(|other| reached.get(other).is_some_and(|back| back.contains(file))).collect()
    };
    let circles: BTreeSet<BTreeSet<&str>> = graph.keys().map(|file| circle_of(file)).filter(|circle| !circle.is_empty()).collect();
    circles.into_iter().map(|circle| format!("a circle of imports: {}", circle.into_iter().collect::<Vec<_>>().join(", "))).collect()
}

fn reached_from<'a>(graph: &Graph<'a>, file: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = vec![file];
    while let Some(file) = open.pop() {
        for &next in graph.get(file).into_iter().flatten() {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached
}
