//! Failures at a store are reported in one line, and leave nothing behind.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use crate::kitsune::Kitsune;
use crate::world::{World, rows};

/// A store with rows, and a model to score them with.
fn world() -> World {
    let world = World::new().object("rows/1.csv", rows(0..40));
    world.model(&["rows"]);
    world
}

/// Asserts that neither training nor scoring works, with these parts in the message.
#[track_caller]
fn is_refused(world: &World, location: &str, parts: &[&str], change: impl Fn(Kitsune) -> Kitsune) {
    let before = world.results();
    let parts: Vec<_> = [location].iter().chain(parts).copied().collect();
    change(world.kitsune("train --epochs 1 --checkpoint-dir other")).word(location).fails(&parts);
    change(world.kitsune("score")).word(location).word("scores").fails(&parts);
    assert_eq!(world.results(), before, "something was left behind");
}

/// The object itself, and locations that have to be listed.
const LOCATIONS: [&str; 4] = ["s3://bucket/rows/1.csv", "s3://bucket/rows/", "s3://bucket/rows", "s3://bucket/rows/*.csv"];

const SETTINGS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"];

#[test]
fn wrong_keys() {
    let world = world();
    for location in LOCATIONS {
        let parts = [&["refused", "403"][..], &SETTINGS].concat();
        is_refused(&world, location, &parts, |kitsune| kitsune.env("AWS_SECRET_ACCESS_KEY", "of somebody else"));
        is_refused(&world, location, &parts, |kitsune| kitsune.env("AWS_ACCESS_KEY_ID", "AKIDUNKNOWN"));
    }
    // The server gives no reason when the object itself is requested.
    is_refused(&world, "s3://bucket/rows/", &["SignatureDoesNotMatch"], |kitsune| kitsune.env("AWS_SECRET_ACCESS_KEY", "other"));
    is_refused(&world, "s3://bucket/rows/", &["NotSignedUp"], |kitsune| kitsune.env("AWS_ACCESS_KEY_ID", "AKIDUNKNOWN"));
}

#[test]
fn a_wrong_region() {
    let world = world();
    for location in LOCATIONS {
        is_refused(&world, location, &[&["400"][..], &SETTINGS].concat(), |kitsune| kitsune.env("AWS_REGION", "eu-south-1"));
    }
    is_refused(&world, "s3://bucket/rows/", &["AuthorizationHeaderMalformed"], |kitsune| kitsune.env("AWS_REGION", "eu-south-1"));
}

#[test]
fn what_is_not_there() {
    let world = world();
    for location in ["s3://nowhere", "s3://nowhere/rows/", "s3://nowhere/rows/1.csv", "s3://nowhere/*.csv"] {
        is_refused(&world, location, &["no such bucket", "NoSuchBucket"], |kitsune| kitsune);
    }
    for location in ["s3://bucket/nothing/", "s3://bucket/nothing", "s3://bucket/rows/2.csv", "s3://bucket/rows/2*", "s3://bucket/row"] {
        is_refused(&world, location, &[], |kitsune| kitsune);
    }
}

#[test]
fn a_server_that_is_not_there() {
    let world = world();
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    for location in LOCATIONS {
        let started = Instant::now();
        is_refused(&world, location, &["cannot be reached", "endpoint"], |kitsune| {
            kitsune.env("AWS_ENDPOINT_URL", &format!("http://{closed}"))
        });
        assert!(started.elapsed() < 2 * Duration::from_secs(20), "{:?} for two commands", started.elapsed());
    }
}

#[test]
fn an_endpoint_that_is_no_url() {
    let world = world();
    for location in LOCATIONS {
        is_refused(&world, location, &["endpoint"], |kitsune| kitsune.env("AWS_ENDPOINT_URL", "127.0.0.1:1"));
    }
}

#[test]
fn an_object_that_holds_no_rows() {
    let world = world().object("bad/1.csv", "a,b,c,d\n0.1,0.2,0.3,0.4\n0.1,?,0.3,0.4\n").object("bad/1.parquet", "no Parquet");
    is_refused(&world, "s3://bucket/bad/1.csv", &["line 3", "column 1 (b)"], |kitsune| kitsune);
    is_refused(&world, "s3://bucket/bad/1.parquet", &[], |kitsune| kitsune);
}
