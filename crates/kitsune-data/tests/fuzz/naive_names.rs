//! Names of columns that differ, found one by one.

/// The names, of which the second `a` is called `a (2)`. A name that is there is not given to another.
pub(crate) fn distinct(names: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in names {
        let (mut called, mut time) = (name.clone(), 1);
        while found.contains(&called) || (time > 1 && names.contains(&called)) {
            time += 1;
            called = format!("{name} ({time})");
        }
        found.push(called);
    }
    found
}
