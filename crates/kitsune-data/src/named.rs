//! The names of choices: one table for printing, parsing and listing them.

/// A text is not the name of any value of a choice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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

impl UnknownName {
    pub(crate) fn new(what: &'static str, found: &str, names: &[&'static str]) -> Self {
        Self { what, found: found.into(), names: names.into() }
    }
}

fn listed(names: &[&str]) -> String {
    match names {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        names => names.concat(),
    }
}

/// Names the values of choices, each with its meaning: the list of all values, `Display`, `FromStr` and serde's traits.
macro_rules! named {
    ($($choice:ident: $what:literal { $($value:ident => $name:literal $meaning:literal),+ $(,)? })+) => { $(
        impl $choice {
            /// All values.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The name of the value, which `Display` prints and `FromStr` reads.
            pub fn name(self) -> &'static str {
                match self { $(Self::$value => $name),+ }
            }

            /// The meaning of the value in one line.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$value => $meaning),+ }
            }
        }

        impl std::fmt::Display for $choice {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $choice {
            type Err = $crate::named::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($name => Ok(Self::$value),)+
                    other => Err($crate::named::UnknownName::new($what, other, &[$($name),+])),
                }
            }
        }

        $crate::named::by_name!($choice);
    )+ };
}

/// Serializes a type as the text that `Display` prints and `FromStr` reads.
macro_rules! by_name {
    ($choice:ident) => {
        impl serde::Serialize for $choice {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $choice {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use {by_name, named};
