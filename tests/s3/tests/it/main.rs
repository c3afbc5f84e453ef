//! The command against an S3 server: what it reads from there is what it reads from files, and what goes wrong is told.
//!
//! It is the one that `KITSUNE` names, or else the one that cargo builds.

#![cfg(test)]

mod credentials;
mod kitsune;
mod places;
mod refusals;
mod world;
