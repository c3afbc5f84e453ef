//! Names of columns that differ, where files have several columns of one name.

use std::collections::{HashMap, HashSet};

/// The names of columns, all of which differ.
#[derive(Clone, Debug, Default)]
pub(crate) struct DistinctNames {
    pub(crate) names: Vec<String>,
    /// Those of the names that the files do not have.
    pub(crate) new: Vec<String>,
}

impl DistinctNames {
    /// Gives each column whose name an earlier one has a new name: the second `a` is called `a (2)`, the third `a (3)`. A name that the files have
    /// is not given to another column.
    pub(crate) fn of(mut names: Vec<String>) -> Self {
        let known: HashSet<_> = names.iter().cloned().collect();
        let (mut seen, mut new) = (HashMap::with_capacity(known.len()), Vec::new());
        for name in &mut names {
            let Some(times) = seen.get_mut(name) else {
                seen.insert(name.clone(), 1);
                continue;
            };
            *name = loop {
                *times += 1;
                let name = numbered(name, *times);
                if !known.contains(&name) {
                    break name;
                }
            };
            new.push(name.clone());
        }
        Self { names, new }
    }
}

/// What the column is called that has this name as the second, third or a later one.
pub(crate) fn numbered(name: &str, time: usize) -> String {
    format!("{name} ({time})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_repetition_gets_a_number_and_no_name_of_the_files_is_used_twice() {
        for (names, expected) in [
            (vec!["a", "b"], vec!["a", "b"]),
            (vec!["a", "b", "a", "a", "b"], vec!["a", "b", "a (2)", "a (3)", "b (2)"]),
            (vec!["a", "a", "a (2)"], vec!["a", "a (3)", "a (2)"]),
            (vec!["a (2)", "a (2)", "a", "a"], vec!["a (2)", "a (2) (2)", "a", "a (3)"]),
        ] {
            let DistinctNames { names: found, new } = DistinctNames::of(names.iter().map(|&name| name.to_owned()).collect());
            assert_eq!(found, expected);
            let changed: Vec<_> = found.iter().zip(&names).filter(|(found, name)| found != *name).map(|(found, _)| found.clone()).collect();
            assert_eq!(new, changed);
        }
    }
}
