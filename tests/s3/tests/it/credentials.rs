//! Where the keys and the endpoint come from.

use kitsune_s3_tests::{ACCESS_KEY, REGION, SECRET_KEY};

use crate::world::{World, rows, writes_files};

#[test]
fn keys_are_read_from_the_files_of_the_aws_tools() {
    let world = World::new()
        .object("rows/1.csv", rows(0..40))
        .object("rows/2.csv", rows(100..140))
        .file("home/.aws/credentials", format!("[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"))
        .file("home/.aws/config", format!("[default]\nregion = {REGION}\noutput = json\n"));
    let local = world.model(&["rows"]);
    writes_files(world.without_keys("train s3://bucket/rows/ --epochs 1 --seed 7 --checkpoint-dir found"));
    assert!(world.read("work/found/kitsune.safetensors") == local);
}

#[test]
fn an_endpoint_may_end_in_a_slash() {
    let world = World::new().object("rows/1.csv", rows(0..40));
    let endpoint = format!("{}/", world.endpoint());
    for location in ["s3://bucket/rows/", "s3://bucket/rows/1.csv"] {
        writes_files(world.kitsune("train --epochs 1").word(location).env("AWS_ENDPOINT_URL", &endpoint));
    }
}

#[test]
fn the_environment_comes_before_the_files() {
    let world = World::new()
        .object("rows/1.csv", rows(0..40))
        .file("home/.aws/credentials", "[default]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = other\n")
        .file("home/.aws/config", "[default]\nregion = eu-south-1\n");
    world.model(&["s3://bucket/rows/"]);
}
