//! The names of choices: one table for printing, parsing and listing them.

/// A choice whose values have names. `Display` prints the name, and `FromStr` reads it.
pub trait Named: Copy + Sized + 'static {
    /// What is chosen, for messages.
    const WHAT: &'static str;

    /// All values.
    const ALL: &'static [Self];

    /// The name of the value.
    fn name(self) -> &'static str;

    /// The meaning of the value in one line; empty where the name says it all.
    fn meaning(self) -> &'static str;

    /// The value of a name.
    ///
    /// # Errors
    /// [`UnknownName`] with all names.
    fn from_name(name: &str) -> Result<Self, UnknownName> {
        let unknown =
            || UnknownName { what: Self::WHAT, found: name.to_owned(), names: Self::ALL.iter().map(|value| value.name()).collect() };
        Self::ALL.iter().copied().find(|value| value.name() == name).ok_or_else(unknown)
    }
}

/// A text is not the name of any value of a choice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no {what}: it must be {}", listed(names))]
#[non_exhaustive]
pub struct UnknownName {
    /// What was to be chosen.
    pub what: &'static str,
    /// The text.
    pub found: String,
    /// All names.
    pub names: Vec<&'static str>,
}

fn listed(names: &[&str]) -> String {
    match names {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        names => names.concat(),
    }
}

/// Names the values of choices. Each value has a name, and a meaning where the name does not say it all.
macro_rules! named {
    ($($choice:ident: $what:literal { $($value:ident => $name:literal $($meaning:literal)?),+ $(,)? })+) => { $(
        impl $crate::kinds::named::Named for $choice {
            const WHAT: &'static str = $what;
            const ALL: &'static [Self] = &[$(Self::$value),+];

            fn name(self) -> &'static str {
                match self { $(Self::$value => $name),+ }
            }

            fn meaning(self) -> &'static str {
                match self { $(Self::$value => concat!($($meaning)?)),+ }
            }
        }

        impl std::fmt::Display for $choice {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad($crate::kinds::named::Named::name(*self))
            }
        }

        impl std::str::FromStr for $choice {
            type Err = $crate::kinds::named::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                $crate::kinds::named::Named::from_name(name)
            }
        }
    )+ };
}
pub(crate) use named;
