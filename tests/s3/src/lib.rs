//! An S3 server for tests: on a port of this machine, over a temporary folder, with one user and one bucket.
//!
//! It checks signatures as S3 does, so that what is tested is all of what goes over the wire.

mod server;
mod store;

pub use self::server::{ACCESS_KEY, BUCKET, REGION, S3Server, SECRET_KEY};
